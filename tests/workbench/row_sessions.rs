//! The session of a row: where it begins and ends, also where its authentication tells little.

use std::ops::Range;

use tapscope::bytes::hex;
use tapscope::trace::{Event, EventKind};
use tapscope::workbench::{Action, ColourRule, Report, ReportKind, Setting, Tint};

use crate::support::desk::Desk;

fn tell(desk: &mut Desk, events: impl IntoIterator<Item = Event>) {
    let worker = desk.bench.reader().expect("a card").worker;
    for event in events {
        let kind = ReportKind::Event(event);
        desk.bench.absorb(Report { worker, kind });
    }
}

/// Frames in turn from the host and from the card.
fn frames(all: &[&str]) -> Vec<Event> {
    let kinds = all.iter().enumerate().map(|(place, text)| {
        let bytes = hex::parse(text).expect("bytes");
        if place % 2 == 0 {
            EventKind::Command(bytes)
        } else {
            EventKind::Response(bytes)
        }
    });
    kinds.map(Event::new).collect()
}

/// A trace of these frames.
fn told(all: &[&str]) -> Desk {
    let mut desk = Desk::new();
    tell(&mut desk, frames(all));
    desk
}

fn assert_sessions(desk: &Desk, expected: &[(Range<usize>, Option<usize>)]) {
    for (rows, start) in expected {
        for row in rows.clone() {
            let name = desk.row(row).name();
            assert_eq!(desk.bench.session_start(row), *start, "{row} {name}");
        }
    }
}

fn filter_at(desk: &mut Desk, row: usize) -> Option<String> {
    desk.act(Action::SelectRow(Some(row)));
    desk.bench.session_filter()
}

const SELECT: [&str; 2] = ["905A00000399440100", "9100"];
const READ: [&str; 2] = ["90BD0000070400000008000000", "A1B2C3D4E5F607189100"];

#[test]
fn the_iso_authentication_begins_a_session_with_its_random_number() {
    let challenge = ["0084000008", "A1B2C3D4E5F607189000"];
    let external = ["008200001000112233445566778899AABBCCDDEE01", "9000"];
    let internal = [
        "0088000008102132435465768700",
        "F0E1D2C3B4A5968778695A4B3C2D1E0F9000",
    ];
    let mut all = Vec::new();
    // A random number alone is no authentication.
    for part in [challenge, SELECT, challenge, external, internal, READ, READ] {
        all.extend(part);
    }
    let mut desk = told(&all);
    assert_sessions(&desk, &[(0..2, None), (2..7, Some(2))]);
    let filter = filter_at(&mut desk, 6);
    assert_eq!(filter.as_deref(), Some("row >= 2 and row <= 6"));
}

#[test]
fn a_legacy_authentication_with_an_unknown_key_begins_a_session() {
    let mut all = vec![
        "901A0000010000",
        "A1B2C3D4E5F6071891AF",
        "90AF00001000112233445566778899AABBCCDDEE0100",
        "10213243546576879100",
    ];
    for part in [READ, READ, SELECT] {
        all.extend(part);
    }
    let mut desk = told(&all);
    assert_eq!(desk.row(1).channel, None);
    assert_sessions(&desk, &[(0..3, Some(0)), (3..4, None)]);
    let filter = filter_at(&mut desk, 1);
    assert_eq!(filter.as_deref(), Some("row >= 0 and row <= 2"));
}

#[test]
fn a_command_to_the_reader_does_not_cut_a_session() {
    let topped = Desk::topped_up();
    let events = topped.bench.log().events();
    let at = topped.row(3).last_event + 1;
    let mut desk = Desk::new();
    tell(&mut desk, events[..at].to_vec());
    tell(&mut desk, frames(&["FFCA000000", "6A81"]));
    tell(&mut desk, events[at..].to_vec());
    assert_eq!(desk.row(4).family, tapscope::apdu::Family::Reader);
    let expected = [(2..4, Some(2)), (4..5, None), (5..8, Some(2))];
    assert_sessions(&desk, &expected);
    let filter = filter_at(&mut desk, 2);
    assert_eq!(filter.as_deref(), Some("row >= 2 and row <= 7"));
}

/// A trace that begins in a session that a key file gives.
#[test]
fn a_session_given_as_keys_begins_with_its_first_row() {
    let topped = Desk::topped_up();
    let seen = topped.row(2).authentication.as_ref().expect("a session");
    let seen = seen.ev2().expect("EV2");
    let [enc, mac] = [seen.keys.enc, seen.keys.mac].map(hex::upper);
    let ti = topped.row(2).authentication.as_ref().and_then(|it| it.ti());
    let ti = ti.expect("a TI");
    let file = format!(
        r#"{{"keys":[{{"label":"given","session":{{"channel":"ev2","ti":"{}","counter":0,
        "enc":"{enc}","mac":"{mac}"}}}}]}}"#,
        hex::upper(ti),
    );
    let mut desk = Desk::new();
    let path = desk.path("given.json");
    std::fs::write(&path, file).expect("written");
    desk.act(Action::ImportKeys(path));
    let rest = topped.row(2).last_event + 1;
    let rest = topped.bench.log().events()[rest..].to_vec();
    tell(&mut desk, rest);
    assert_eq!(desk.row(1).channel, Some("ev2"));
    assert_sessions(&desk, &[(0..4, Some(0))]);
}

/// A session whose key is not known, of so many rows after its first.
fn opaque(rows: usize) -> Vec<Event> {
    let mut all = vec![
        "9071000002000000",
        "000102030405060708090A0B0C0D0EF191AF",
        "90AF0000201F1E1D1C1B1A191817161514131211100F0E0D0C0B0A09080706050403020101",
        "A0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBF9100",
    ];
    for _ in 0..rows {
        all.extend(READ);
    }
    frames(&all)
}

#[test]
fn a_session_of_more_rows_than_a_frame_can_walk_is_whole() {
    const ROWS: usize = 25_000;
    let mut desk = Desk::new();
    tell(&mut desk, opaque(ROWS));
    assert_eq!(desk.bench.rows().len(), ROWS + 1);
    for row in [0, 1, ROWS / 2, ROWS] {
        let filter = filter_at(&mut desk, row);
        assert_eq!(filter, Some(format!("row >= 0 and row <= {ROWS}")));
    }
    let reset = Event::new(EventKind::Reset);
    tell(&mut desk, [reset].into_iter().chain(frames(&SELECT)));
    assert_sessions(&desk, &[(ROWS + 1..ROWS + 2, None)]);
}

/// The filter and the colour rules agree, and neither takes the identifier over from the session before.
#[test]
fn an_opaque_session_has_no_transaction_identifier() {
    let mut desk = Desk::topped_up();
    let ti = desk.row(2).authentication.as_ref().and_then(|it| it.ti());
    let text = format!("ti == {}", hex::upper(ti.expect("a TI")));
    tell(&mut desk, opaque(3));
    let rule = ColourRule {
        filter: text.clone(),
        tint: Tint::Blue,
        on: true,
        ..ColourRule::default()
    };
    desk.play([
        Action::Set(Setting::ColourRules(vec![rule])),
        Action::Filter(text),
    ]);
    while desk.bench.filter_step() {}
    let shown: Vec<usize> = (0..desk.bench.shown_len())
        .filter_map(|place| desk.bench.shown_at(place))
        .collect();
    let coloured: Vec<usize> = (0..desk.bench.rows().len())
        .filter(|row| desk.bench.colour_rule(*row).is_some())
        .collect();
    assert_eq!((shown, coloured), ((2..7).collect(), (2..7).collect()));
}
