//! The table: which host or card makes a mistake, on which channels, in which commands, and what must go before.

use super::message::Mode::{Full, Mac, Plain};
use super::plan::Last::{
    Auth, AuthAgain, ChangeMaster, ChangeOther, ChangeOwn, Commit, CommitTmv, Credit, Info, Read,
    Value, Write, WriteFree,
};
use super::plan::{
    AES, ALL, Before, Channel, D40, EV1, EV1_3K, EV1_AES, EV2, Earlier, LEGACY, Last, Len, MODERN,
    Needs,
};

/// One mistake.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) code: &'static str,
    /// The part of the computation that is wrong: two mistakes in one part exclude each other.
    pub(crate) part: &'static str,
    pub(crate) channels: &'static [Channel],
    /// Commands in which a host makes it.
    pub(crate) host: &'static [Last],
    /// Commands in whose answers a card makes it.
    pub(crate) card: &'static [Last],
    pub(crate) needs: Needs,
}

impl Entry {
    const fn new(code: &'static str, part: &'static str, channels: &'static [Channel]) -> Self {
        let needs = Needs::NONE;
        Self {
            code,
            part,
            channels,
            host: &[],
            card: &[],
            needs,
        }
    }

    const fn host(mut self, lasts: &'static [Last]) -> Self {
        self.host = lasts;
        self
    }

    const fn card(mut self, lasts: &'static [Last]) -> Self {
        self.card = lasts;
        self
    }

    const fn after(mut self, commands: usize, before: Before) -> Self {
        self.needs.commands = commands;
        self.needs.before = before;
        self
    }

    const fn first(mut self) -> Self {
        self.needs.first = true;
        self
    }

    const fn earlier(mut self, earlier: Earlier) -> Self {
        self.needs.earlier = earlier;
        self
    }

    const fn len(mut self, len: Len) -> Self {
        self.needs.len = len;
        self
    }

    const fn wrapped(mut self) -> Self {
        self.needs.wrapped = true;
        self
    }
}

/// Commands with a MAC in EV2, and those of them with a header.
const EV2_MACED: &[Last] = &[
    Read(Mac),
    Read(Full),
    Write(Mac),
    Write(Full),
    Credit(Mac),
    Credit(Full),
    Value(Mac),
    ChangeOther,
    ChangeOwn,
    Info,
    Commit,
];
const EV2_HEADED: &[Last] = EV2_MACED.split_at(9).0;
const EV2_SEALED: &[Last] = &[Write(Full), Credit(Full), ChangeOther, ChangeOwn];
/// Where a first block that is wrong shows.
const EV2_FIRST_BLOCK: &[Last] = &[Write(Full), Credit(Full), ChangeOther];
const EV2_ANSWERS: &[Last] = &[
    Read(Mac),
    Read(Full),
    Write(Mac),
    Write(Full),
    Credit(Mac),
    Value(Mac),
    Value(Full),
    ChangeOther,
    Info,
    Commit,
];
const SEALED_ANSWERS: &[Last] = &[Read(Full), Value(Full)];
const MACED: &[Last] = &[Write(Mac), Credit(Mac)];
const SEALED: &[Last] = &[Write(Full), Credit(Full)];
/// All that a host protects in EV1.
const EV1_COMMANDS: &[Last] = &[
    Write(Mac),
    Credit(Mac),
    Write(Full),
    Credit(Full),
    ChangeOther,
    ChangeOwn,
];
/// Answers after a command that has a CMAC, sent or not.
const EV1_AFTER_CMAC: &[Last] = &[
    Read(Plain),
    Read(Mac),
    Read(Full),
    Write(Plain),
    Write(Mac),
    Value(Mac),
    Value(Full),
    Info,
    Commit,
];
const EV1_ANSWERS: &[Last] = &[
    Read(Plain),
    Read(Mac),
    Read(Full),
    Write(Plain),
    Write(Mac),
    Value(Mac),
    Value(Full),
    Info,
    Commit,
    Write(Full),
    ChangeOther,
];
const EV1_CMACED_ANSWERS: &[Last] = &[
    Read(Plain),
    Read(Mac),
    Write(Plain),
    Write(Mac),
    Value(Mac),
    Info,
    Commit,
    Write(Full),
];
const D40_MACED_ANSWERS: &[Last] = &[Read(Mac), Value(Mac)];
const KEY: &[Last] = &[ChangeOther, ChangeOwn];

