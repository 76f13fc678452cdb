//! Points on which the sources conflict or are silent (DESFire reference, appendix B), as switches of a virtual card.
//!
//! One list makes the fields of [`Profile`] with their documentation, the defaults (the value that stands first), and the
//! table that a command line, an image file and a panel are drawn from ([`Profile::choices`]): no switch can be without a
//! name, a reason and words.

mod choice;

pub use choice::{Choice, ChoiceError, Values};

/// When a refused READ BINARY, UPDATE BINARY, READ RECORDS or APPEND RECORD ends the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsoRefusal {
    /// Always, except `6Cxx`: the command comes again with the right Le.
    UnlessWrongLe,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What `0C` "no changes" does to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoChanges {
    /// It stays; the answer has no MAC, and the IV of an EV1 session stays where the command left it.
    Kept,
    /// It stays; in an EV1 session a CMAC follows the status and moves the IV.
    KeptWithMac,
    /// It ends, as with every other refusal.
    Ended,
}

macro_rules! profile {
    ($($(#[doc = $doc:literal])+ $field:ident: $type:ty = $values:tt;)+) => {
        /// What this card does where sources disagree or are silent.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct Profile {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        impl Default for Profile {
            fn default() -> Self {
                Self { $($field: default_of!($values),)+ }
            }
        }

        const CHOICES: &[Choice] = &[$(Choice {
            field: stringify!($field),
            lines: &[$($doc),+],
            values: values_of!($values),
            word: |profile| word_of!(profile.$field, $values),
            set: |profile, word| {
                let value = value_of!(word, $values);
                value.map(|value| profile.$field = value).is_some()
            },
        },)+];
    };
}

macro_rules! default_of {
    ({ $word:literal => $value:expr, $($rest:tt)+ }) => {
        $value
    };
    ($number:literal) => {
        $number
    };
}

macro_rules! values_of {
    ({ $($word:literal => $value:expr),+ }) => { Values::Words(&[$($word),+]) };
    ($number:literal) => { Values::Number };
}

macro_rules! word_of {
    ($place:expr, { $($word:literal => $value:expr),+ }) => {
        choice::word(&[$(($word, $value)),+], $place)
    };
    ($place:expr, $number:literal) => { $place.to_string() };
}

macro_rules! value_of {
    ($text:expr, { $($word:literal => $value:expr),+ }) => {
        choice::find(&[$(($word, $value)),+], $text)
    };
    ($text:expr, $number:literal) => { $text.parse().ok() };
}

profile! {
    /// Status for a keyed file right when a session with another key is open (§3.1). NXP's published data
    /// sheet (NTAG 424 DNA) says `AE`, one set of EV3 measurements says `9D`. Default `AE`: it is the
    /// documented rule "9D only when no authentication could ever allow it".
    wrong_key_status: u8 = { "ae" => 0xAE, "9d" => 0x9D };

    /// Whether AuthenticateEV2First keeps what is pending in a transaction (§5.4). The application note calls
    /// First the start of a new transaction without saying that pending data goes. Default yes, as measured.
    auth_first_keeps_transaction: bool = { "yes" => true, "no" => false };

    /// Status for Authenticate, AuthenticateISO or AuthenticateAES with a key of another type (§2.11): `9D` "type or
    /// mode not allowed" in the collected tables, `AE` in a card emulator. Default `9D`, as with AuthenticateEV2First.
    wrong_key_type_status: u8 = { "9d" => 0x9D, "ae" => 0xAE };

    /// Status for GetDFNames in a session (§2.4). An EV1 card was seen to answer `C1` and to be lost with it; nobody tells
    /// of a later generation. Default `9D`: a host notices, and no card is harmed.
    df_names_in_session_status: u8 = { "9d" => 0x9D, "c1" => 0xC1 };

    /// Whether GetISOFileIDs says `F0` when no file has an identifier, instead of an empty list (§2.4, both are told).
    /// Default no, as GetFileIDs without files.
    no_iso_files_is_f0: bool = { "no" => false, "yes" => true };

    /// Whether READ BINARY and READ RECORDS with an Le beyond the end answer what there is, with `6282` (§3.2, one source
    /// on EV1), instead of `6Cxx` with the right Le (§1.5, data sheet of NTAG 424 DNA). Default no.
    iso_reads_to_end: bool = { "no" => false, "yes" => true };

    /// Whether READ RECORDS of several records gives the oldest first, as ReadRecords does. No public source tells; default
    /// no, the order of the ISO record numbers.
    iso_records_oldest_first: bool = { "no" => false, "yes" => true };

    /// Whether ISO commands reach, by a key, a file whose mode is MAC or Full; its data then travels in plain. No public
    /// source tells. Default yes: the documented conditions ask for the right only.
    iso_reaches_protected_files: bool = { "yes" => true, "no" => false };

    /// Status for READ BINARY from an offset at or beyond the end of the file. The collected tables list `6A86` among the
    /// errors of the command without saying when (§1.5), ISO 7816-4 has `6B00` for it. Default `6A86`: `6B00` stands in
    /// none of those tables.
    iso_beyond_end_status: u16 = { "6a86" => 0x6A86, "6b00" => 0x6B00 };

    /// Status for APPEND RECORD to a linear file that is full. No public source tells; ISO 7816-4 has `6A84` "not enough
    /// memory space in the file", UPDATE BINARY beyond the end answers `6985` (§3.2). Default `6A84`: it says what is wrong.
    iso_full_file_status: u16 = { "6a84" => 0x6A84, "6985" => 0x6985 };

    /// Whether a refused ISO command on a file ends session and transaction. The rule for native commands says so (§2.12),
    /// of ISO commands no source tells. Default unless-6cxx: the rule, but `6Cxx` asks for the same command again.
    iso_refusal_ends_session: IsoRefusal = {
        "unless-6cxx" => IsoRefusal::UnlessWrongLe,
        "always" => IsoRefusal::Always,
        "never" => IsoRefusal::Never
    };

    /// Whether Le of an ISO read in an EV1 session counts the eight bytes of the MAC too. The one source on that MAC (§1.5)
    /// does not say. Default no: Le stays that of the same read without a session.
    iso_le_counts_mac: bool = { "no" => false, "yes" => true };

    /// Status for EXTERNAL AUTHENTICATE with a wrong cryptogram. No public source tells; `6982` is what this family says
    /// where an authentication is missing (§3.2), ISO 7816-4 has `6300` "verification failed". Default `6982`.
    iso_wrong_cryptogram_status: u16 = { "6982" => 0x6982, "6300" => 0x6300 };

    /// Whether SELECT gives the content of file `1F` only where anybody may read it. The reference has the content as answer
    /// without a word on rights (§1.5). Default yes: otherwise SELECT would open a file that ReadData does not.
    control_information_needs_free_read: bool = { "yes" => true, "no" => false };

    /// Whether the ISO file identifiers `0000`, `3F00`, `3FFF` and `FFFF` are refused with `9E` for new applications and
    /// files. ISO 7816-4 reserves them, what a card does no public source tells. Default yes: `3F00` would always find the master.
    reserved_iso_fids_refused: bool = { "yes" => true, "no" => false };

    /// Whether CreateApplication takes no key at all. The reference gives 0 to 14 keys in one place and `9E` for 0 keys in
    /// another (§2.4.1, §2.4). Default yes, the table of the parameter bytes.
    application_without_keys: bool = { "yes" => true, "no" => false };

    /// Whether an ISO file identifier of the application's own asks for one of every data and record file in it, without bit 5
    /// of KS2 (§2.4.1). Notes on EV1 have the bit alone say that files have identifiers (`pcsc.md` B5). Default no, the bit alone.
    application_fid_asks_for_file_fids: bool = { "no" => false, "yes" => true };

    /// Whether the answer to DeleteApplication of the selected application has the MAC of the session that ends with it. The
    /// session is lost (§2.12), of the answer no source tells. Default no, as after a change of the session's own key.
    own_deletion_has_mac: bool = { "no" => false, "yes" => true };

    /// Whether FormatPICC keeps the session. A table of the reference says it ends (§2.12, inferred), a recorded EV1 card
    /// went on in it with good MACs. Default yes, the recording.
    format_keeps_session: bool = { "yes" => true, "no" => false };

    /// Whether SetConfiguration `00` clears the format flag when its bit is zero (§2.2.1): one set of measurements says
    /// that all flags are written each time, a data sheet of another product that a zero changes nothing. Default yes,
    /// the measurement on DESFire.
    configuration_clears: bool = { "yes" => true, "no" => false };

    /// Whether the flags of SetConfiguration `04` stand in the second byte (§2.2.1), as one library sends them, instead of
    /// the first. Default no: a data sheet and recordings of another product have the least significant byte first.
    disabled_in_upper_byte: bool = { "no" => false, "yes" => true };

    /// Whether what SetConfiguration `04` has disabled stays disabled when the bit is zero later (§2.2.1). The reference
    /// calls the random UID one way and says nothing of this option. Default yes, as its sister options.
    disabling_is_one_way: bool = { "yes" => true, "no" => false };

    /// Whether the memory of a deleted application or file can be used again. Default no, as measured on EV1 to EV3
    /// (§8.5).
    deleted_memory_returns: bool = { "no" => false, "yes" => true };

    /// Whether GetCardUID is enciphered in a D40 session. The reference has it so for EV1, also with DES keys (§4.3), and
    /// protects in D40 only data of files and settings (§4.2). Default yes: the command is there to hide the UID.
    d40_card_uid_is_enciphered: bool = { "yes" => true, "no" => false };

    /// Whether Credit, Debit and LimitedCredit carry a CMAC in an EV1 session on a file of mode MAC (§4.3): a library and a
    /// card emulator append it, another host removed it after refusals. Default yes: those came from files with free access.
    value_commands_have_mac: bool = { "yes" => true, "no" => false };

    /// Whether the right Read is enough for LimitedCredit, as a card emulator measured (§2.6). Default no, the table of the
    /// data sheets: Write or ReadWrite.
    limited_credit_by_read: bool = { "no" => false, "yes" => true };

    /// Status for a MAC field that is shorter than a MAC: a length that does not fit (`7E`, which cards also say to a MAC they
    /// do not expect, §3.1), or a wrong MAC (`1E`). No public source tells. Default `7E`.
    short_mac_status: u8 = { "7e" => 0x7E, "1e" => 0x1E };

    /// Status for a write that announces no bytes. Length 0 means "to the end" for reads only, no public source tells what a
    /// write gets: a value not allowed (`9E`), a length that does not fit (`7E`) or a boundary (`BE`). Default `9E`.
    empty_write_status: u8 = { "9e" => 0x9E, "7e" => 0x7E, "be" => 0xBE };

    /// Status for writing into a record file that was cleared in the same transaction (§2.6, §5.2 give both). Default
    /// `9D`: it is the order that is not allowed, no limit is passed.
    write_after_clear_status: u8 = { "9d" => 0x9D, "be" => 0xBE };

    /// Whether ClearRecordFile by a free right alone is plain in an EV2 session. Data commands are (§5.1), the table has
    /// this one with a MAC in every session (§2.6). Default no, the table.
    clear_by_free_right_is_plain: bool = { "no" => false, "yes" => true };

    /// Status for CommitTransaction with option `01` in an application without a TransactionMAC file: rejected, by which code
    /// is not known (§2.7), the table of codes has it under `9D` (§2.11), and `9E` is a value that is not allowed. Default `9D`.
    commit_option_status: u8 = { "9d" => 0x9D, "9e" => 0x9E };

    /// Whether a second CommitReaderID in a transaction takes the place of the first, instead of `9D`. No public source
    /// tells. Default yes: nothing forbids it, and both count for the Transaction MAC.
    reader_id_can_be_replaced: bool = { "yes" => true, "no" => false };

    /// What `0C` "no changes" does to the session (§2.7): a card emulator keeps it, a host drops its session for every
    /// status but success, and no source tells of a MAC. Default kept, without MAC: a host that goes on is not stopped.
    no_changes_in_session: NoChanges = {
        "kept" => NoChanges::Kept,
        "kept-with-mac" => NoChanges::KeptWithMac,
        "ended" => NoChanges::Ended
    };

    /// Failed authentications in a row after which EV2 and later answer `AD`; 0 for never. The reference says "several"
    /// (§2.1), the number 5 is our choice.
    failures_before_delay: u8 = 5;

    /// How often `AD` is answered then. On a card the delay runs by time; here is no clock, and each `AD` stands for its
    /// part of it (§2.1 gives the time of one). The number 3 is our choice.
    delay_answers: u8 = 3;

    /// Whether failed authentications and a delay that runs are remembered without power. The reference counts failures for
    /// good in another product (§2.1), of the delay it does not tell. Default yes: otherwise taking the card away would end it.
    failures_survive_field_off: bool = { "yes" => true, "no" => false };
}

impl Profile {
    /// All switches.
    pub const fn choices() -> &'static [Choice] {
        CHOICES
    }

    /// Chooses by name and value.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), ChoiceError> {
        let mut choices = CHOICES.iter();
        let choice = choices.find(|choice| choice.name() == name);
        let choice = choice.ok_or_else(|| ChoiceError::Name { got: name.into() })?;
        choice.set(self, value)
    }

    /// The switches that do not stand at their default, with their values.
    pub fn changed(&self) -> impl Iterator<Item = (&'static Choice, String)> {
        CHOICES.iter().filter_map(|choice| {
            let value = choice.value(self);
            (value != choice.default_value()).then_some((choice, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_told_set_and_read_back() {
        for choice in Profile::choices() {
            let (name, reason) = (choice.name(), choice.reason());
            assert!(reason.ends_with('.') && reason.len() > 80, "{name}");
            assert!(!reason.contains("  "), "{name}: {reason}");
            let values: Vec<String> = match choice.values() {
                Values::Words(words) => words.iter().map(|&word| word.into()).collect(),
                Values::Number => vec![choice.default_value(), "0".into(), "255".into()],
            };
            assert!(values.len() > 1, "{name}");
            assert_eq!(values[0], choice.default_value(), "{name}");
            let mut profile = Profile::default();
            for value in &values {
                assert_eq!(profile.set(&name, value), Ok(()), "{name}");
                assert_eq!(&choice.value(&profile), value, "{name}");
                let changed: Vec<_> = profile.changed().map(|(_, value)| value).collect();
                let expected: &[String] = if *value == values[0] {
                    &[]
                } else {
                    std::slice::from_ref(value)
                };
                assert_eq!(changed, expected, "{name}: nothing else moves");
            }
            let last = profile;
            assert!(profile.set(&name, "perhaps").is_err(), "{name}");
            assert_eq!(profile, last, "{name}: a refused value changes nothing");
        }
    }

    #[test]
    fn what_is_unknown_is_answered_with_what_there_is() {
        let mut profile = Profile::default();
        let said = |error: ChoiceError| error.to_string();
        assert_eq!(
            profile.set("short-mac-status", "9D").map_err(said),
            Err("short-mac-status is \"9D\", expected 7e or 1e".into())
        );
        assert_eq!(
            profile.set("delay-answers", "256").map_err(said),
            Err("delay-answers is \"256\", expected a number from 0 to 255".into())
        );
        let error = profile.set("colour", "red").map_err(said).unwrap_err();
        let start = "\"colour\" is no choice, expected wrong-key-status, ";
        assert!(error.starts_with(start), "{error}");
        assert!(error.ends_with(", failures-survive-field-off"), "{error}");
        assert_eq!(profile, Profile::default());
        profile.wrong_key_status = 0x40;
        let odd: Vec<_> = profile.changed().map(|(_, value)| value).collect();
        assert_eq!(odd, ["64"]);
    }
}
