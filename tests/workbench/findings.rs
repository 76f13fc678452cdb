//! The list of findings: what it counts as rows arrive, and the way from one to the next.

use tapscope::report::Severity;
use tapscope::workbench::{Action, Found, Workbench};

use crate::support::desk::{Desk, lose_answer};
use crate::support::wrong::{self, CREDIT};

/// The list as walking all rows gives it.
fn walked(bench: &Workbench) -> Vec<Found> {
    let rows = bench.rows().iter();
    let all = rows.flat_map(|row| {
        let findings = row.findings.iter().enumerate();
        findings.map(|(nth, finding)| Found {
            row: row.index,
            nth,
            code: finding.code,
            severity: finding.severity,
        })
    });
    all.collect()
}

fn assert_whole(bench: &Workbench) {
    let findings = bench.log().findings();
    let walked = walked(bench);
    assert_eq!(findings.all(), walked);
    for severity in Severity::ALL {
        let own = walked.iter().filter(|found| found.severity == severity);
        assert_eq!(findings.count(severity), own.count(), "{severity:?}");
    }
    let worst = walked.iter().map(|found| found.severity).max();
    assert_eq!(findings.worst(), worst);
    let mut remarkable: Vec<usize> = walked
        .iter()
        .filter(|found| found.severity > Severity::Hint)
        .map(|found| found.row)
        .collect();
    remarkable.dedup();
    assert_eq!(findings.remarkable(), remarkable);
}

#[test]
fn the_list_follows_the_rows() {
    let mut desk = Desk::topped_up();
    assert_eq!(desk.bench.log().findings().all(), []);
    assert_eq!(desk.bench.log().findings().worst(), None);
    desk.play([lose_answer(0xC7), Action::Spend { amount: 250 }]);
    assert_whole(&desk.bench);
    let live = desk.bench.log().findings().all().len();
    assert!(live > 0);
    while !desk.bench.keyring().keys.is_empty() {
        desk.act(Action::RemoveKey(0));
    }
    assert_whole(&desk.bench);
    assert!(
        desk.bench.log().findings().all().len() > live,
        "without keys more is to be said"
    );
    desk.act(Action::NewSession);
    assert_eq!(desk.bench.log().findings().all(), []);
}

#[test]
fn the_next_finding_goes_round_both_ends() {
    let mut desk = wrong::even_bytes();
    desk.play([lose_answer(0xC7), Action::Spend { amount: 250 }]);
    let rows = desk.bench.log().findings().remarkable().to_vec();
    let (first, last) = (rows[0], rows[rows.len() - 1]);
    assert!(rows.len() > 1 && first == CREDIT, "{rows:?}");
    let mut next = |from: Option<usize>, back| {
        desk.act(Action::SelectRow(from));
        let (row, finding) = desk.bench.next_finding(back).expect("a finding");
        let worst = row.findings.iter().map(|one| one.severity).max();
        assert_eq!(Some(finding.severity), worst);
        row.index
    };
    assert_eq!(next(None, false), first);
    assert_eq!(next(None, true), last);
    assert_eq!(next(Some(0), false), first);
    assert_eq!(next(Some(0), true), last);
    assert_eq!(next(Some(first), false), rows[1]);
    assert_eq!(next(Some(last), false), first);
    assert_eq!(next(Some(first), true), last);
    assert_eq!(next(Some(last), true), rows[rows.len() - 2]);
    desk.act(Action::Filter(format!("row == {last}")));
    while desk.bench.filter_step() {}
    desk.act(Action::SelectRow(Some(0)));
    let hidden = desk.bench.next_finding(false);
    assert_eq!(
        hidden.map(|(row, _)| row.index),
        Some(last),
        "rows that are hidden are passed over"
    );
    assert!(Desk::topped_up().bench.next_finding(false).is_none());
}
