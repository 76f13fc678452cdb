//! From a row of a trace to a page: the page computes the bytes that were recorded.

use std::collections::BTreeMap;

use tapscope::bytes::hex;
use tapscope::calculator::open::{Side, from_row};
use tapscope::calculator::{Content, Overrides};
use tapscope::secure_messaging::Verdict;
use tapscope::session::import::vectors as conversations;
use tapscope::trace;

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
                let ways = from_row(&rows, at, &one.events, &one.keyring.sessions);
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
            let ways = (0..rows.len()).flat_map(|at| from_row(&rows, at, &one.events, &[]));
            ways.into_iter().find(|way| way.topic == "cmac")
        })
        .expect("a row with a MAC");
    let key = &one.texts["key"];
    assert!(hex::parse(key).is_ok());
    assert!(!format!("{one:?}").contains(key.as_str()));
}
