//! Everything that differs between two exchanges that stand for each other.

use crate::apdu::Family;
use crate::bytes::hex;
use crate::report::Place;
use crate::trace::{self, Authenticated, Exchange};

use super::difference::{Difference, Side, What};
use super::ignore::{Aspect, Ignore};
use super::meaning::status_word;
use super::view::{Unread, View};
use super::{Pair, fields};

/// Compares the exchanges with the indices `at`.
pub(super) fn pair(a: View<'_>, b: View<'_>, at: (usize, usize), ignore: Ignore) -> Pair {
    let mut unread = a.unread().or(b.unread());
    let mut found = heads(a.row, b.row, ignore);
    let same_command = is_same_command(a.row, b.row);
    contexts(a.row, b.row, unread, &mut found);
    if same_command {
        for side in Side::ALL {
            messages(a, b, side, unread, ignore, &mut found);
        }
    } else {
        // The bytes of another command mean something else; that it is another one says it all.
        unread = Unread::default();
    }
    heeded(a, b, ignore, &mut found);
    let (a, b) = at;
    match (found.is_empty(), unread.any()) {
        (true, false) => Pair::Same { a, b },
        (true, true) => Pair::Unread { a, b, unread },
        (false, _) => Pair::Differs {
            a,
            b,
            differences: found,
            unread,
        },
    }
}

/// Adds a difference when two values are not equal.
fn note<T: PartialEq>(
    found: &mut Vec<Difference>,
    what: What,
    a: Option<T>,
    b: Option<T>,
    text: impl Fn(T) -> String,
) {
    if a != b {
        let (a, b) = (a.map(&text), b.map(text));
        found.push(Difference::Value { what, a, b });
    }
}

/// Which command it is.
fn heads(a: &Exchange, b: &Exchange, ignore: Ignore) -> Vec<Difference> {
    let mut found = Vec::new();
    let told = a.ins != b.ins && !ignore.ignores(Aspect::Framing);
    if !is_same_command(a, b) || told {
        let text = |row: &Exchange| Some(format!("{:02X} {}", row.ins, row.name()));
        let (a, b) = (text(a), text(b));
        found.push(Difference::Value {
            what: What::Command,
            a,
            b,
        });
    }
    found
}

/// Codes of one name differ in how frames are chained, as `BD` and `AD`; those that no table knows share one.
fn is_same_command(a: &Exchange, b: &Exchange) -> bool {
    let chained_otherwise = a.name() == b.name() && a.name() != "Unknown";
    a.family == b.family && (a.ins == b.ins || chained_otherwise)
}

/// What surrounds the messages: parameters, application, protection, key, status.
fn contexts(a: &Exchange, b: &Exchange, unread: Unread, found: &mut Vec<Difference>) {
    if a.family != Family::Desfire {
        let p1p2 = |row: &Exchange| Some(row.p1p2);
        note(found, What::Parameters, p1p2(a), p1p2(b), hex::upper);
        if matches!(a.ins, READ_BINARY | READ_RECORD) {
            note(found, What::Le, a.le, b.le, |le| le.to_string());
        }
    }
    let application = |row: &Exchange| {
        let aid = row.aid.map(|aid| aid.to_string());
        aid.or_else(|| row.df_name.as_ref().map(hex::upper))
    };
    // At the start of a recording it may not be known what is selected.
    if let (Some(a), Some(b)) = (application(a), application(b)) {
        note(found, What::Application, Some(a), Some(b), |text| text);
    }
    // What is not known of an opaque exchange is no difference.
    let known = |a: bool, b: bool| (a && b) || !unread.any();
    if known(a.channel.is_some(), b.channel.is_some()) {
        note(found, What::Channel, a.channel, b.channel, str::to_owned);
    }
    if known(a.mode.is_some(), b.mode.is_some()) {
        note(found, What::Mode, a.mode, b.mode, |mode| mode.to_string());
    }
    if known(a.key.is_some(), b.key.is_some()) {
        // An authentication names the number in a field of its own.
        if !a.is_authentication() || !b.is_authentication() {
            let number = |row: &Exchange| row.key.as_ref().and_then(|key| key.key_no);
            note(found, What::KeyNumber, number(a), number(b), |number| {
                number.to_string()
            });
        }
        note(found, What::KeyLabel, label(a), label(b), |label| {
            format!("\"{label}\"")
        });
    }
    if status_word(a.status) != status_word(b.status) {
        let text = |row: &Exchange| row.status.map(|status| status.to_string());
        let (a, b) = (text(a), text(b));
        found.push(Difference::Value {
            what: What::Status,
            a,
            b,
        });
    }
}

