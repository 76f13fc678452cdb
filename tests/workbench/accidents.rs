//! What goes wrong in the field: the trace is kept, the bench stays usable.

use tapscope::ota::application::INITIAL_VALUE;
use tapscope::secure_messaging::Verdict;
use tapscope::trace::EventKind;
use tapscope::workbench::{Action, CardStart, NoticeKind};

use crate::support::desk::{Desk, lose_answer, tear};

#[test]
fn a_removed_card_is_missed_and_welcome_back() {
    let mut desk = Desk::topped_up();
    desk.act(Action::PresentCard(false));
    assert_eq!(desk.bench.can_send(), Err("Off, no card is in the field"));
    assert_eq!(desk.happenings(), [EventKind::FieldOff]);
    for action in [
        Action::TopUp { amount: 100 },
        Action::ListApplications,
        Action::SendRaw(vec![0x60]),
        tear(0),
    ] {
        desk.act(action);
        assert!(desk.take_notice(NoticeKind::Warning).contains("no card"));
    }
    assert_eq!(desk.bench.rows().len(), 7, "the trace is kept");
    assert_eq!(desk.balance(), INITIAL_VALUE + 1000);
    desk.act(Action::PresentCard(true));
    assert_eq!(desk.bench.can_send(), Ok(()));
    desk.act(Action::TopUp { amount: 100 });
    assert_eq!(desk.balance(), INITIAL_VALUE + 1100);
    assert_eq!(desk.bench.rows().len(), 14);
    assert!(desk.bench.rows().iter().all(|row| row.findings.is_empty()));
}

#[test]
fn the_field_goes_off_in_a_transaction() {
    use tapscope::ota::application::{AID, key};
    let mut desk = Desk::new();
    desk.play([
        Action::Authenticate {
            aid: AID,
            key_no: key::TOP_UP,
        },
        Action::PresentCard(false),
        Action::PresentCard(true),
        Action::TopUp { amount: 100 },
    ]);
    assert_eq!(desk.notices(), [""; 0]);
    assert_eq!(desk.balance(), INITIAL_VALUE + 100);
}

#[test]
fn an_empty_trace_stays_empty_when_the_card_goes() {
    let mut desk = Desk::new();
    desk.play([Action::PresentCard(false), Action::PresentCard(true)]);
    assert!(desk.bench.log().events().is_empty());
    assert!(!desk.bench.document().changed);
}

#[test]
fn a_torn_top_up_is_booked_or_not_and_the_next_one_works() {
    let mut torn = 0;
    let mut balances = Vec::new();
    for write in 0..200 {
        let mut desk = Desk::new();
        desk.act(tear(write));
        assert_eq!(desk.notices(), [""; 0]);
        desk.act(Action::TopUp { amount: 1000 });
        let happened = desk.happenings();
        if happened.is_empty() {
            assert_eq!(desk.balance(), INITIAL_VALUE + 1000);
            break;
        }
        torn += 1;
        assert_eq!(
            happened,
            [EventKind::Tear {
                after_writes: write
            }]
        );
        let text = desk.take_notice(NoticeKind::Warning);
        assert!(text.contains("the commit is unknown"), "{text}");
        let balance = desk.balance();
        assert!(
            balance == INITIAL_VALUE || balance == INITIAL_VALUE + 1000,
            "old or new, nothing between: {balance}"
        );
        balances.push(balance);
        desk.act(Action::TopUp { amount: 500 });
        assert_eq!(desk.notices(), [""; 0], "write {write}");
        assert_eq!(desk.balance(), balance + 500);
        assert!(
            desk.bench
                .rows()
                .iter()
                .all(|row| !row.verdicts.any(Verdict::Bad))
        );
    }
    assert!(torn > 1, "a commit has writes to tear");
    assert!(torn < 200, "and they end");
    assert!(balances.is_sorted(), "booked from some write on");
}

#[test]
fn the_lost_answer_of_a_commit_is_unknown() {
    let mut desk = Desk::new();
    desk.act(lose_answer(0xC7));
    // A job without that command leaves the fault where it is.
    desk.act(Action::ListApplications);
    desk.act(Action::TopUp { amount: 1000 });
    assert_eq!(desk.happenings(), [EventKind::Lost]);
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(text.contains("unknown"), "{text}");
    let row = desk.bench.rows().last().expect("rows");
    assert_eq!((row.name(), row.status), ("CommitTransaction", None));
    assert_eq!(desk.balance(), INITIAL_VALUE + 1000, "the card executed it");
    desk.act(Action::TopUp { amount: 500 });
    assert_eq!(desk.notices(), [""; 0], "the fault is used up");
    assert_eq!(desk.balance(), INITIAL_VALUE + 1500);
}

#[test]
fn the_lost_answer_before_a_commit_changes_nothing() {
    let mut desk = Desk::new();
    desk.act(lose_answer(0x0C));
    desk.act(Action::TopUp { amount: 1000 });
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(text.contains("was not committed"), "{text}");
    assert_eq!(desk.balance(), INITIAL_VALUE);
}

#[test]
fn a_dead_worker_is_told_and_replaced() {
    let mut desk = Desk::topped_up();
    desk.act(Action::CreateCard(CardStart::Blank));
    desk.act(Action::ChooseReader(0));
    let worker = desk.bench.reader().expect("a reader").worker;
    desk.act(tear(1000));
    desk.inline.kill(worker);
    desk.act(Action::TopUp { amount: 1 });
    let text = desk.take_notice(NoticeKind::Failure);
    assert!(text.contains("the trace is kept"), "{text}");
    assert_eq!(desk.bench.rows().len(), 7);
    let last = desk.bench.log().events().last().expect("an event");
    assert_eq!(last.kind, EventKind::FieldOff, "the card went with it");
    let why = desk.bench.can_send().expect_err("a dead worker");
    assert!(why.contains("worker ended"), "{why}");
    let faults = &desk.bench.reader().expect("a reader").faults;
    assert_eq!(faults, &[], "the faults went with it");
    desk.act(Action::TopUp { amount: 1 });
    desk.take_notice(NoticeKind::Warning);
    // The other card is usable.
    desk.act(Action::ChooseReader(1));
    assert_eq!(desk.bench.can_send(), Ok(()));
    desk.act(Action::Personalise);
    assert_eq!(desk.notices(), [""; 0]);
    // The card with the dead worker is put into the field again, as it was.
    desk.act(Action::ChooseReader(0));
    desk.act(Action::PresentCard(true));
    assert_eq!(desk.bench.can_send(), Ok(()));
    desk.act(Action::TopUp { amount: 1 });
    assert_eq!(desk.notices(), [""; 0]);
    assert_eq!(desk.balance(), INITIAL_VALUE + 1001);
}

#[test]
fn reports_of_a_removed_reader_are_nobodys() {
    use tapscope::workbench::{Report, ReportKind};
    let mut desk = Desk::topped_up();
    let before = desk.bench.log().events().len();
    desk.bench.absorb(Report {
        worker: 99,
        kind: ReportKind::Died("gone".into()),
    });
    assert_eq!(desk.notices(), [""; 0]);
    assert_eq!(desk.bench.log().events().len(), before);
}
