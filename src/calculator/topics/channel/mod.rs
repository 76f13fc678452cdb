//! The state of a session as inputs (DESFire reference §4), shared by the topics that make or read messages.

mod open;
mod seal;

pub(super) use open::Received;
pub(super) use seal::{Message, frames, lrp_keys};

use super::ciphers::CIPHERS;
use crate::calculator::{Choice, Field, Inputs, Kind, Sheet, Slip};
use crate::card::{CommMode, KeyType};
use crate::crypto::aes::{AesKey, BLOCK};
use crate::crypto::cipher::{Block, Cipher};
use crate::crypto::cmac::CmacKey;
use crate::crypto::des::{self, DesKey};
use crate::secure_messaging::handshake::lrp::SessionKeys;
use crate::secure_messaging::{CounterExhausted, D40, Direction, Ev1};

/// The channels.
pub(super) const CHANNELS: &[Choice] = &[
    Choice {
        value: "ev2",
        title: "EV2, AES",
    },
    Choice {
        value: "lrp",
        title: "LRP",
    },
    Choice {
        value: "ev1",
        title: "EV1",
    },
    Choice {
        value: "d40",
        title: "D40",
    },
];

/// The communication modes.
pub(super) const MODES: &[Choice] = &[
    Choice {
        value: "plain",
        title: "Plain",
    },
    Choice {
        value: "mac",
        title: "MAC",
    },
    Choice {
        value: "full",
        title: "Full",
    },
];

/// The channel.
pub(super) const CHANNEL: Field = Field::new(
    "channel",
    "Channel",
    Kind::Choice(CHANNELS),
    "Secure messaging of the session",
)
.or("ev2");

const EV2: (&str, &[&str]) = ("channel", &["ev2"]);
const LRP: (&str, &[&str]) = ("channel", &["lrp"]);
const EV1: (&str, &[&str]) = ("channel", &["ev1"]);
const COUNTED: (&str, &[&str]) = ("channel", &["ev2", "lrp"]);
const CHAINED: (&str, &[&str]) = ("channel", &["ev1", "d40"]);

/// KSesAuthENC of EV2.
pub(super) const ENC: Field = Field::new(
    "enc",
    "KSesAuthENC",
    Kind::Bytes(&[BLOCK]),
    "Enciphering key of the session; needed for enciphered data only",
)
.secret()
.when(EV2.0, EV2.1)
.optional();
/// KSesAuthMAC of EV2.
pub(super) const MAC: Field = Field::new(
    "mac",
    "KSesAuthMAC",
    Kind::Bytes(&[BLOCK]),
    "MAC key of the session",
)
.secret()
.when(EV2.0, EV2.1);
/// The master key of an LRP session.
pub(super) const MASTER: Field = Field::new(
    "master",
    "SesAuthMaster",
    Kind::Bytes(&[BLOCK]),
    "Master key of the LRP session, of which both session keys are made",
)
.secret()
.when(LRP.0, LRP.1);
/// Transaction identifier.
pub(super) const TI: Field = Field::new(
    "ti",
    "TI",
    Kind::Bytes(&[4]),
    "Transaction identifier, as it came in the handshake",
)
.when(COUNTED.0, COUNTED.1);
/// CmdCtr.
pub(super) const COUNTER: Field = Field::new(
    "counter",
    "CmdCtr",
    Kind::Counter(2),
    "Commands completed before this one: bytes LSB first or a number; for an answer that of its command too",
)
.when(COUNTED.0, COUNTED.1)
.or("0");
/// EncCtr of LRP.
pub(super) const ENC_COUNTER: Field = Field::new(
    "enc-counter",
    "EncCtr",
    Kind::Number(0xFFFF_FFFF),
    "Blocks enciphered before in the session; the handshake of First takes the first, so it begins with 1",
)
.when(LRP.0, LRP.1)
.or("1");
/// The session key of EV1 and D40.
pub(super) const SESSION_KEY: Field = Field::new(
    "session-key",
    "Session key",
    Kind::Bytes(&[8, 16, 24]),
    "Session key with its parity bits as they are",
)
.secret()
.when(CHAINED.0, CHAINED.1);
/// Its type.
pub(super) const SESSION_TYPE: Field = Field::new(
    "type",
    "Session key type",
    Kind::Choice(CIPHERS),
    "Cipher of the session key",
)
.when(EV1.0, EV1.1)
.or("aes128");
/// The running IV of EV1.
pub(super) const IV: Field = Field::new(
    "iv",
    "IV",
    Kind::Bytes(&[8, BLOCK]),
    "Last whole CMAC or last cipher block of the session; zero right after the handshake",
)
.when(EV1.0, EV1.1)
.optional();

/// What a session has come to before a message.
pub(super) enum Session {
    D40(Box<DesKey>),
    Ev1(Box<Cipher>, Block),
    Ev2 {
        enc: Option<Box<AesKey>>,
        mac: Box<CmacKey>,
        at: Position,
    },
    Lrp {
        keys: Box<SessionKeys>,
        enc_ctr: u32,
        at: Position,
    },
}

