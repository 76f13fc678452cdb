//! What the sample sessions show of the demo card.

use std::path::Path;

use tapscope::card::known::entries;
use tapscope::session::{demo, keys};
use tapscope::trace::known::{CardView, Keeper};
use tapscope::trace::{Event, Exchange, decode};

fn sample(name: &str) -> (Vec<Exchange>, Vec<Event>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions");
    let text = std::fs::read(path.join(name)).expect("a sample");
    let events = tapscope::session::read(&text).expect("reads").value.events;
    let keyring = keys::read(demo::keys().as_bytes()).expect("reads").value;
    (decode(&events, &keyring), events)
}

fn at(rows: &[Exchange], events: &[Event], row: usize) -> CardView {
    Keeper::default().at(row, rows, events).expect("a row")
}

fn changes(view: &CardView) -> Vec<String> {
    view.changes.iter().map(ToString::to_string).collect()
}

#[test]
fn every_change_of_the_top_up_is_named_at_its_row() {
    let (rows, events) = sample("02-top-up.json");
    let record = "00B8459BA1010000E803000000000000";
    let record_place = "record 0 bytes 0 to 15 unknown";
    let new_record = "pending file 04 new record bytes 0 to 15";
    let expected = [
        vec!["card UID unknown -> 045A31C29B6180".to_owned()],
        vec![
            "card selection unknown -> 014499".to_owned(),
            "card session unknown -> none".to_owned(),
            "application 014499 exists unknown -> yes".to_owned(),
        ],
        vec!["card session none -> ev2, key 3".to_owned()],
        vec![
            "application 014499 file 03 exists unknown -> yes".to_owned(),
            "application 014499 file 03 value unknown -> 2000".to_owned(),
        ],
        vec!["application 014499 pending file 03 value none -> +1000".to_owned()],
        vec![format!("application 014499 {new_record} none -> {record}")],
        vec![
            "application 014499 TMC unknown -> 2".to_owned(),
            "application 014499 TMV unknown -> C104E0D92ADC32F2".to_owned(),
            "application 014499 file 03 value 2000 -> 3000".to_owned(),
            "application 014499 pending file 03 value +1000 -> none".to_owned(),
            "application 014499 file 04 exists unknown -> yes".to_owned(),
            format!("application 014499 file 04 {record_place} -> {record}"),
            format!("application 014499 {new_record} {record} -> none"),
        ],
    ];
    assert_eq!(rows.len(), expected.len());
    for (row, expected) in expected.iter().enumerate() {
        assert_eq!(changes(&at(&rows, &events, row)), *expected, "row {row}");
    }
}

#[test]
fn each_sample_ends_with_what_it_did() {
    for (name, expected) in [
        ("03-spend.json", "file 03 value 1650"),
        ("03-spend.json", "TMC 2"),
        ("04-top-up-refused.json", "file 03 value 2000"),
        ("04-top-up-refused.json", "session none"),
        ("05-top-up-torn.json", "file 03 value 3000"),
        ("06-top-up-ev1.json", "file 03 value 3000"),
        ("07-top-up-random-uid.json", "UID 045A31C29B6180"),
        ("07-top-up-random-uid.json", "file 03 value 3000"),
        ("08-two-sets.json", "file 03 value 2650"),
        ("08-two-sets.json", "key 4 version 15"),
        ("08-two-sets.json", "file 02 record count 1"),
        (
            "08-two-sets.json",
            "file 01 access rights R 1 W 2 RW 2 C 3; R 4 W 4 RW 4 C 3",
        ),
        ("09-reader-id.json", "file 03 value 2650"),
        ("09-reader-id.json", "TMC 3"),
    ] {
        let (rows, events) = sample(name);
        let view = at(&rows, &events, rows.len() - 1);
        let facts = entries(&view.card).into_iter();
        let mut facts = facts.map(|entry| format!("{} {}", entry.path, entry.value));
        assert!(
            facts.any(|fact| fact.ends_with(expected)),
            "{name}: {expected}"
        );
        assert_eq!(view.assumed, None, "{name}");
    }
}

#[test]
fn a_lost_commit_leaves_the_value_open_until_it_is_read() {
    let (rows, events) = sample("05-top-up-torn.json");
    let values: Vec<String> = (0..rows.len())
        .map(|row| at(&rows, &events, row))
        .flat_map(|view| changes(&view))
        .filter(|change| change.contains(" file 03 value ") && !change.contains("pending"))
        .collect();
    assert_eq!(
        values,
        [
            "application 014499 file 03 value unknown -> 2000",
            "application 014499 file 03 value 2000 -> unknown",
            "application 014499 file 03 value unknown -> 3000",
        ]
    );
    // The field went off: only the UID tells that it is the same card, and that is no change.
    let view = at(&rows, &events, 7);
    assert_eq!(rows[7].name(), "GetData");
    assert_eq!(changes(&view), ["card UID unknown -> 045A31C29B6180"]);
    assert_eq!(view.card.applications.len(), 1);
}
