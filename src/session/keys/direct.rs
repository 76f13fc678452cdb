//! Session keys given directly, for a session whose authentication was not recorded.

use crate::crypto::Secret;
use crate::keyring::SessionEntry;
use crate::secure_messaging::handshake::session_keys;

use super::error::FieldError;
use super::members::{Members, quoted};

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
    match channel {
        Some(EV2) => ev2(label, session).map(Direct::Entry),
        Some(other) => Ok(Direct::NotDecoded(other)),
        None => Err(FieldError::Value {
            field: "channel",
            got: quoted(name),
            expected: CHANNELS,
        }),
    }
}

fn ev2(label: &str, session: Members<'_>) -> Result<SessionEntry, FieldError> {
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
    Ok(SessionEntry {
        label: label.to_owned(),
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
