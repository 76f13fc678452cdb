//! The key in a recorded ChangeKey.

use super::frames::{self, Input};
use super::{Way, fitting, key_type, way};
use crate::apdu::Family;
use crate::bytes::hex;
use crate::card::{Aid, CommMode, KeyType};
use crate::secure_messaging::KeyForm;
use crate::trace::{Event, Exchange, SessionProof, key_forms};

/// Key data of EV2 of another key than the session's own: key, version and checksum.
const MIXED: usize = 21;

/// The page that deciphers the key data of a ChangeKey.
pub(super) fn new_key(row: &Exchange, events: &[Event], proof: &SessionProof) -> Option<Way> {
    let is_key = row.family == Family::Desfire && matches!(row.ins, 0xC4 | 0xC6);
    // Without new key the text was not deciphered, or not even there.
    let new = row.new_key.as_ref().filter(|_| is_key)?;
    if row.mode != Some(CommMode::Full) {
        return None;
    }
    let mut inputs = frames::session(row, proof, false)?;
    inputs.extend([
        ("direction", "read".to_owned()),
        ("frame", frames::command(row, events)?),
    ]);
    if let Some(old) = &new.old {
        inputs.push(("old-key", hex::upper(old.expose())));
    }
    fitting(
        forms(row, proof, events)
            .into_iter()
            .map(|form| make(&inputs, form)),
    )
}

fn make(inputs: &[Input], form: KeyForm) -> Way {
    let whose = if form.own { "own" } else { "other" };
    let form = [
        ("key-type", form.kind.name().to_owned()),
        ("whose", whose.to_owned()),
    ];
    let inputs = inputs.iter().cloned().chain(form).collect();
    way("change-key", "New key", inputs)
}

/// What the key can be, likeliest first.
fn forms(row: &Exchange, proof: &SessionProof, events: &[Event]) -> Vec<KeyForm> {
    if proof.channel == "ev2" {
        let data = row.command.as_ref().map_or(0, Vec::len);
        return vec![KeyForm {
            kind: KeyType::Aes128,
            own: data.saturating_sub(row.header_len) != MIXED,
        }];
    }
    let session = key_type(proof.channel)
        .and_then(KeyType::from_name)
        .unwrap_or(KeyType::TwoKey3Des);
    let at_picc = row.aid.map(Aid::is_picc);
    let own_no = row.key.as_ref().and_then(|key| key.key_no);
    key_forms(
        at_picc,
        row.ins,
        &row.framed_command(events),
        own_no,
        session,
    )
}
