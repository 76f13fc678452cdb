//! Conversations of our host with our card, replayed: the rebuilt host alone, and against a card that draws the recovered
//! random numbers. One changed byte anywhere is found.

use tapscope::card::CommMode::{Full, Mac, Plain};
use tapscope::card::KeyType;
use tapscope::crypto::entropy::RecoveredEntropy;
use tapscope::replay::{self, Report};
use tapscope::trace::{self, Event, EventKind, Exchange};
use tapscope::virtual_card::Card;

use super::ends::{AID, CHANNELS, Ends, PICC, Way, key, type_bits};

fn recorded(ends: &Ends, events: &[Event]) -> Report {
    let rows = trace::decode(events, &ends.keyring);
    replay::recorded(events, &rows, &ends.keyring)
}

fn on_card(ends: &Ends, events: &[Event]) -> Report {
    let rows = trace::decode(events, &ends.keyring);
    let entropy = Box::new(RecoveredEntropy::default());
    let mut card = Card::new(&ends.start, entropy).unwrap();
    replay::card(events, &rows, &ends.keyring, &mut card)
}

/// Everything that a session protects: files in all modes, chains both ways, values, records, settings, keys, refusals.
fn conversation(channel: (Way, KeyType)) -> Ends {
    let (way, kind) = channel;
    let mut ends = Ends::open(channel, 0);
    for (number, mode) in [(1, Plain), (2, Mac), (3, Full)] {
        let option = mode.option_bits();
        ends.ok(&format!("CD {number:02X} {option:02X} 1111 400000"), Plain);
        ends.ok(
            &format!("CC 1{number} {option:02X} 1111 00000000 FFFFFF7F 64000000 00"),
            Plain,
        );
    }
    ends.ok("C1 04 03 1011 080000 030000", Plain);
    ends.ok("5F 04 01 1011", Full);
    let version = (kind == KeyType::Aes128).then_some(0x31);
    let new = key(kind, 9);
    assert_eq!(
        ends.change_key(2, &new, version, Some(key(kind, 2))),
        0,
        "another key"
    );
    ends.authenticate(way, 2, &new, kind);
    ends.authenticate(way, 0, &key(kind, 0), kind);
    assert_eq!(
        ends.change_key(0, &key(kind, 10), version, None),
        0,
        "its own key"
    );
    ends.authenticate(way, 1, &key(kind, 1), kind);
    let data: Vec<u8> = (0..60).map(|i| i * 4 + 3).collect();
    let data = tapscope::bytes::hex::upper(data);
    for (number, mode) in [(1, Plain), (2, Mac), (3, Full)] {
        ends.ok(&format!("3D {number:02X} 000000 3C0000 {data}"), mode);
        ends.ok(&format!("BD {number:02X} 000000 3C0000"), mode);
        ends.ok(&format!("BD {number:02X} 000000 000000"), mode);
        ends.ok(&format!("0C 1{number} 64000000"), mode);
        ends.ok(&format!("6C 1{number}"), mode);
    }
    ends.ok("3B 04 000000 080000 A1B2C3D4E5F60718", Mac);
    ends.ok("C7", Plain);
    ends.ok("BB 04 000000 010000", Mac);
    ends.ok("51", Full);
    ends.ok("60", Plain);
    ends.refused("DC 12 FF000000", Mac, 0xBE);
    ends.ok("5A 000000", Plain);
    ends.authenticate(way, 0, &key(kind, PICC), kind);
    let bits = type_bits(kind) | 1;
    ends.ok(&format!("CA 112233 0F {bits:02X}"), Plain);
    ends
}

#[test]
fn conversations_of_every_channel_replay_as_recorded_and_on_a_card() {
    for channel in CHANNELS {
        let ends = conversation(channel);
        let whole = Report {
            compared: ends.rows.len(),
            ..Report::default()
        };
        assert!(ends.rows.len() >= 39, "{channel:?}: {}", ends.rows.len());
        assert_eq!(recorded(&ends, &ends.events), whole, "{channel:?}");
        assert_eq!(on_card(&ends, &ends.events), whole, "{channel:?}");
    }
}

#[test]
fn a_card_with_another_key_diverges_at_its_first_answer() {
    for channel in CHANNELS {
        let mut ends = conversation(channel);
        let other = key(channel.1, 7);
        let application = ends.start.applications.get_mut(&AID).unwrap();
        application.key_values[0].value = other;
        let report = on_card(&ends, &ends.events);
        let divergence = report.divergence.unwrap();
        // RPICC1 goes in clear: the host's cryptogram is the first that does not fit.
        let event = if channel.0 == Way::Iso { 5 } else { 3 };
        assert_eq!(divergence.event, event, "{channel:?}: {}", divergence.text);
    }
}

/// Events in which a change of a row may show: all of an ISO authentication make one.
fn places(rows: &[Exchange], row: &Exchange) -> std::ops::RangeInclusive<usize> {
    let before = match row.name() {
        "ISOExternalAuthenticate" => 1,
        "ISOInternalAuthenticate" => 2,
        _ => 0,
    };
    let behind = match row.name() {
        "ISOGetChallenge" => 2,
        "ISOExternalAuthenticate" => 1,
        _ => 0,
    };
    rows[row.index - before].first_event..=rows[row.index + behind].last_event
}

