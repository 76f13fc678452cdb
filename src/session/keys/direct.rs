//! Session keys given directly, for a session whose authentication was not recorded.

use crate::crypto::Secret;
use crate::keyring::{GivenKeys, SessionEntry};
use crate::secure_messaging::handshake::session_keys;

use super::super::legacy::{LegacyKind, legacy_kind};
use super::error::FieldError;
use super::members::{self, Members, quoted};

/// What a `session` member gives.
pub(super) enum Direct {
    /// Keys of a channel that can be opened.
    Entry(SessionEntry),
    /// A channel that can't be opened yet.
    NotDecoded(&'static str),
}

/// The `session` member of an entry.
pub(super) fn session(label: &str, session: Members<'_>) -> Result<Direct, FieldError> {
    let session = session.only(MEMBERS)?;
    let name = session.required("channel", CHANNELS)?;
    let channel = CHANNEL_NAMES.into_iter().find(|known| *known == name);
    let keys = match (channel, legacy_kind(name)) {
        (Some(EV2), _) => ev2(session)?,
        (_, Some(kind)) => legacy(kind, session)?,
        (Some(other), None) => return Ok(Direct::NotDecoded(other)),
        (None, None) => {
            return Err(FieldError::Value {
                field: "channel",
                got: quoted(name),
                expected: CHANNELS,
            });
        }
    };
    Ok(Direct::Entry(SessionEntry {
        label: label.to_owned(),
        keys,
    }))
}

/// `key` is the session key, or with `rnd_a` and `rnd_b` the key that was authenticated with.
fn legacy(kind: LegacyKind, session: Members<'_>) -> Result<GivenKeys, FieldError> {
    let session = session.only(LEGACY_MEMBERS)?;
    let need = |field, expected| {
        let text = session.required(field, expected)?;
        members::bytes(field, text)
    };
    let key = need("key", "the session key, or the key with rnd_a and rnd_b")?;
    let keys = if session.has("rnd_a") || session.has("rnd_b") {
        let rnd_a = need("rnd_a", "8 bytes of DES and 2K3DES, 16 of 3K3DES and AES")?;
        let rnd_b = need("rnd_b", "as many bytes as rnd_a")?;
        kind.made(&key, &rnd_a, &rnd_b)
    } else {
        kind.given(&key)
    };
    keys.ok_or(FieldError::Length {
        field: "key",
        got: key.len(),
        expected: "a key of its type, with random numbers of its length",
        what: kind.name(),
    })
}

fn ev2(session: Members<'_>) -> Result<GivenKeys, FieldError> {
    let key = |field| session.array::<16>(field, "16 bytes", EV2);
    let need = |field, value: Option<[u8; 16]>| {
        value.ok_or(FieldError::Missing {
            field,
            expected: "either mac or key with rnd_a and rnd_b",
        })
    };
    let (enc, mac) = if session.has("mac") {
        (key("enc")?, need("mac", key("mac")?)?)
    } else {
        let static_key = need("key", key("key")?)?;
        let rnd_a = need("rnd_a", key("rnd_a")?)?;
        let rnd_b = need("rnd_b", key("rnd_b")?)?;
        let keys = session_keys(&static_key, &rnd_a, &rnd_b).result;
        (Some(keys.enc), keys.mac)
    };
    let ti = session.array("ti", "4 bytes", EV2)?;
    Ok(GivenKeys::Ev2 {
        enc: enc.map(Secret::new),
        mac: Secret::new(mac),
        ti: ti.ok_or(FieldError::Missing {
            field: "ti",
            expected: "4 bytes",
        })?,
        counter: session
            .number("counter", "a number from 0 to 65535")?
            .unwrap_or(0),
    })
}

const EV2: &str = "ev2";
const MEMBERS: &str = "channel enc mac ti counter key rnd_a rnd_b sv enc_counter";
const LEGACY_MEMBERS: &str = "channel key rnd_a rnd_b";
const CHANNELS: &str =
    "one of d40, ev1-des, ev1-2k3des, ev1-3k3des, ev1-aes, ev2, lrp, plus-ev0, plus-ev1";
const CHANNEL_NAMES: [&str; 9] = [
    "d40",
    "ev1-des",
    "ev1-2k3des",
    "ev1-3k3des",
    "ev1-aes",
    EV2,
    "lrp",
    "plus-ev0",
    "plus-ev1",
];
