//! Handshakes from recorded cryptograms, or their cryptograms from the random numbers (DESFire reference §4.2 to §4.5).

mod ev2;
mod iso;
mod legacy;
mod lrp;

use super::ciphers::CIPHERS;
use crate::calculator::{Choice, Example, Field, Inputs, Kind, Sheet, Slip, Topic};
use crate::card::KeyType;
use crate::crypto::aes::BLOCK;
use crate::secure_messaging::handshake::AuthKey;

/// `handshake`.
pub(super) const HANDSHAKE: Topic = Topic {
    id: "handshake",
    title: "Handshake",
    about: "Random numbers, proofs and session keys of a recorded authentication, or the cryptograms of one to be made",
    fields: &[
        Field::new("kind", "Handshake", Kind::Choice(KINDS), "Which authentication").or("ev2-first"),
        Field::new("from", "From", Kind::Choice(SOURCES), "What is known beside the key").or("cryptograms"),
        Field::new("type", "Key type", Kind::Choice(CIPHERS), "Cipher of the key")
            .or("aes128")
            .when("kind", &["ev1", "d40", "iso"]),
        Field::new("key", "Key", Kind::Bytes(&[8, 16, 24]), "Key of the handshake").secret(),
        Field::new(
            "challenge",
            "Challenge",
            Kind::Bytes(&[8, 16, 17]),
            "First answer of the card: RndB enciphered, of LRP in clear after 01; of ISO the answer to GET CHALLENGE",
        )
        .when("from", RECORDED),
        Field::new(
            "token",
            "Token",
            Kind::Bytes(&[16, 32]),
            "What the host sends back: after AF, of ISO the data of EXTERNAL AUTHENTICATE",
        )
        .when("from", RECORDED),
        Field::new(
            "answer",
            "Answer",
            Kind::Bytes(&[8, 16, 32]),
            "Second answer of the card, of ISO that to INTERNAL AUTHENTICATE; without it only the host's proof is checked",
        )
        .optional()
        .when("from", RECORDED),
        Field::new("rnd-a", "RndA", Kind::Bytes(&[8, 16]), "Random number of the host, of ISO RPCD1")
            .secret()
            .when("from", MADE),
        Field::new("rnd-b", "RndB", Kind::Bytes(&[8, 16]), "Random number of the card, of ISO RPICC2")
            .secret()
            .when("from", MADE),
        Field::new("ti", "TI", Kind::Bytes(&[4]), "Transaction identifier that the card gives in First")
            .optional()
            .when("from", MADE),
        Field::new("pdcap2", "PDcap2", Kind::Bytes(&[6]), "Capabilities of the card, in First")
            .or("000000000000")
            .when("from", MADE),
        Field::new("pcdcap2", "PCDcap2", Kind::Bytes(&[6]), "Capabilities of the reader as echoed, in First")
            .or("000000000000")
            .when("from", MADE),
        Field::new("rpicc1", "RPICC1", Kind::Bytes(&[8, 16]), "Answer to GET CHALLENGE that is enciphered with RPCD1")
            .optional()
            .when("kind", &["iso"]),
        Field::new("rpcd2", "RPCD2", Kind::Bytes(&[8, 16]), "Data of INTERNAL AUTHENTICATE")
            .optional()
            .when("kind", &["iso"]),
    ],
    examples: &[
        Example {
            title: "AN12343 table 7",
            values: &[
                ("kind", "ev2-first"),
                ("key", "01234567890123456789012345678901"),
                ("challenge", "B9FC6CCAE153125C7C17E6906433C0F4"),
                ("token", "C8B3AFDEC10EE8298471A7B41736B4381BA1BE0F57F66387C5577721B70F847F"),
                ("answer", "8138FD2450891FCDB4935D9F19C30B55FAD52DC54086933E0FBEC3DE9266BD80"),
            ],
        },
        Example {
            title: "AN12343 table 7, made again",
            values: &[
                ("kind", "ev2-first"),
                ("from", "random"),
                ("key", "01234567890123456789012345678901"),
                ("rnd-a", "53C94F6ECD8324E9D34531A36F0D5E5B"),
                ("rnd-b", "D75F1D2E89DC6A80D857C732CEBA18DC"),
                ("ti", "569D4B24"),
            ],
        },
        Example {
            title: "EV1 with 2K3DES, a real card",
            values: &[
                ("kind", "ev1"),
                ("type", "2k3des"),
                ("key", "00102031405060708090A0B0B0A09080"),
                ("challenge", "B295579926155AE3"),
                ("token", "70F349740C945DAE159BA9FEDBCC461A"),
                ("answer", "B8FD7FE56B241FC4"),
            ],
        },
    ],
    compute,
};

