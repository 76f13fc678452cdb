//! Points on which the sources conflict (DESFire reference, appendix B), as switches of a virtual card.

/// What this card does where sources disagree or are silent.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one switch for each open point"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Status for a keyed file right when a session with another key is open (§3.1). NXP's published data
    /// sheet (NTAG 424 DNA) says `AE`, one set of EV3 measurements says `9D`. Default `AE`: it is the
    /// documented rule "9D only when no authentication could ever allow it".
    pub wrong_key_status: u8,
    /// Whether AuthenticateEV2First keeps what is pending in a transaction (§5.4). The application note calls
    /// First the start of a new transaction without saying that pending data goes. Default `true`, as measured.
    pub auth_first_keeps_transaction: bool,
    /// Status for Authenticate, AuthenticateISO or AuthenticateAES with a key of another type (§2.11): `9D` "type or
    /// mode not allowed" in the collected tables, `AE` in a card emulator. Default `9D`, as with AuthenticateEV2First.
    pub wrong_key_type_status: u8,
    /// Status for GetDFNames in a session (§2.4). An EV1 card was seen to answer `C1` and to be lost with it; nobody tells
    /// of a later generation. Default `9D`: a host notices, and no card is harmed.
    pub df_names_in_session_status: u8,
    /// Whether GetISOFileIDs says `F0` when no file has an identifier, instead of an empty list (§2.4, both are told).
    /// Default `false`, as GetFileIDs without files.
    pub no_iso_files_is_f0: bool,
    /// Whether READ BINARY and READ RECORDS with an Le beyond the end answer what there is, with `6282` (§3.2, one source
    /// on EV1), instead of `6Cxx` with the right Le (§1.5, data sheet of NTAG 424 DNA). Default `false`.
    pub iso_reads_to_end: bool,
    /// Whether READ RECORDS of several records gives the oldest first, as ReadRecords does. No public source tells; default
    /// `false`, the order of the ISO record numbers.
    pub iso_records_oldest_first: bool,
    /// Whether ISO commands reach, by a key, a file whose mode is MAC or Full; its data then travels in plain. No public
    /// source tells. Default `true`: the documented conditions ask for the right only.
    pub iso_reaches_protected_files: bool,
    /// Whether SetConfiguration `00` clears the format flag when its bit is zero (§2.2.1): one set of measurements says
    /// that all flags are written each time, a data sheet of another product that a zero changes nothing. Default `true`,
    /// the measurement on DESFire.
    pub configuration_clears: bool,
    /// Whether the flags of SetConfiguration `04` stand in the second byte (§2.2.1), as one library sends them, instead of
    /// the first. Default `false`: a data sheet and recordings of another product have the least significant byte first.
    pub disabled_in_upper_byte: bool,
    /// Whether the memory of a deleted application or file can be used again. Default `false`, as measured on EV1 to EV3
    /// (§8.5).
    pub deleted_memory_returns: bool,
    /// Failed authentications in a row after which EV2 and later answer `AD`; 0 for never. The reference says "several"
    /// (§2.1), the number 5 is our choice.
    pub failures_before_delay: u8,
    /// How often `AD` is answered then. On a card the delay runs by time; here is no clock, and each `AD` stands for its
    /// part of it (§2.1 gives the time of one). The number 3 is our choice.
    pub delay_answers: u8,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            wrong_key_status: 0xAE,
            auth_first_keeps_transaction: true,
            wrong_key_type_status: 0x9D,
            df_names_in_session_status: 0x9D,
            no_iso_files_is_f0: false,
            iso_reads_to_end: false,
            iso_records_oldest_first: false,
            iso_reaches_protected_files: true,
            configuration_clears: true,
            disabled_in_upper_byte: false,
            deleted_memory_returns: false,
            failures_before_delay: 5,
            delay_answers: 3,
        }
    }
}
