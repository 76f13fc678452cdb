//! The sessions around a message.

use crate::card::KeyType;
use crate::crypto::Secret;
use crate::secure_messaging::Verdict;
use crate::trace::{Authenticated, Exchange};

use super::known::before;
use super::message::Opening;

/// The session of the row at `at` and those before it, newest first; the first is that of `keyed` where the row's keys come
/// from an authentication.
pub(super) fn openings(rows: &[Exchange], at: usize) -> Vec<Opening> {
    let mut openings: Vec<Opening> = Vec::new();
    let mut ctr = None;
    for (place, row) in before(rows, at) {
        ctr = ctr.or_else(|| row.ctr.map(|ctr| ctr.saturating_add(1)));
        let Some(mut opening) = opening(row, place) else {
            continue;
        };
        opening.ctr = ctr.take();
        // NonFirst keeps TI.
        if let Some(ti) = opening.ti {
            let without = openings.iter_mut().rev();
            let without = without.take_while(|later| later.ti.is_none());
            without.for_each(|later| later.ti = Some(ti));
        }
        openings.push(opening);
        if openings.len() == MOST {
            break;
        }
    }
    openings
}

fn opening(row: &Exchange, place: usize) -> Option<Opening> {
    match row.authentication.as_deref()? {
        Authenticated::Ev2(seen) if seen.card == Verdict::Ok => Some(Opening {
            row: place,
            kind: KeyType::Aes128,
            key: Secret::new(seen.key),
            rnd_a: Secret::new(seen.rnd_a),
            rnd_b: Secret::new(seen.rnd_b),
            enc: Secret::new(seen.keys.enc),
            mac: Secret::new(seen.keys.mac),
            ti: seen.ti,
            ctr: None,
        }),
        Authenticated::Legacy { key, seen } if seen.card == Verdict::Ok => {
            let session = seen.session_key()?;
            Some(Opening {
                row: place,
                kind: seen.kind,
                key: key.clone(),
                rnd_a: seen.rnd_a.clone(),
                rnd_b: seen.rnd_b.clone()?,
                enc: session.clone(),
                mac: session,
                ti: None,
                ctr: None,
            })
        }
        _ => None,
    }
}

/// How many sessions back are looked at.
const MOST: usize = 4;
