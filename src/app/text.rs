//! All sentences of the window in one place, so that a second language can come.

use crate::trace::Lane;

pub(super) const START_TITLE: &str = "Start with a card or a trace";
pub(super) const START_HINT: &str = "Nothing to install: the embedded EV3 card carries the example application 014499 with its keys.";
pub(super) const START_CARD: &str = "Use the embedded card";
pub(super) const START_CARD_HINT: &str =
    "Run a complete top-up now: 7 exchanges, every one decrypted and verified.";
pub(super) const START_CARD_BUTTON: &str = "Run a top-up";
pub(super) const START_OPEN: &str = "Open or drop a trace";
pub(super) const START_OPEN_HINT: &str =
    "A Tapscope session, or the lines of another tool's log. Drop the file anywhere in the window.";
pub(super) const START_OPEN_BUTTON: &str = "Open a file…";
pub(super) const START_SAMPLE: &str = "Look at a sample";
pub(super) const START_SAMPLE_HINT: &str =
    "A recorded top-up whose commit was torn: the answer is lost, the next contact decides.";
pub(super) const START_SAMPLE_BUTTON: &str = "Open the sample";

pub(super) const FIELDS_EMPTY: (&str, &str) =
    ("Select a row in the trace", "Its fields appear here");
pub(super) const BYTES_EMPTY: (&str, &str) = (
    "Select a row in the trace",
    "Wire, unframed and plaintext bytes appear here",
);
pub(super) const KEYS_EMPTY: (&str, &str) =
    ("No keys yet", "Import a key file, or add one by hand");
pub(super) const NO_READER: &str = "Choose a reader: an embedded card needs nothing to install";
pub(super) const CARD_EMPTY: (&str, &str) = (
    "No embedded card",
    "Create one from the demo image, or a blank one",
);

pub(super) const FILTER_HINT: &str = "Filter: cmd == Credit and status != 9100";
/// Filters with a button of their own.
pub(super) const FILTERS: &[(&str, &str)] = &[
    ("Refused", "verdict == refused"),
    ("Not verified", "verdict in {unverified, opaque, wrong}"),
];
pub(super) const NOTHING_PASSES: (&str, &str) = (
    "No row passes the filter",
    "Clear the filter to see all rows; the trace is complete",
);
pub(super) const NO_FILTERS: (&str, &str) = (
    "Keep a filter by the menu Filters of the trace",
    "Its name, its place and its button appear here",
);
pub(super) const COLOUR_RULES: (&str, &str) = (
    "The first rule whose filter a row passes gives it its colour",
    "The rule's name stands in the hover text of the row",
);
pub(super) const NO_COLOUR_RULES: (&str, &str) = (
    "Add a rule, and rows that pass its filter get its colour",
    "For example",
);
pub(super) const FIND_KEYS_HELP: &str = "Tries every key of the table, as it stands and by every rule in use, on every recorded authentication";
pub(super) const DICTIONARY_HELP: &str =
    "A file with one key a line, as Proxmark's .dic; millions are tried beside the window";
pub(super) const TEMPLATE_HELP: &str = "{uid}, {aid} in wire order, {aid_be} most significant byte first, {key_no}, and hexadecimal digits";
pub(super) const EXPLAIN_EMPTY: (&str, &str) = (
    "Select a row that is wrong",
    "The mistake that gives its bytes appears here",
);
pub(super) const NOTHING_WRONG: (&str, &str) = (
    "Nothing is wrong with this row",
    "Where a MAC, checksum, padding or authentication does not fit, the mistake appears here",
);
pub(super) const NOT_EXPLAINED: &str = "Then the bytes were damaged on the way, the keys are others, or the mistake is not in the catalogue";
pub(super) const EXPLAIN_HELP: &str = "Tries known mistakes until one gives the received bytes";
pub(super) const INSPECTOR_SECRET: &str = "Key material is not read";
pub(super) const HOLD_KEY: &str = "Hold to show the key";
pub(super) const HOLD_KEY_WHY: &str =
    "The command carries a key; its bytes are XX, also when copied, until this is held";
pub(super) const INSPECTOR_EMPTY: &str = "Choose a byte or a field; what it can mean appears here";
pub(super) const TEMPLATES_HELP: &str =
    "A JSON file that names the fields of files and records; its content is kept in the settings";