/// Where a session of EV2 or LRP stands.
#[derive(Clone, Copy)]
pub(super) struct Position {
    ti: [u8; 4],
    ctr: u16,
}

impl Session {
    /// The session of the inputs.
    pub(super) fn read(inputs: &Inputs) -> Result<Self, Slip> {
        match inputs.text("channel")? {
            "d40" => {
                let key = inputs.bytes("session-key")?;
                let cipher = D40::new(key).and_then(|_| DesKey::new(key));
                let wrong = || length("session-key", key, "8 or 16 bytes", "D40");
                Ok(Self::D40(Box::new(cipher.ok_or_else(wrong)?)))
            }
            "ev1" => Self::ev1(inputs),
            "lrp" => Ok(Self::Lrp {
                keys: Box::new(SessionKeys::of_master(inputs.array("master")?)),
                enc_ctr: inputs.integer("enc-counter")?,
                at: Position::read(inputs)?,
            }),
            _ => Ok(Self::Ev2 {
                enc: inputs
                    .given_array("enc")?
                    .map(|key| Box::new(AesKey::new(&key))),
                mac: Box::new(CmacKey::new(&inputs.array("mac")?)),
                at: Position::read(inputs)?,
            }),
        }
    }

    fn ev1(inputs: &Inputs) -> Result<Self, Slip> {
        let kind = KeyType::from_name(inputs.text("type")?).unwrap_or(KeyType::Aes128);
        let key = inputs.bytes("session-key")?;
        let expected = match kind {
            KeyType::Des => "8 bytes",
            other => other.lengths(),
        };
        let wrong = || length("session-key", key, expected, kind.name());
        let session = Ev1::new(kind, key).ok_or_else(wrong)?;
        let cipher = match kind {
            KeyType::Aes128 => Cipher::aes(key),
            _ => Cipher::des(key),
        };
        let cipher = cipher.ok_or_else(wrong)?;
        let iv = match inputs.given("iv") {
            None => cipher.zero(),
            Some(iv) => cipher.block(iv).ok_or_else(|| {
                let expected = format!("{} bytes", session.block_len());
                length("iv", iv, &expected, kind.name())
            })?,
        };
        Ok(Self::Ev1(Box::new(cipher), iv))
    }

    /// Length of a cipher block in bytes.
    pub(super) const fn block_len(&self) -> usize {
        match self {
            Self::D40(_) => des::BLOCK,
            Self::Ev1(cipher, _) => cipher.block_len(),
            Self::Ev2 { .. } | Self::Lrp { .. } => BLOCK,
        }
    }

    /// The name in [`CHANNELS`].
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::D40(_) => "d40",
            Self::Ev1(..) => "ev1",
            Self::Ev2 { .. } => "ev2",
            Self::Lrp { .. } => "lrp",
        }
    }
}

impl Position {
    fn read(inputs: &Inputs) -> Result<Self, Slip> {
        let ctr = inputs.integer("counter")?;
        if ctr == u16::MAX {
            return Err(Slip::refused("counter", CounterExhausted.to_string()));
        }
        Ok(Self {
            ti: inputs.array("ti")?,
            ctr,
        })
    }

    /// The counter of a message, as steps.
    fn counter(self, sheet: &mut Sheet, side: Direction) -> Result<u16, Slip> {
        const SECTION: &str = "DESFire reference §4.4, LSB first";
        let of_command = sheet.step("CmdCtr", SECTION, self.ctr.to_le_bytes())?;
        if side == Direction::Command {
            return Ok(u16::from_le_bytes(of_command));
        }
        let counter = side.counter(u16::from_le_bytes(of_command));
        let of_answer = sheet.step("CmdCtr of the answer", SECTION, counter.to_le_bytes())?;
        Ok(u16::from_le_bytes(of_answer))
    }
}

fn length(field: &str, bytes: &[u8], expected: &str, name: &str) -> Slip {
    let text = format!("{} bytes, {expected} expected for {name}", bytes.len());
    Slip::refused(field, text)
}

/// The mode of an input.
pub(super) fn mode(inputs: &Inputs) -> Result<CommMode, Slip> {
    Ok(match inputs.text("mode")? {
        "plain" => CommMode::Plain,
        "mac" => CommMode::Mac,
        _ => CommMode::Full,
    })
}

/// A result that may hold key material.
pub(super) fn put_result(
    sheet: &mut Sheet,
    secret: bool,
    label: &str,
    section: &'static str,
    bytes: Vec<u8>,
) -> Result<Vec<u8>, Slip> {
    if secret {
        sheet.secret_result(label, section, bytes)
    } else {
        sheet.result(label, section, bytes)
    }
}

/// A step that may hold key material.
pub(super) fn put(
    sheet: &mut Sheet,
    secret: bool,
    label: &str,
    section: &'static str,
    bytes: Vec<u8>,
) -> Result<Vec<u8>, Slip> {
    if secret {
        sheet.secret_step(label, section, bytes)
    } else {
        sheet.step(label, section, bytes)
    }
}