/// All mistakes that leave a trace. Three of the list leave none of their own:
///
/// * `ev1-key-parity`: DES takes no notice of parity bits, so that no byte differs.
/// * `auth-iv-zero-again`: the wrong IV changes only the first block of the token, which is random, so that the card
///   accepts it with another RndA and answers with that. Every check of the handshake fits; only the host, which knows
///   its own RndA, can tell.
/// * `change-key-crc-xored`: a checksum over the XORed key is that of a key which was not XORed, and the new key is not
///   known: the bytes are those of `change-key-no-xor`.
#[rustfmt::skip]
pub(crate) const TABLE: &[Entry] = &[
    Entry::new("ev2-ctr-ahead", "ctr", EV2).host(EV2_MACED).card(EV2_ANSWERS),
    // In an answer the counter that is one too low is that of the command: `ev2-ctr-response`.
    Entry::new("ev2-ctr-behind", "ctr", EV2).host(EV2_MACED).after(1, Before::Any),
    Entry::new("ev2-ctr-zero", "ctr", EV2).host(EV2_MACED).after(2, Before::Any),
    Entry::new("ev2-ctr-big-endian", "ctr-order", EV2).host(EV2_MACED).card(EV2_ANSWERS).after(1, Before::Any),
    Entry::new("ev2-ctr-response", "ctr", EV2).card(EV2_ANSWERS),
    Entry::new("ev2-ti-reversed", "ti-order", EV2).host(EV2_MACED).card(EV2_ANSWERS),
    Entry::new("ev2-ti-missing", "ti", EV2).host(EV2_MACED).card(EV2_ANSWERS),
    Entry::new("ev2-ti-old", "ti", EV2).host(EV2_MACED).earlier(Earlier::First),
    Entry::new("ev2-mac-even-bytes", "mac-bytes", EV2).host(EV2_MACED).card(EV2_ANSWERS),
    Entry::new("ev2-mac-first-bytes", "mac-bytes", EV2).host(EV2_MACED).card(EV2_ANSWERS),
    Entry::new("ev2-mac-last-bytes", "mac-bytes", EV2).host(EV2_MACED).card(EV2_ANSWERS),
    Entry::new("ev2-mac-over-plain", "mac-data", EV2).host(EV2_SEALED).card(SEALED_ANSWERS),
    Entry::new("ev2-mac-over-padded", "mac-data", EV2).host(EV2_SEALED).card(SEALED_ANSWERS),
    Entry::new("ev2-mac-no-header", "mac-header", EV2).host(EV2_HEADED),
    Entry::new("ev2-mac-no-cmd", "mac-cmd", EV2).host(EV2_MACED),
    Entry::new("ev2-mac-no-status", "mac-cmd", EV2).card(EV2_ANSWERS),
    Entry::new("ev2-mac-wrapped", "mac-cmd", EV2).host(EV2_MACED).wrapped(),
    Entry::new("ev2-mac-sw", "mac-cmd", EV2).card(EV2_ANSWERS).wrapped(),
    Entry::new("ev2-keys-swapped", "key-order", EV2).host(EV2_MACED).card(EV2_ANSWERS),
    Entry::new("ev2-zero-key", "key", EV2).host(EV2_MACED).card(EV2_ANSWERS),
    Entry::new("ev2-sv-rnd-swapped", "sv-order", EV2).host(EV2_MACED).card(EV2_ANSWERS),
    Entry::new("ev2-sv-no-xor", "sv-xor", EV2).host(EV2_MACED).card(EV2_ANSWERS),
    Entry::new("ev2-static-key", "key", EV2).host(EV2_MACED).card(EV2_ANSWERS),
    Entry::new("ev2-old-session", "key", EV2).host(EV2_MACED).earlier(Earlier::Session),
    // Behind label, TI and CmdCtr the IV's block is zero before it is enciphered: there a plain IV is like none.
    Entry::new("ev2-iv-zero", "iv", EV2).host(EV2_FIRST_BLOCK).card(SEALED_ANSWERS).len(Len::Tiny),
    Entry::new("ev2-iv-labels-swapped", "iv-label", EV2).host(EV2_FIRST_BLOCK).card(SEALED_ANSWERS).len(Len::Short),
    Entry::new("ev2-iv-plain", "iv", EV2).host(EV2_FIRST_BLOCK).card(SEALED_ANSWERS).len(Len::Tiny),
    Entry::new("ev2-iv-mac-key", "iv", EV2).host(EV2_FIRST_BLOCK).card(SEALED_ANSWERS).len(Len::Short),
    Entry::new("ev2-padding-missing", "padding", EV2).host(&[Write(Full)]).card(&[Read(Full)]).len(Len::Blocks),
    Entry::new("ev2-padding-zeros", "padding", EV2).host(EV2_SEALED).card(SEALED_ANSWERS).len(Len::Loose),

    Entry::new("ev1-iv-zero", "iv", EV1).host(EV1_COMMANDS).card(EV1_ANSWERS).after(1, Before::Any),
    Entry::new("ev1-iv-command-skipped", "iv", EV1).host(EV1_COMMANDS).card(EV1_AFTER_CMAC).after(1, Before::Cmac),
    Entry::new("ev1-iv-response-skipped", "iv", EV1).host(EV1_COMMANDS).after(1, Before::Any),
    Entry::new("ev1-iv-truncated", "iv", EV1_AES).host(EV1_COMMANDS).card(EV1_AFTER_CMAC).after(1, Before::Cmac),
    Entry::new("ev1-mac-odd-bytes", "mac-bytes", EV1_AES).host(MACED).card(EV1_CMACED_ANSWERS),
    Entry::new("ev1-mac-last-bytes", "mac-bytes", EV1_AES).host(MACED).card(EV1_CMACED_ANSWERS),
    Entry::new("ev1-mac-no-cmd", "mac-cmd", EV1).host(MACED).card(EV1_AFTER_CMAC),
    Entry::new("ev1-mac-no-header", "mac-header", EV1).host(MACED),
    Entry::new("ev1-mac-no-status", "mac-status", EV1).host(EV1_COMMANDS).card(EV1_CMACED_ANSWERS).after(1, Before::Cmac),
    Entry::new("ev1-mac-status-first", "mac-status", EV1).card(&[Read(Plain), Read(Mac), Value(Mac), Info]),
    Entry::new("ev1-mac-sw", "mac-status", EV1).card(EV1_CMACED_ANSWERS).wrapped(),
    Entry::new("ev1-mac-wrapped", "mac-cmd", EV1).host(MACED).wrapped(),
    Entry::new("ev1-crc-data-only", "crc-range", EV1).host(SEALED),
    Entry::new("ev1-crc-no-status", "crc-range", EV1).card(SEALED_ANSWERS),
    Entry::new("ev1-crc-inverted", "crc-inverted", EV1).host(SEALED).card(SEALED_ANSWERS),
    Entry::new("ev1-crc-big-endian", "crc-order", EV1).host(SEALED).card(SEALED_ANSWERS),
    Entry::new("ev1-crc16", "crc-range", EV1).host(SEALED),
    Entry::new("ev1-key-rnd-swapped", "key-order", EV1).host(EV1_COMMANDS).card(EV1_ANSWERS).first(),
    Entry::new("ev1-key-thirds", "key", EV1_3K).host(EV1_COMMANDS).card(EV1_ANSWERS).first(),
    Entry::new("ev1-old-session", "key", EV1).host(EV1_COMMANDS).earlier(Earlier::Session).first(),
    Entry::new("ev1-static-key", "key", EV1).host(EV1_COMMANDS).card(EV1_ANSWERS).first(),

    Entry::new("change-key-no-xor", "key-xor", ALL).host(&[ChangeOther]),
    Entry::new("change-key-xor-own", "key-xor", ALL).host(&[ChangeOwn]),
    Entry::new("change-key-no-second-crc", "key-second-crc", ALL).host(&[ChangeOther]),
    Entry::new("change-key-crc-inverted", "key-crc-inverted", MODERN).host(&[ChangeOther]),
    // With an own key of EV1 the checksum's first byte is taken for the version, and the rest is its right checksum.
    Entry::new("change-key-no-version", "key-version", AES).host(&[ChangeOther]),
    Entry::new("change-key-type-bits", "key-type", LEGACY).host(&[ChangeMaster]),
    Entry::new("change-key-wrong-old", "key-xor", ALL).host(&[ChangeOther]),
    Entry::new("change-key-crc-no-cmd", "key-crc-range", EV1).host(KEY),

    Entry::new("d40-enciphered", "d40-direction", D40).host(&[Write(Full), Credit(Full), ChangeOther, ChangeOwn]),
    Entry::new("d40-iv-carried", "iv", D40).host(SEALED).card(SEALED_ANSWERS).after(1, Before::Cipher).len(Len::Short),
    Entry::new("d40-crc32", "crc", D40).host(SEALED),
    Entry::new("d40-mac-cmac", "mac", D40).host(MACED).card(D40_MACED_ANSWERS),
    Entry::new("d40-mac-other-half", "mac-bytes", D40).host(MACED).card(D40_MACED_ANSWERS),
    Entry::new("d40-crc-with-cmd", "crc", D40).host(SEALED),

    Entry::new("mac-on-free-access", "mode", ALL).host(&[WriteFree]),
    Entry::new("mac-missing", "mode", ALL).host(MACED),
    Entry::new("plain-in-full", "mode", ALL).host(SEALED),

    Entry::new("auth-rndb-not-rotated", "rotation", ALL).host(&[Auth, AuthAgain]),
    Entry::new("auth-rotated-right", "rotation", ALL).host(&[Auth, AuthAgain]),
    Entry::new("auth-token-swapped", "order", ALL).host(&[Auth, AuthAgain]),
    Entry::new("auth-wrong-key-no", "key", ALL).host(&[Auth, AuthAgain]),
    Entry::new("auth-zero-key", "key", ALL).host(&[Auth, AuthAgain]),
    Entry::new("auth-d40-enciphered", "d40-direction", D40).host(&[Auth]),
    Entry::new("auth-rnda-not-rotated", "rotation", ALL).card(&[Auth, AuthAgain]),
    Entry::new("auth-iv-zero-answer", "iv", EV1).card(&[Auth]),

    Entry::new("tmv-tmc-behind", "tmc", AES).card(&[CommitTmv]),
    Entry::new("tmv-tmc-big-endian", "tmc-order", AES).card(&[CommitTmv]),
    Entry::new("tmv-key-swapped", "key", AES).card(&[CommitTmv]),
    Entry::new("tmv-even-bytes", "mac-bytes", AES).card(&[CommitTmv]),
    Entry::new("tmv-first-bytes", "mac-bytes", AES).card(&[CommitTmv]),
    Entry::new("tmv-last-command-missing", "tmi", AES).card(&[CommitTmv]),
];
