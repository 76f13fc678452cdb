//! ChangeKey and ChangeKeyEV2 in every channel, made and taken apart (DESFire reference §4.6).

mod make;
mod read;

use super::channel;
use super::ciphers::CIPHERS;
use crate::calculator::{Choice, Example, Field, Inputs, Kind, Sheet, Slip, Topic};
use crate::card::KeyType;

/// `change-key`.
pub(super) const CHANGE_KEY: Topic = Topic {
    id: "change-key",
    title: "Change key",
    about: "The cryptogram of a ChangeKey in every channel with its checksums, or the new key in a recorded one",
    fields: &[
        Field::new(
            "direction",
            "Direction",
            Kind::Choice(&[
                Choice {
                    value: "build",
                    title: "Build the command",
                },
                Choice {
                    value: "read",
                    title: "Take a recorded one apart",
                },
            ]),
            "What to do",
        )
        .or("build"),
        channel::CHANNEL,
        channel::ENC,
        channel::MAC,
        channel::MASTER,
        channel::TI,
        channel::COUNTER,
        channel::ENC_COUNTER,
        channel::SESSION_TYPE,
        channel::SESSION_KEY,
        channel::IV,
        Field::new(
            "whose",
            "Changed key",
            Kind::Choice(&[
                Choice {
                    value: "own",
                    title: "The session's own",
                },
                Choice {
                    value: "other",
                    title: "Another one",
                },
            ]),
            "Whether the session is one of the key that is changed; a key of another set always counts as another one",
        )
        .or("own"),
        Field::new(
            "key-type",
            "Key type",
            Kind::Choice(CIPHERS),
            "Cipher of the new key: that of the application, at PICC level of the type bits in KeyNo",
        )
        .or("aes128"),
        Field::new("new-key", "New key", Kind::Bytes(&[8, 16, 24]), "The new key")
            .secret()
            .when("direction", BUILD),
        Field::new(
            "version",
            "Version",
            Kind::Bytes(&[1]),
            "Version of the new key; of the DES family it is written into the parity bits, which stay as they are without it",
        )
        .optional()
        .when("direction", BUILD),
        Field::new(
            "old-key",
            "Old key",
            Kind::Bytes(&[8, 16, 24]),
            "Present value of the key that is changed, with its parity bits",
        )
        .secret()
        .optional()
        .when("whose", &["other"]),
        Field::new(
            "key-number",
            "KeyNo",
            Kind::Bytes(&[1]),
            "Number of the key, hexadecimal; of the master key of the PICC with its type bits, 80 for AES and 40 for 3K3DES",
        )
        .when("direction", BUILD),
        Field::new(
            "key-set",
            "KeySetNo",
            Kind::Bytes(&[1]),
            "Number of the key set, which makes it a ChangeKeyEV2",
        )
        .optional()
        .when("direction", BUILD),
        Field::new(
            "frame",
            "Frame",
            Kind::Bytes(&[]),
            "The recorded command, native or with CLA 90",
        )
        .positional()
        .when("direction", &["read"]),
    ],
    examples: EXAMPLES,
    compute,
};

const BUILD: &[&str] = &["build"];

const EXAMPLES: &[Example] = &[
    Example {
        title: "Another key, AN12343 table 39",
        values: &[
            ("channel", "ev2"),
            ("enc", "A664EA370E90B249FE2870772291A820"),
            ("mac", "605526E474B2304354D05A800F56B7A9"),
            ("ti", "BC354CD5"),
            ("whose", "other"),
            ("new-key", "01234567890123456789012345678901"),
            ("version", "00"),
            ("old-key", "00000000000000000000000000000000"),
            ("key-number", "01"),
        ],
    },
    Example {
        title: "The session's own key, EV1 with 3K3DES, a real card",
        values: &[
            ("channel", "ev1"),
            ("type", "3k3des"),
            (
                "session-key",
                "03FE6D00F4D6564231348B663D12FB8AAF7A795C46CE7A2F",
            ),
            ("key-type", "3k3des"),
            (
                "new-key",
                "101820293038404850586068707880889098A0A8B0B8C0C8",
            ),
            ("key-number", "00"),
        ],
    },
    Example {
        title: "A recorded one, AN12343 table 39",
        values: &[
            ("direction", "read"),
            ("channel", "ev2"),
            ("enc", "A664EA370E90B249FE2870772291A820"),
            ("mac", "605526E474B2304354D05A800F56B7A9"),
            ("ti", "BC354CD5"),
            ("whose", "other"),
            ("old-key", "00000000000000000000000000000000"),
            (
                "frame",
                "90C40000290180D40DB52D5D8CA136249A0A14154DBA1BE0D67C408AB24CF0F3D3B4FE333C6AD27EF8006B374ABB00",
            ),
        ],
    },
];

const SECTION: &str = "DESFire reference §4.6";
const CHANGE_KEY_CODE: u8 = 0xC4;
const CHANGE_KEY_EV2_CODE: u8 = 0xC6;

fn compute(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    if inputs.text("direction")? == "build" {
        make::make(inputs, sheet)
    } else {
        read::read(inputs, sheet)
    }
}

fn kind(inputs: &Inputs) -> Result<KeyType, Slip> {
    Ok(KeyType::from_name(inputs.text("key-type")?).unwrap_or(KeyType::Aes128))
}

/// Which checksum a channel of D40 or EV1 has; none of EV2 and LRP.
fn checksum(channel: &str) -> Option<&'static str> {
    match channel {
        "d40" => Some("CRC16"),
        "ev1" => Some("CRC32"),
        _ => None,
    }
}
