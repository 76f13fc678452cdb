//! From a row of a trace to a page: the page computes the bytes that were recorded.

use std::collections::BTreeMap;

use tapscope::bytes::hex;
use tapscope::calculator::open::{Side, from_row};
use tapscope::calculator::{Content, Overrides, Place, Slip};
use tapscope::keyring::Keyring;
use tapscope::secure_messaging::Verdict;
use tapscope::session::import::vectors as conversations;
use tapscope::trace::{self, Event, Exchange};

use super::recorded::{keyring, sessions};

fn read(name: &str) -> Vec<conversations::Conversation> {
    let path = format!("{}/tests/vectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    conversations::read(&std::fs::read(path).expect("a vector file")).expect("reads")
}

#[test]
fn the_page_of_a_row_computes_its_mac() {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut refused = 0;
    for name in ["exchanges", "generated"] {
        for one in read(name) {
            let rows = trace::decode(&one.events, &one.keyring);
            for (at, row) in rows.iter().enumerate() {
                let place = format!("{} row {at} {}", one.id, row.name());
                let verdicts = [
                    (Side::Command, row.verdicts.command_mac),
                    (Side::Response, row.verdicts.response_mac),
                ];
                let ways = from_row(&rows, at, &one.events, &one.keyring);
                for (side, verdict) in verdicts {
                    let way = ways.iter().find(|way| way.is_mac_of(side));
                    let checked = matches!(verdict, Verdict::Ok | Verdict::Bad);
                    // D40 has no CMAC, and no page yet.
                    let has_page = checked && row.channel != Some("d40");
                    if has_page && way.is_none() {
                        refused += 1;
                    }
                    let Some(way) = way else { continue };
                    assert!(checked, "{place}");
                    let topic = way.topic().expect("a topic");
                    let outcome = topic.run(&way.texts, &Overrides::new());
                    assert!(!outcome.is_refused(), "{place}: {:?}", outcome.slips);
                    let check = outcome.sheet.line("Received MAC").expect("a check");
                    assert!(matches!(check.content, Content::Check { .. }));
                    assert_eq!(check.is_wrong(), verdict == Verdict::Bad, "{place}");
                    *seen.entry(row.channel.unwrap_or_default()).or_default() += 1;
                }
            }
        }
    }
    assert_eq!(refused, 0, "MACs without a page");
    assert!(seen["ev2"] > 10, "{seen:?}");
    assert!(
        seen.keys().any(|channel| channel.starts_with("ev1")),
        "{seen:?}"
    );
}

#[test]
fn a_way_does_not_print_its_keys() {
    let one = read("generated")
        .into_iter()
        .filter(|one| one.sm == "ev2")
        .find_map(|one| {
            let rows = trace::decode(&one.events, &one.keyring);
            let ways =
                (0..rows.len()).flat_map(|at| from_row(&rows, at, &one.events, &one.keyring));
            ways.into_iter().find(|way| way.topic == "cmac")
        })
        .expect("a row with a MAC");
    let key = &one.texts["key"];
    assert!(hex::parse(key).is_ok());
    assert!(!format!("{one:?}").contains(key.as_str()));
}

/// All recorded and generated conversations and the sample sessions, with their keys.
fn all() -> Vec<(String, Vec<Event>, Keyring)> {
    let vectors = ["exchanges", "generated"].into_iter().flat_map(read);
    let vectors = vectors.map(|one| (one.id, one.events, one.keyring));
    let samples = sessions().into_iter();
    let samples = samples.map(|(name, events)| (name, events, keyring()));
    vectors.chain(samples).collect()
}

fn verdicts(row: &Exchange) -> impl Iterator<Item = Verdict> {
    let all = row.verdicts.all();
    all.into_iter().map(|(_, verdict)| verdict)
}

#[test]
fn every_way_of_every_row_says_what_the_trace_says() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut unnoticed = Vec::new();
    for (name, events, keyring) in all() {
        let rows = trace::decode(&events, &keyring);
        for (at, row) in rows.iter().enumerate() {
            let ways = from_row(&rows, at, &events, &keyring);
            let is_bad = verdicts(row).any(|verdict| verdict == Verdict::Bad);
            let is_right =
                verdicts(row).all(|verdict| matches!(verdict, Verdict::Ok | Verdict::None));
            let mut wrong = Vec::new();
            for way in &ways {
                let place = format!("{name} row {at} {}, {}", row.name(), way.title);
                let topic = way.topic().expect("a topic");
                let outcome = topic.run(&way.texts, &Overrides::new());
                // What a trace does not show is asked for.
                let asks = |slip: &Slip| {
                    let shown = ["key", "uid"].map(|name| Place::Field(name.to_owned()));
                    shown.contains(&slip.place) && slip.text.starts_with("Nothing given")
                };
                let is_refused = outcome.is_refused() && !outcome.slips.iter().all(asks);
                if is_refused || outcome.sheet.is_wrong() {
                    wrong.push(format!("{place}: {:?}", outcome.slips));
                }
                let received = match way.title {
                    "Command, taken apart" => row.verdicts.command_mac,
                    "Response, taken apart" => row.verdicts.response_mac,
                    "Transaction MAC" => row.verdicts.tmv,
                    _ => Verdict::None,
                };
                let mut lines = outcome.sheet.lines().iter();
                let is_checked = lines.any(|line| {
                    let check = matches!(line.content, Content::Check { .. });
                    check
                        && ["Received MAC", "TMV of"]
                            .iter()
                            .any(|name| line.label.starts_with(name))
                });
                assert!(is_checked || received != Verdict::Ok, "{place}");
                let channel = row.channel.unwrap_or("plain");
                *seen.entry(format!("{} {channel}", way.title)).or_default() += 1;
            }
            if is_right {
                assert!(wrong.is_empty(), "{wrong:#?}");
            }
            if is_bad && !ways.is_empty() && wrong.is_empty() {
                unnoticed.push(format!(
                    "{name} row {at} {}: {:?}",
                    row.name(),
                    row.verdicts
                ));
            }
        }
    }
    assert!(unnoticed.is_empty(), "right tables: {unnoticed:#?}");
    for (title, channels) in [
        ("Command, taken apart", ["ev2", "ev1-aes", "d40"]),
        ("Response, taken apart", ["ev2", "ev1-des", "d40"]),
        ("Handshake", ["ev2", "ev1-3k3des", "d40"]),
        ("New key", ["ev2", "ev1-2k3des", "d40"]),
    ] {
        for channel in channels {
            assert!(seen[&format!("{title} {channel}")] >= 7, "{seen:#?}");
        }
    }
    assert!(seen["Transaction MAC ev2"] >= 40, "{seen:#?}");
}