pub(super) const FINDINGS_EMPTY: (&str, &str) = (
    "Nothing was found in the trace",
    "What is wrong, could not be checked or is worth knowing appears here",
);
pub(super) const FINDINGS_NARROWED: (&str, &str) = (
    "No finding passes",
    "Empty the text field, or switch the severities on",
);
pub(super) const COMPARE_EMPTY: (&str, &str) = (
    "Open or record a trace first",
    "What differs from another trace appears here, byte by byte",
);
pub(super) const COMPARE_HELP: &str = "By meaning: commands are aligned; nonces, counters, MACs and times are left out, plaintext is compared byte by byte";
pub(super) const NO_STORE: &str = "Keys of the table are gone when the program ends. A key store keeps them encrypted under a passphrase";
pub(super) const STORE_WARNING: &str = "Without the passphrase nobody can open the store again";
pub(super) const FORGET_STORE: &str = "Locks the store and no longer asks for it; its file stays";
pub(super) const KNOWN_EMPTY: (&str, &str) = (
    "Select a row in the trace",
    "What the trace knows of the card after it appears here, with what the row changed",
);
pub(super) const REPEAT_EMPTY: (&str, &str) = (
    "Choose Repeat row in the menu of a row",
    "Its plaintext can be edited here and sent in the present session",
);
pub(super) const REPEAT_HELP: &str =
    "Protected anew in the present session; the rows appear in the trace";
pub(super) const NOTHING_REPEATED: &str =
    "Nothing yet. The answer will stand under that of the row, byte by byte";
pub(super) const ANSWER_LOST: &str = "answer lost, what the card did is unknown";
pub(super) const CALCULATOR_EMPTY: &str = "Each step with its bytes and section appears here; steps can be changed and compared with yours";
pub(super) const OPEN_IN_CALCULATOR: &str =
    "The MAC with its message and key: steps can be changed and compared";
pub(super) const BATCH_TRANSACTIONS: (&str, &str) = (
    "Check every transaction of a file, with the key, mode, AID, diversification and file of this page",
    "CSV or JSON with uid, tmc, tmv, and tmi or operations; tmri_prev and enc_tmri where readers are named. Gaps and replays of each card are told",
);
pub(super) const BATCH_URLS: (&str, &str) = (
    "Check every URL of a file, with the keys and settings of this page",
    "One URL a line, or CSV with a column url. Replays and late reads of each tag are told",
);
pub(super) const LAST_VALID: &str = "An input is refused: this is the table of the last valid ones";
pub(super) const SECTION_ON_HOVER: &str =
    "Sections stand in the hover text and under a chosen line";
pub(super) const HIDDEN_HOLD_TO_SHOW: &str = "hidden, hold to show";
pub(super) const PASTE_TO_COMPARE: &str = "paste to compare";
pub(super) const NO_MISTAKE_FITS: &str =
    "None of the known mistakes, alone or two at once, gives these bytes";
pub(super) const LOG_EMPTY: (&str, &str) = (
    "Nothing was logged",
    "What the program does and what fails appears here, never a key",
);

pub(super) const ABOUT: &str = "Decrypts and verifies MIFARE DESFire secure messaging, runs virtual cards, and keeps sessions that can be replayed byte for byte.";
pub(super) const LICENCES: &str = "Tapscope is under MIT or Apache-2.0, at your choice. The fonts Inter and JetBrains Mono are under the SIL Open Font License 1.1. MIFARE, DESFire and NTAG are trademarks of NXP B.V.; this program is not theirs.";
pub(super) const DECIDED_BY: &str =
    "Underlined: the bytes that decide. In GetVersion these are type, version and size";
pub(super) const DESK_EMPTY: &str = "No reader is connected. Plug one in: it appears here";
pub(super) const DESK_UNKNOWN: &str = "Looking for readers";
pub(super) const NO_PCSC: &str = "This build has no PC/SC";
pub(super) const OPEN_PORT: &str = "Open a port, and a phone or program can lend its card";
pub(super) const PORT_HELP: &str = "Cards connect here by the vpcd protocol, such as a phone's, or tapscope card PRODUCT --connect HOST:PORT";
pub(super) const PORT_REACHES_OUT: &str =
    "Port address can be reached by other machines, expected a loopback address or the box checked";
pub(super) const PORT_OFF: &str = "Off, the port address is not one, or not confirmed";
pub(super) const OPEN_TO_NETWORK: &str = "Other machines may connect";
pub(super) const OPEN_WARNING: &str =
    "Whoever connects first is the card. The traffic is not encrypted by the protocol";