/// The row of an event of the whole recording.
fn row_of(rows: &[Exchange], event: usize) -> &Exchange {
    let mut rows = rows.iter();
    let row = rows.find(|row| (row.first_event..=row.last_event).contains(&event));
    row.unwrap()
}

/// What has to be found where it happened. In D40 nothing protects a command's header, and in plain mode nothing its data:
/// a card does what stands there, and only what it says later can tell; so it is with a selection.
fn is_protected(row: &Exchange, change: &Change) -> bool {
    // With 16-byte numbers in 8-byte blocks the first block stands in one cryptogram only.
    let alone = if change.is_answer { 0..8 } else { 5..13 };
    if row.is_iso_authentication() && row.channel == Some("ev1-3k3des") {
        return !alone.contains(&change.offset);
    }
    if row.is_authentication() || row.is_iso_authentication() {
        return true;
    }
    // What was refused may have been anything, and its answer has no MAC.
    let other_code = change.offset < 2 && !row.status.unwrap().is_success();
    let in_header = change.event == row.first_event && change.offset < 5 + row.header_len;
    match row.channel {
        Some("d40") => row.mode != Some(Plain) && !in_header,
        channel => channel != Some("plain") && !other_code,
    }
}

/// Every eleventh byte changed, another bit and another place in each frame; `seen` replays it.
fn changes(ends: &Ends, seen: impl Fn(&Ends, &[Event]) -> Report) -> Vec<(Change, Report)> {
    let mut all = Vec::new();
    for (event, original) in ends.events.iter().enumerate() {
        let (EventKind::Command(bytes) | EventKind::Response(bytes)) = &original.kind else {
            continue;
        };
        let is_answer = matches!(original.kind, EventKind::Response(_));
        for offset in (event % 11..bytes.len()).step_by(11) {
            let xor = 1 << ((event + offset) % 8);
            let mut events = ends.events.clone();
            let (EventKind::Command(changed) | EventKind::Response(changed)) =
                &mut events[event].kind
            else {
                continue;
            };
            changed[offset] ^= xor;
            let change = Change {
                event,
                offset,
                is_answer,
                text: format!("event {event}, offset {offset} ^ {xor:02X}"),
            };
            all.push((change, seen(ends, &events)));
        }
    }
    all
}

struct Change {
    event: usize,
    offset: usize,
    is_answer: bool,
    text: String,
}

fn assert_none(channel: (Way, KeyType), failures: &[String]) {
    let shown = &failures[..failures.len().min(40)];
    let all = failures.len();
    assert!(
        failures.is_empty(),
        "{channel:?}, {all}:\n{}",
        shown.join("\n")
    );
}

#[test]
fn one_changed_byte_anywhere_diverges_on_a_card() {
    for channel in CHANNELS {
        let ends = conversation(channel);
        let mut failures = Vec::new();
        for (change, report) in changes(&ends, on_card) {
            let row = row_of(&ends.rows, change.event);
            let found = report.divergence;
            let place = found.as_ref().map(|found| (found.event, found.offset));
            let fits = match place {
                // Not every session tells whether challenge or token was changed.
                Some((at, _))
                    if is_protected(row, &change)
                        && (row.name() == "Authenticate" || row.is_iso_authentication()) =>
                {
                    places(&ends.rows, row).contains(&at)
                }
                Some((at, _)) if row.is_iso_authentication() => at >= change.event,
                Some(place) if change.is_answer => place == (change.event, change.offset),
                // A MAC that does not fit may as well say that messages are missing before the row.
                Some((at, _)) if is_protected(row, &change) => {
                    places(&ends.rows, row).contains(&at)
                }
                Some((at, _)) => at >= change.event,
                None => {
                    !is_protected(row, &change)
                        && (!change.is_answer || row.is_iso_authentication())
                }
            };
            if !fits {
                let text = found.map(|found| found.text);
                failures.push(format!(
                    "{} {}: {place:?} {text:?}",
                    row.name(),
                    change.text
                ));
            }
        }
        assert_none(channel, &failures);
    }
}

#[test]
fn one_changed_byte_of_a_protected_message_diverges_as_recorded() {
    for channel in CHANNELS {
        let ends = conversation(channel);
        let mut failures = Vec::new();
        for (change, report) in changes(&ends, recorded) {
            let row = row_of(&ends.rows, change.event);
            let found = report.divergence;
            let place = found.as_ref().map(|found| (found.event, found.offset));
            let fits = match place {
                Some((at, _)) if is_protected(row, &change) => {
                    places(&ends.rows, row).contains(&at)
                }
                Some((at, _)) => at >= row.first_event,
                None => !is_protected(row, &change),
            };
            if !fits {
                let text = found.map(|found| found.text);
                failures.push(format!(
                    "{} {}: {place:?} {text:?}",
                    row.name(),
                    change.text
                ));
            }
        }
        assert_none(channel, &failures);
    }
}
