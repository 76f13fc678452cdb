//! What a conversation shall be: its channel, its last command, what goes before it, what is done wrong in it.

use tapscope::card::KeyType;

use super::handshake::Way;
use super::message::{Knobs, Mode};

/// A channel with the type of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Channel {
    pub(crate) way: Way,
    pub(crate) kind: KeyType,
}

impl Channel {
    const fn new(way: Way, kind: KeyType) -> Self {
        Self { way, kind }
    }
}

pub(crate) const EV2: &[Channel] = &[Channel::new(Way::First, KeyType::Aes128)];
pub(crate) const EV1: &[Channel] = &[
    Channel::new(Way::Ev1, KeyType::Des),
    Channel::new(Way::Ev1, KeyType::TwoKey3Des),
    Channel::new(Way::Ev1, KeyType::ThreeKey3Des),
    Channel::new(Way::Ev1, KeyType::Aes128),
];
pub(crate) const EV1_AES: &[Channel] = EV1.split_at(3).1;
pub(crate) const EV1_3K: &[Channel] = EV1.split_at(2).1.split_at(1).0;
pub(crate) const D40: &[Channel] = &[
    Channel::new(Way::D40, KeyType::Des),
    Channel::new(Way::D40, KeyType::TwoKey3Des),
];
/// Channels whose keys have a version byte.
pub(crate) const AES: &[Channel] = &[EV2[0], EV1[3]];
/// Channels of EV1 and later: their checksum is CRC32.
pub(crate) const MODERN: &[Channel] = &[EV2[0], EV1[0], EV1[1], EV1[2], EV1[3]];
pub(crate) const LEGACY: &[Channel] = &[D40[0], D40[1], EV1[0], EV1[1], EV1[2], EV1[3]];
pub(crate) const ALL: &[Channel] = &[EV2[0], EV1[0], EV1[1], EV1[2], EV1[3], D40[0], D40[1]];

/// The command with the mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    Read(Mode),
    Write(Mode),
    /// Credit or Debit.
    Credit(Mode),
    /// GetValue.
    Value(Mode),
    /// GetKeySettings.
    Info,
    /// GetFileSettings.
    Settings,
    /// WriteData to a file that anybody may write.
    WriteFree,
    /// ChangeKey of another key than the session's.
    ChangeOther,
    /// ChangeKey of the session's key.
    ChangeOwn,
    /// ChangeKey of the PICC master key to another type.
    ChangeMaster,
    /// CommitTransaction.
    Commit,
    /// CommitTransaction that asks for the TMV.
    CommitTmv,
    /// The authentication.
    Auth,
    /// AuthenticateEV2NonFirst.
    AuthAgain,
}

/// Who errs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Host,
    Card,
}

/// What the message before must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    Any,
    /// Command and answer with a CMAC, sent or not.
    Cmac,
    /// With a cryptogram.
    Cipher,
}

/// What session there must have been before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Earlier {
    Any,
    /// Any.
    Session,
    /// One that was not continued.
    First,
}

/// Length of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Len {
    Any,
    /// One block whose padding starts where the block of the IV holds label and TI.
    Tiny,
    /// One block, with at least 4 bytes of padding in it, in D40 2 behind the checksum.
    Short,
    /// Whole blocks of 16.
    Blocks,
    /// At least 4 bytes of padding.
    Loose,
}

/// What the conversation must offer for a mistake to show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needs {
    /// Least number of commands in the session before the last.
    pub(crate) commands: usize,
    /// It is the session's first command.
    pub(crate) first: bool,
    pub(crate) before: Before,
    pub(crate) earlier: Earlier,
    pub(crate) len: Len,
    pub(crate) wrapped: bool,
}

impl Needs {
    pub(crate) const NONE: Self = Self {
        commands: 0,
        first: false,
        before: Before::Any,
        earlier: Earlier::Any,
        len: Len::Any,
        wrapped: false,
    };

    /// Both; `None` when there is no such conversation.
    pub(crate) fn and(self, other: Self) -> Option<Self> {
        let before = match (self.before, other.before) {
            (Before::Any, one) | (one, Before::Any) => one,
            (one, two) if one == two => one,
            _ => return None,
        };
        let len = match (self.len, other.len) {
            (Len::Any, one) | (one, Len::Any) => one,
            (Len::Tiny, Len::Short | Len::Loose) | (Len::Short | Len::Loose, Len::Tiny) => {
                Len::Tiny
            }
            (Len::Short, Len::Loose) | (Len::Loose, Len::Short) => Len::Short,
            (one, two) if one == two => one,
            _ => return None,
        };
        let commands = self.commands.max(other.commands);
        let first = self.first || other.first;
        if first && commands > 0 {
            return None;
        }
        Some(Self {
            commands,
            first,
            before,
            earlier: self.earlier.max(other.earlier),
            len,
            wrapped: self.wrapped || other.wrapped,
        })
    }
}

/// A conversation to be made.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) channel: Channel,
    pub(crate) last: Last,
    pub(crate) side: Side,
    pub(crate) knobs: Knobs,
    pub(crate) needs: Needs,
    /// Right commands behind the last, where the session still stands.
    pub(crate) more: usize,
}

impl Plan {
    /// The mistakes of one side.
    pub(crate) fn knobs_of(&self, side: Side) -> Knobs {
        if self.side == side {
            self.knobs.clone()
        } else {
            Knobs::default()
        }
    }

    /// What a right card says to a wrong host.
    pub(crate) fn status(&self) -> u8 {
        let too_long_or_short = [
            "mac-on-free-access",
            "mac-missing",
            "plain-in-full",
            "change-key-no-version",
        ];
        if self.side == Side::Card || self.knobs.0.is_empty() {
            0x00
        } else if too_long_or_short.iter().any(|code| self.knobs.on(code)) {
            0x7E
        } else {
            0x1E
        }
    }
}