pub(super) const NOTHING_LIES: &str = "Put a card on the reader";
pub(super) const CARD_MUTE: &str = "The card does not answer. Take it off and put it on again";
pub(super) const UNPLUGGED: &str = "The reader is gone. It is used again when it is back";
pub(super) const PORT_CLOSED: &str = "The port is closed";
pub(super) const NOBODY_CAME: &str = "Waiting for a card to connect";
pub(super) const SHARING_HELP: &str = "Exclusive: no other program can reach the card. Shared: others stay connected, and wait while a job runs";
pub(super) const PROTOCOL_HELP: &str =
    "Contactless cards appear as T=1. Raw sends frames as the reader has them";
pub(super) const TAP_HELP: &str = "A program that uses the virtual reader at this address talks to this card; every APDU passes unchanged and is decoded here";
pub(super) const LEND_HELP: &str = "Programs that use the virtual reader at this address talk to this virtual card; pcscd with vsmartcard-vpcd listens on 127.0.0.1:35963";
pub(super) const CARD_IS_REAL: (&str, &str) = (
    "No virtual card lies at the chosen reader",
    "Choose an embedded card in Readers, or create one here",
);
pub(super) const CHOICES_ARE_OURS: &str = "Public sources conflict or are silent here. The defaults are our own choice, for the reasons that stand beside each; a change takes the card out of the field for a moment";
pub(super) const AS_DELIVERED: &str =
    "No application, and the PICC master key is the DES key of zeros";
pub(super) const EXPORT_WARNING: &str = "The file will hold all keys in clear";
pub(super) const IMAGE_WARNING: &str = "An image holds the card's keys in clear";
pub(super) const HOLD_TO_SHOW: &str = "Hold to show";
pub(super) const UNSAVED: &str = "The trace is not saved";
pub(super) const UNSAVED_KEYS: &str = "The key store has changes that are not saved";

/// Help: what each panel is for, and the words of the field.
pub(super) const HELP: &[(&str, &str)] = &[
    (
        "Readers",
        "The card you talk to: embedded, on a PC/SC reader, or lent to a port. A tap stands between a program and its card.",
    ),
    (
        "Trace",
        "One row per command with its answer, decrypted and verified with the keys of the table.",
    ),
    (
        "Fields",
        "The parts of the selected command and answer. A chosen field lights up in the bytes.",
    ),
    (
        "Bytes",
        "The same exchange as it crossed the interface, without framing, and without secure messaging.",
    ),
    (
        "Keys",
        "Keys that recorded authentications are tried against. A new key decodes the whole trace again.",
    ),
    (
        "Explain",
        "Which known mistake gives the bytes of a row that is wrong, with expected over received.",
    ),
    (
        "Compare",
        "The trace beside another one by meaning, with the bytes that differ.",
    ),
    (
        "Card at row",
        "Applications, files, values and counters as the trace knows them after the selected row.",
    ),
    (
        "Repeat",
        "A row's command once more: edited in plaintext, protected anew, with both answers byte by byte.",
    ),
    (
        "Findings",
        "Everything that is wrong, could not be checked or is worth knowing, in one list; F8 goes to the next one.",
    ),
    (
        "Calculator",
        "MACs, keys, checksums step by step. Any step can be changed, and compared with a value of your own.",
    ),
    ("Sessions", "Save, open, sample sessions, replay."),
    (
        "Virtual card",
        "What the embedded card holds, faults to put it through, and lending it to other programs.",
    ),
    (
        "Log",
        "What the program did, for bug reports. A file of it is kept for seven days.",
    ),
    (
        "TI",
        "Transaction identifier: binds the commands of an EV2 session together.",
    ),
    (
        "CmdCtr",
        "Counts the commands of a session; part of every MAC.",
    ),
    (
        "TMC, TMV",
        "Transaction counter and transaction MAC value: the card's proof of a committed transaction.",
    ),
    (
        "CommMode",
        "Plain, MAC, or Full: how a file's data travels inside a session.",
    ),
];

/// The name of a lane.
pub(super) const fn lane(lane: Lane) -> &'static str {
    match lane {
        Lane::Card => "Card",
        Lane::Server => "Server",
        Lane::Forwarder => "Phone",
        Lane::Terminal => "Terminal",
    }
}
