//! Without a mistake the two sides are right in every channel and mode; with one, the observer sees it.

use std::collections::BTreeSet;

use tapscope::secure_messaging::Verdict;
use tapscope::trace::{Exchange, decode};

use super::choose::{pair, single};
use super::handshake::Way;
use super::message::{Knobs, Mode};
use super::mistakes::TABLE;
use super::plan::{ALL, Earlier, Last, Len, Needs, Plan, Side};
use super::scene::record;

/// Every command that the table uses.
fn lasts() -> Vec<Last> {
    let by_mode = |what: fn(Mode) -> Last| Mode::ALL.map(what);
    [
        by_mode(Last::Read),
        by_mode(Last::Write),
        by_mode(Last::Credit),
        by_mode(Last::Value),
        [Last::Info, Last::Settings, Last::WriteFree],
        [Last::ChangeOther, Last::ChangeOwn, Last::ChangeMaster],
        [Last::Commit, Last::CommitTmv, Last::Auth],
    ]
    .concat()
}

#[test]
fn without_a_mistake_every_check_of_every_conversation_fits() {
    let mut seed = 0;
    let mut checks = 0;
    for channel in ALL {
        for last in lasts().into_iter().chain([Last::AuthAgain]) {
            let is_ev2 = channel.way == Way::First;
            let only = match last {
                Last::AuthAgain => is_ev2,
                Last::ChangeMaster => !is_ev2,
                _ => true,
            };
            for len in [Len::Any, Len::Short, Len::Blocks, Len::Loose] {
                for _ in 0..if only { 5 } else { 0 } {
                    seed += 1;
                    checks += check(&Plan {
                        seed,
                        channel: *channel,
                        last,
                        side: Side::Host,
                        knobs: Knobs::default(),
                        needs: Needs {
                            earlier: [Earlier::Any, Earlier::Session][usize::from(seed % 3 == 0)],
                            len,
                            ..Needs::NONE
                        },
                        more: 1,
                    });
                }
            }
        }
    }
    assert!(checks > 10_000, "only {checks} checks");
}

/// Gives the number of checks that fit.
fn check(plan: &Plan) -> usize {
    let recorded = record(plan);
    let rows = decode(&recorded.events, &recorded.keyring);
    for row in &rows {
        let wrong = row.verdicts.any(Verdict::Bad) || row.verdicts.any(Verdict::Unknown);
        let findings = row.findings.iter();
        let findings: Vec<_> = findings
            .filter(|one| one.code != "mode_undecidable")
            .collect();
        assert!(
            !wrong && findings.is_empty(),
            "{plan:?}: row {} of {} {} {:?} {findings:?}",
            row.index,
            rows.len(),
            row.name(),
            row.verdicts,
        );
    }
    let verdicts = rows.iter().flat_map(|row| row.verdicts.all());
    verdicts
        .filter(|(_, verdict)| *verdict == Verdict::Ok)
        .count()
}

fn shows(row: &Exchange) -> bool {
    row.verdicts.any(Verdict::Bad) || !row.findings.is_empty()
}

/// Mistakes whose row looks right to the decoder, at least on one channel: its lengths are those of another mode, of
/// another form of ChangeKey or of longer data, and only the file's settings, the key number or the command say that it
/// is not that. What the card thinks of it shows in its status alone.
const QUIET: &[&str] = &[
    "ev2-padding-missing",
    "ev1-crc-no-status",
    "change-key-xor-own",
    "change-key-no-second-crc",
    "mac-on-free-access",
    "mac-missing",
    "plain-in-full",
];

#[test]
fn with_a_mistake_the_last_row_shows_something_wrong() {
    let mut quiet = Vec::new();
    let mut still_quiet = BTreeSet::new();
    for entry in TABLE {
        for seed in 7000..7030 {
            let plan = single(entry, seed);
            let recorded = record(&plan);
            let rows = decode(&recorded.events, &recorded.keyring);
            if rows.last().is_some_and(shows) {
                continue;
            }
            if QUIET.contains(&entry.code) {
                still_quiet.insert(entry.code);
            } else {
                quiet.push(format!("{plan:?}"));
            }
        }
    }
    assert!(quiet.is_empty(), "{quiet:#?}");
    assert_eq!(still_quiet, QUIET.iter().copied().collect());
}

#[test]
fn a_mistake_changes_the_last_row_alone() {
    for entry in TABLE {
        for seed in 8000..8005 {
            let plan = single(entry, seed);
            let mut without = plan.clone();
            without.knobs = Knobs::default();
            let [wrong, right] = [&plan, &without].map(|plan| {
                let recorded = record(plan);
                (decode(&recorded.events, &recorded.keyring), recorded.events)
            });
            let from = right.0.last().unwrap().first_event;
            assert_eq!(wrong.0.len(), right.0.len(), "{plan:?}");
            assert_eq!(wrong.1[..from], right.1[..from], "{plan:?}");
            assert_ne!(wrong.1[from..], right.1[from..], "{plan:?}");
        }
    }
}

/// Mistakes beside which nothing else can be seen.
const ALONE: &[&str] = &["mac-missing"];

#[test]
fn two_mistakes_each_have_their_effect() {
    let alone = TABLE.iter().filter(|entry| pair(entry, 9000).is_none());
    let alone: Vec<_> = alone.map(|entry| entry.code).collect();
    assert_eq!(alone, ALONE);
}
