//! Session keys from the random numbers (DESFire reference §4.2 to §4.5).

use super::channel;
use super::ciphers::CIPHERS;
use crate::calculator::{Example, Field, Inputs, Kind, Sheet, Slip, Topic};
use crate::card::KeyType;
use crate::crypto::aes::BLOCK;
use crate::crypto::cmac::aes_cmac;
use crate::crypto::lrp::Lrp;
use crate::secure_messaging::handshake::{
    self, SV1, SV2, lrp, rnd_len, session_key_piece, session_key_starts, session_vector,
};

/// `session-keys`.
pub(super) const SESSION_KEYS: Topic = Topic {
    id: "session-keys",
    title: "Session keys",
    about: "Session keys of D40, EV1, EV2 and LRP from RndA and RndB, with their session vectors or pieces",
    fields: &[
        channel::CHANNEL,
        Field::new(
            "type",
            "Key type",
            Kind::Choice(CIPHERS),
            "Cipher of the key; a doubled key of 16 bytes is single DES",
        )
        .or("aes128")
        .when("channel", &["ev1", "d40"]),
        Field::new(
            "key",
            "Key",
            Kind::Bytes(&[BLOCK]),
            "Key of the handshake; EV1 and D40 make their session key of the random numbers alone",
        )
        .secret()
        .when("channel", &["ev2", "lrp"]),
        Field::new(
            "rnd-a",
            "RndA",
            Kind::Bytes(&[8, BLOCK]),
            "Random number of the host, deciphered and not rotated",
        )
        .secret(),
        Field::new(
            "rnd-b",
            "RndB",
            Kind::Bytes(&[8, BLOCK]),
            "Random number of the card, deciphered and not rotated",
        )
        .secret(),
    ],
    examples: &[
        Example {
            title: "EV2, AN12343 table 7",
            values: &[
                ("channel", "ev2"),
                ("key", "01234567890123456789012345678901"),
                ("rnd-a", "53C94F6ECD8324E9D34531A36F0D5E5B"),
                ("rnd-b", "D75F1D2E89DC6A80D857C732CEBA18DC"),
            ],
        },
        Example {
            title: "EV1 with 3K3DES, a real card",
            values: &[
                ("channel", "ev1"),
                ("type", "3k3des"),
                ("rnd-a", "03FE6D00A79231348B6635A8AF7A795C"),
                ("rnd-b", "F4D65642AEEB3D12FB8AC6FE46CE7A2F"),
            ],
        },
    ],
    compute,
};

fn compute(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    match inputs.text("channel")? {
        channel @ ("ev1" | "d40") => {
            let kind = KeyType::from_name(inputs.text("type")?).unwrap_or(KeyType::Aes128);
            if channel == "d40" && !matches!(kind, KeyType::Des | KeyType::TwoKey3Des) {
                let text = format!("{}, des or 2k3des expected for D40", kind.name());
                return Err(Slip::refused("type", text));
            }
            let [rnd_a, rnd_b] = ["rnd-a", "rnd-b"].map(|field| {
                let bytes = inputs.bytes(field)?;
                let len = rnd_len(kind);
                if bytes.len() == len {
                    return Ok(bytes);
                }
                let text = format!("{} bytes, {len} expected with {}", bytes.len(), kind.name());
                Err(Slip::refused(field, text))
            });
            of_pieces(sheet, kind, rnd_a?, rnd_b?).map(drop)
        }
        "lrp" => {
            let (key, rnd_a, rnd_b) = aes_inputs(inputs)?;
            of_lrp(sheet, &key, &rnd_a, &rnd_b).map(drop)
        }
        _ => {
            let (key, rnd_a, rnd_b) = aes_inputs(inputs)?;
            of_ev2(sheet, &key, &rnd_a, &rnd_b)
        }
    }
}

type Aes = [u8; BLOCK];

fn aes_inputs(inputs: &Inputs) -> Result<(Aes, Aes, Aes), Slip> {
    Ok((
        inputs.array("key")?,
        inputs.array("rnd-a")?,
        inputs.array("rnd-b")?,
    ))
}

/// The session key of D40 and EV1.
pub(super) fn of_pieces(
    sheet: &mut Sheet,
    kind: KeyType,
    rnd_a: &[u8],
    rnd_b: &[u8],
) -> Result<Vec<u8>, Slip> {
    const SECTION: &str = "DESFire reference §4.2, §4.3";
    let mut key = Vec::with_capacity(24);
    for &start in session_key_starts(kind) {
        for (name, rnd) in [("RndA", rnd_a), ("RndB", rnd_b)] {
            let piece = session_key_piece(rnd, start).unwrap_or_default().to_vec();
            let label = format!("{name} {start} to {}", start + 3);
            let piece = sheet.secret_step(label, SECTION, piece)?;
            sheet.need_len(PIECE)?;
            key.extend(piece);
        }
    }
    sheet.secret_result("Session key", SECTION, key)
}

/// Both session keys of EV2. Its random numbers cross the interface enciphered, so what is made of them is secret.
pub(super) fn of_ev2(sheet: &mut Sheet, key: &Aes, rnd_a: &Aes, rnd_b: &Aes) -> Result<(), Slip> {
    const SECTION: &str = "AN12343 §5.1, DESFire reference §4.4";
    let mixed = handshake::mixed(rnd_a, rnd_b);
    let mixed = sheet.secret_step(MIXED, SECTION, mixed)?;
    let context = handshake::context_of(rnd_a, &mixed, rnd_b);
    let context = sheet.secret_step(CONTEXT, SECTION, context)?;
    let sv1 = sheet.secret_step("SV 1", SECTION, session_vector(SV1, &context))?;
    sheet.secret_result("KSesAuthENC", SECTION, aes_cmac(key, &[&sv1]))?;
    let sv2 = sheet.secret_step("SV 2", SECTION, session_vector(SV2, &context))?;
    sheet.secret_result("KSesAuthMAC", SECTION, aes_cmac(key, &[&sv2]))?;
    Ok(())
}

/// All keys of an LRP session, whose random numbers cross the interface in clear.
pub(super) fn of_lrp(
    sheet: &mut Sheet,
    key: &Aes,
    rnd_a: &Aes,
    rnd_b: &Aes,
) -> Result<lrp::SessionKeys, Slip> {
    const SECTION: &str = "AN12343 table 19, DESFire reference §4.5";
    let mixed = handshake::mixed(rnd_a, rnd_b);
    let mixed = sheet.step(MIXED, SECTION, mixed)?;
    let context = handshake::context_of(rnd_a, &mixed, rnd_b);
    let context = sheet.step(CONTEXT, SECTION, context)?;
    let sv = sheet.step("SV", SECTION, lrp::session_vector(&context))?;
    let master = Lrp::new(key, 0).mac(&[&sv]);
    let master = sheet.secret_result("SesAuthMaster", SECTION, master)?;
    channel::lrp_keys(sheet, master)
}

/// Bytes of a random number that stand together in a session key of D40 or EV1.
const PIECE: usize = 4;
const MIXED: &str = "RndA 2 to 7 ⊕ RndB 0 to 5";
const CONTEXT: &str = "Context";
