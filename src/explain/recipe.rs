//! How the bytes of a message in a session are made, as parts that mistakes alter.

use crate::card::KeyType;
use crate::crypto::Secret;

use super::mistake::Input;

/// The recipe of a message. By the rules every part is as in [`Recipe::new`].
#[derive(Clone, Debug)]
pub(super) struct Recipe {
    /// Deciphers: KSesAuthENC, or the one session key.
    pub(super) enc: Secret,
    /// Makes the MAC: KSesAuthMAC, or the one session key.
    pub(super) mac: Secret,
    /// How the session keys are made.
    pub(super) vector: Vector,
    /// TI in the MAC of EV2.
    pub(super) ti: Option<[u8; 4]>,
    /// TI in the IV of EV2.
    pub(super) iv_ti: [u8; 4],
    /// CmdCtr in the MAC of EV2, as it is sent through the CMAC.
    pub(super) ctr: [u8; 2],
    /// CmdCtr in the IV of EV2.
    pub(super) iv_ctr: [u8; 2],
    pub(super) iv: Iv,
    pub(super) label: Label,
    pub(super) cut: Cut,
    pub(super) code: Code,
    /// Whether the MAC covers the header.
    pub(super) has_header: bool,
    pub(super) cover: Cover,
    /// A CMAC in D40.
    pub(super) is_cmac: bool,
    pub(super) padding: Padding,
    /// D40: the host enciphered.
    pub(super) is_enciphered: bool,
    pub(super) crc: Crc,
    pub(super) key: KeyRecipe,
    /// What mistakes took instead of the right values.
    pub(super) taken: Vec<Input>,
}

/// What is wrong in the making of the session keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Vector {
    pub(super) made: Made,
    /// RndA and RndB are swapped.
    pub(super) is_swapped: bool,
    /// Of EV2: nothing is mixed.
    pub(super) is_unmixed: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Made {
    #[default]
    Right,
    /// Of EV2: under a key of zeros.
    OfZero,
    /// Of 3K3DES: with the middle quartets of the shorter keys.
    OfThirds,
}

/// The IV of a cryptogram; in EV1 and D40 also of a MAC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Iv {
    /// By the rules of EV2.
    Made,
    /// Of EV2: the block that should be enciphered.
    NotEnciphered,
    /// Of EV2: enciphered under the other key.
    UnderMacKey,
    /// These bytes.
    Given(Vec<u8>),
}

/// Which label the IV of EV2 has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    Own,
    /// That of the other direction.
    Other,
}

/// Which bytes of a whole MAC are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    Odd,
    Even,
    First,
    Last,
}

impl Cut {
    /// `len` bytes of a MAC.
    pub(super) fn of(self, mac: &[u8], len: usize) -> Vec<u8> {
        let every = |from: usize| {
            mac.iter()
                .skip(from)
                .step_by(2)
                .copied()
                .collect::<Vec<u8>>()
        };
        match self {
            Self::Odd => every(1),
            Self::Even => every(0),
            Self::First => mac.iter().take(len).copied().collect(),
            Self::Last => mac
                .iter()
                .skip(mac.len().saturating_sub(len))
                .copied()
                .collect(),
        }
    }
}

/// What stands for the command code or the status in a MAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// By the rules.
    Right,
    Missing,
    /// The status before the data, in EV1.
    First,
    /// `91` before the status.
    Word,
    /// The wrapped command.
    Wrapped {
        /// Lc counts the MAC.
        counts_mac: bool,
        /// Le is covered.
        has_le: bool,
        /// CmdCtr and TI stand after `90 INS 00 00 Lc`, not before; EV2.
        inside: bool,
    },
}

/// What of enciphered data the MAC of EV2 covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cover {
    Sealed,
    Plain,
    Padded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Padding {
    /// By the rules.
    Right,
    Missing,
    Zeros,
}

/// A checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crc {
    pub(super) flavour: Flavour,
    pub(super) range: Range,
    pub(super) is_reversed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    Crc16,
    Crc32,
    /// CRC-32 with final XOR.
    Inverted,
}

/// What a checksum covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Range {
    /// By the rules.
    Right,
    /// Command code and header before the data.
    WithCommand,
    DataOnly,
}

/// The key data of ChangeKey.
#[derive(Clone, Debug)]
pub(super) struct KeyRecipe {
    pub(super) mix: Mix,
    pub(super) second: Second,
    /// An AES key goes with its version.
    pub(super) has_version: bool,
    /// The type of the new key.
    pub(super) kind: KeyType,
    pub(super) first_flavour: Option<Flavour>,
    pub(super) second_flavour: Option<Flavour>,
    pub(super) range: Range,
}

/// Whether old and new key are mixed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mix {
    /// By the rules: only where another key is changed, with one of the values that it may have.
    Right,
    /// The new key alone.
    Never,
    /// An own key like another one.
    Own {
        /// The checksum of the new key follows.
        has_second: bool,
    },
    /// With this key.
    With(Secret),
}

/// The checksum of the new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Second {
    /// By the rules.
    Right,
    Missing,
}

impl Recipe {
    /// The parts that are alike in all channels.
    pub(super) fn new(
        enc: Secret,
        mac: Secret,
        iv: Iv,
        cut: Cut,
        crc: Flavour,
        kind: KeyType,
    ) -> Self {
        Self {
            enc,
            mac,
            vector: Vector::default(),
            ti: None,
            iv_ti: [0; 4],
            ctr: [0; 2],
            iv_ctr: [0; 2],
            iv,
            label: Label::Own,
            cut,
            code: Code::Right,
            has_header: true,
            cover: Cover::Sealed,
            is_cmac: false,
            padding: Padding::Right,
            is_enciphered: false,
            crc: Crc {
                flavour: crc,
                range: Range::Right,
                is_reversed: false,
            },
            key: KeyRecipe {
                mix: Mix::Right,
                second: Second::Right,
                has_version: kind == KeyType::Aes128,
                kind,
                first_flavour: None,
                second_flavour: None,
                range: Range::Right,
            },
            taken: Vec::new(),
        }
    }

    /// With what a mistake took.
    pub(super) fn taking(mut self, input: Input) -> Self {
        self.taken.push(input);
        self
    }
}
