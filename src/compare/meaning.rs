//! What an exchange stands for in each pass of the alignment.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::apdu::{Family, Status};
use crate::card::Aid;
use crate::trace::Exchange;

use super::align::Tokens;
use super::difference::Side;
use super::ignore::{Aspect, Ignore};
use super::view::View;

/// The numbers of an exchange. Equal numbers only propose a pair: it is compared byte by byte afterwards.
pub(super) fn tokens(view: View<'_>, ignore: Ignore) -> Tokens {
    let row = view.row;
    let command = number(|state| kind(view).hash(state));
    let place = number(|state| {
        command.hash(state);
        application(row).hash(state);
        place(view).hash(state);
    });
    let request = number(|state| {
        place.hash(state);
        request(view, state);
    });
    let whole = number(|state| {
        request.hash(state);
        whole(view, ignore, state);
    });
    [whole, request, place, command]
}

fn number(fill: impl FnOnce(&mut DefaultHasher)) -> u64 {
    let mut state = DefaultHasher::new();
    fill(&mut state);
    state.finish()
}

/// The command; all authentications are one.
fn kind(view: View<'_>) -> (Family, &'static str, u8) {
    let row = view.row;
    let name = row.name();
    match name {
        _ if row.is_authentication() => (row.family, "Authenticate", 0),
        // Codes that no table knows have one name.
        "Unknown" => (row.family, name, row.ins),
        // `BD` and `AD` differ in how frames are chained.
        _ => (row.family, name, 0),
    }
}

/// What is selected. Where that is not known, as at the start of a recording, it most likely is the PICC.
fn application(row: &Exchange) -> (Option<Aid>, Option<&[u8]>) {
    let name = row.df_name.as_deref();
    (row.aid.or(name.is_none().then_some(Aid::PICC)), name)
}

/// File or key number: the first byte travels in clear.
fn place(view: View<'_>) -> (Option<u8>, [u8; 2]) {
    let first = match view.row.command.as_deref() {
        Some(body) => body.first().copied(),
        None => view.framed(Side::Command).first().copied(),
    };
    let p1p2 = match view.row.family {
        Family::Desfire => [0, 0],
        Family::Iso | Family::Reader => view.row.p1p2,
    };
    (first.filter(|_| !view.is_nonce()), p1p2)
}

fn request(view: View<'_>, state: &mut DefaultHasher) {
    match view.plain(Side::Command) {
        _ if view.is_nonce() => {}
        Some(body) => {
            // Of two keys that are the same, the bytes may be mixed with different old ones.
            let secret = view.row.secret_range();
            let new = view.row.new_key.as_ref().and_then(|new| new.key.as_ref());
            match (secret, new) {
                (Some(secret), Some(key)) => {
                    body.get(..secret.start).hash(state);
                    key.expose().hash(state);
                    body.get(secret.end).hash(state);
                }
                _ => body.hash(state),
            }
        }
        None => view.framed(Side::Command).len().hash(state),
    }
}

fn whole(view: View<'_>, ignore: Ignore, state: &mut DefaultHasher) {
    let row = view.row;
    status_word(row.status).hash(state);
    (row.channel, row.mode).hash(state);
    row.key
        .as_ref()
        .map(|key| (key.key_no, key.name()))
        .hash(state);
    match view.plain(Side::Response) {
        _ if view.is_nonce() => {}
        Some(_) => view.heeded(ignore).hash(state),
        None => view.framed(Side::Response).len().hash(state),
    }
    if !ignore.ignores(Aspect::Counters) {
        row.ctr.hash(state);
    }
}

/// A status in either framing.
pub(super) fn status_word(status: Option<Status>) -> Option<u16> {
    status.map(|status| match status {
        Status::Native(code) | Status::Wrapped(code) => 0x9100 | u16::from(code),
        Status::Iso(word) => word,
    })
}