const KINDS: &[Choice] = &[
    Choice {
        value: "ev2-first",
        title: "AuthenticateEV2First",
    },
    Choice {
        value: "ev2-nonfirst",
        title: "AuthenticateEV2NonFirst",
    },
    Choice {
        value: "lrp-first",
        title: "AuthenticateLRPFirst",
    },
    Choice {
        value: "lrp-nonfirst",
        title: "AuthenticateLRPNonFirst",
    },
    Choice {
        value: "ev1",
        title: "AuthenticateISO or AuthenticateAES (EV1)",
    },
    Choice {
        value: "d40",
        title: "Authenticate (D40)",
    },
    Choice {
        value: "iso",
        title: "GET CHALLENGE, EXTERNAL and INTERNAL AUTHENTICATE",
    },
];

const SOURCES: &[Choice] = &[
    Choice {
        value: "cryptograms",
        title: "Recorded cryptograms",
    },
    Choice {
        value: "random",
        title: "Random numbers",
    },
];

const RECORDED: &[&str] = &["cryptograms"];
const MADE: &[&str] = &["random"];

type Block = [u8; BLOCK];

fn compute(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    let made = inputs.text("from")? == "random";
    match (inputs.text("kind")?, made) {
        ("ev2-first", false) => ev2::read(inputs, sheet, true),
        ("ev2-nonfirst", false) => ev2::read(inputs, sheet, false),
        ("ev2-first", true) => ev2::make(inputs, sheet, true),
        ("ev2-nonfirst", true) => ev2::make(inputs, sheet, false),
        ("lrp-first", false) => lrp::read(inputs, sheet, true),
        ("lrp-nonfirst", false) => lrp::read(inputs, sheet, false),
        ("lrp-first", true) => lrp::make(inputs, sheet, true),
        ("lrp-nonfirst", true) => lrp::make(inputs, sheet, false),
        ("iso", false) => iso::read(inputs, sheet),
        ("iso", true) => iso::make(inputs, sheet),
        (kind, false) => legacy::read(inputs, sheet, kind == "d40"),
        (kind, true) => legacy::make(inputs, sheet, kind == "d40"),
    }
}

/// Bytes of the length that goes with the handshake.
fn exact<'a>(inputs: &'a Inputs, field: &str, len: usize) -> Result<&'a [u8], Slip> {
    let bytes = inputs.bytes(field)?;
    if bytes.len() == len {
        return Ok(bytes);
    }
    Err(wrong_length(field, bytes, len))
}

fn array<const N: usize>(inputs: &Inputs, field: &str) -> Result<[u8; N], Slip> {
    let bytes = inputs.bytes(field)?;
    <[u8; N]>::try_from(bytes).map_err(|_| wrong_length(field, bytes, N))
}

fn wrong_length(field: &str, bytes: &[u8], len: usize) -> Slip {
    Slip::refused(
        field,
        format!("{} bytes, {len} expected in this handshake", bytes.len()),
    )
}

/// The key of D40, EV1 and ISO.
fn auth_key(inputs: &Inputs) -> Result<AuthKey, Slip> {
    let kind = KeyType::from_name(inputs.text("type")?).unwrap_or(KeyType::Aes128);
    let key = inputs.bytes("key")?;
    AuthKey::new(kind, key).ok_or_else(|| {
        let text = format!(
            "{} bytes, {} expected for {}",
            key.len(),
            kind.lengths(),
            kind.name()
        );
        Slip::refused("key", text)
    })
}

/// A proof: what the other side has to have said, and what it said.
fn proof(
    sheet: &mut Sheet,
    name: &str,
    section: &'static str,
    (expected, got): (&[u8], &[u8]),
) -> bool {
    let holds = sheet.secret_check(format!("{name} received"), section, expected, got);
    if !holds {
        sheet.note(format!(
            "{name} does not fit: another key, or cryptograms of different handshakes"
        ));
    }
    holds
}

/// Says what two proofs say together.
fn verdict(sheet: &mut Sheet, host: bool, card: Option<bool>) {
    match (host, card) {
        (true, Some(false)) => {
            sheet.note("The host has the key; the answer is damaged or another handshake's");
        }
        (false, Some(true)) => {
            sheet.note("The card has the key; the challenge is damaged or another handshake's");
        }
        (true, None) => sheet.note("Only the host's proof was there to check"),
        _ => {}
    }
}
