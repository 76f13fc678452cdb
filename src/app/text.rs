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
pub(super) const READERS_EMPTY: (&str, &str) =
    ("No reader", "Add an embedded card: nothing to install");
pub(super) const CARD_EMPTY: (&str, &str) = (
    "No embedded card",
    "Create one from the demo image, or a blank one",
);

pub(super) const LOG_EMPTY: (&str, &str) = (
    "Nothing was logged",
    "What the program does and what fails appears here, never a key",
);

pub(super) const ABOUT: &str = "Decrypts and verifies MIFARE DESFire secure messaging, runs virtual cards, and keeps sessions that can be replayed byte for byte.";
pub(super) const LICENCES: &str = "Tapscope is under MIT or Apache-2.0, at your choice. The fonts Inter and JetBrains Mono are under the SIL Open Font License 1.1. MIFARE, DESFire and NTAG are trademarks of NXP B.V.; this program is not theirs.";
pub(super) const DECIDED_BY: &str =
    "GetVersion, hardware part. Underlined: type 01 is DESFire, 33 00 is EV3, and the size";
pub(super) const PCSC_ELSEWHERE: &str = "On the command line only so far: tapscope readers";
pub(super) const EXPORT_WARNING: &str = "The file will hold all keys in clear";
pub(super) const IMAGE_WARNING: &str = "An image holds the card's keys in clear";
pub(super) const HOLD_TO_SHOW: &str = "Hold to show";
pub(super) const UNSAVED: &str = "The trace is not saved";

/// Help: what each panel is for, and the words of the field.
pub(super) const HELP: &[(&str, &str)] = &[
    (
        "Readers",
        "The card you talk to. Everything sent and received appears in the trace.",
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
    ("Sessions", "Save, open, sample sessions, replay."),
    (
        "Virtual card",
        "What the embedded card holds, and faults to put it through.",
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