fn label(row: &Exchange) -> Option<&str> {
    row.key.as_ref().map(trace::KeyUse::name)
}

/// The plaintext, or the length where neither trace shows it.
fn messages(
    a: View<'_>,
    b: View<'_>,
    side: Side,
    unread: Unread,
    ignore: Ignore,
    found: &mut Vec<Difference>,
) {
    if a.is_nonce() || b.is_nonce() {
        return;
    }
    match (a.plain(side), b.plain(side)) {
        (None, None) => {
            let len = |view: View<'_>| Some(view.framed(side).len());
            note(found, What::Length(side), len(a), len(b), |len| {
                format!("{len} bytes")
            });
        }
        (Some(of_a), Some(of_b))
            if !unread.of(side) && (of_a != of_b || a.row.new_key != b.row.new_key) =>
        {
            found.extend(fields::differences(a, b, side, ignore));
        }
        _ => {}
    }
    if side == Side::Response {
        let capabilities = |view: View<'_>| {
            let seen = view.row.authentication.as_deref();
            seen.and_then(Authenticated::ev2)?.pdcap2
        };
        if !unread.response {
            let (a, b) = (capabilities(a), capabilities(b));
            note(found, What::Capabilities, a, b, hex::upper);
        }
    }
}

/// What is passed over by default.
fn heeded(a: View<'_>, b: View<'_>, ignore: Ignore, found: &mut Vec<Difference>) {
    let heeds = |aspect| !ignore.ignores(aspect);
    if heeds(Aspect::Framing) && a.row.form != b.row.form {
        let text = |view: View<'_>| Some(format!("{:?}", view.row.form).to_lowercase());
        note(found, What::Framing, text(a), text(b), |text| text);
    }
    if heeds(Aspect::Counters) {
        note(found, What::Counter, a.row.ctr, b.row.ctr, |ctr| {
            ctr.to_string()
        });
    }
    if heeds(Aspect::TransactionId) {
        let ti = |view: View<'_>| {
            view.row
                .authentication
                .as_deref()
                .and_then(Authenticated::ti)
        };
        note(found, What::TransactionId, ti(a), ti(b), hex::upper);
    }
    if heeds(Aspect::Times) {
        let (a, b) = (a.row.time_us, b.row.time_us);
        note(found, What::Time, a, b, |time| time.to_string());
    }
    for side in Side::ALL {
        if heeds(Aspect::Nonces) && a.is_authentication() && b.is_authentication() {
            // The wire shows them; of two random cryptograms nobody reads more than that they differ.
            if a.framed(side) != b.framed(side) {
                let what = What::Cryptogram(side);
                let (a, b) = (None, None);
                found.push(Difference::Value { what, a, b });
            }
        }
        if heeds(Aspect::Macs) {
            note(found, What::Mac(side), mac(a, side), mac(b, side), |mac| {
                mac
            });
        }
    }
}

/// The MAC of a message, as the field tree shows it.
fn mac(view: View<'_>, side: Side) -> Option<String> {
    let path = format!("{}.MAC", side.name());
    let tree = trace::fields(view.row, view.events, false).into_iter();
    let mut macs = tree.filter(|field| field.place == Place::Framed && field.path == path);
    let value = macs.next()?.value;
    value.split(' ').next().map(str::to_owned)
}

const READ_BINARY: u8 = 0xB0;
const READ_RECORD: u8 = 0xB2;
