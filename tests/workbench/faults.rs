//! Faults that a user arms: what host and trace say, and that card and bench are usable afterwards.

use tapscope::ota::application::INITIAL_VALUE;
use tapscope::secure_messaging::Verdict;
use tapscope::trace::Exchange;
use tapscope::trace::Judgement;
use tapscope::transport::{Change, Flip};
use tapscope::workbench::{Action, Fault, NoticeKind};

use crate::support::desk::{Desk, lose_answer, on_the_way, tear};

/// One bit of a byte counted from the end.
const fn bit(byte: usize) -> Flip {
    Flip {
        byte,
        from_end: true,
        mask: 0x01,
    }
}

/// The row of a command, the last when there are several.
fn row<'a>(desk: &'a Desk, name: &str) -> &'a Exchange {
    let found = desk
        .bench
        .rows()
        .iter()
        .rev()
        .find(|row| row.name() == name);
    found.expect("the command")
}

/// The next top-up works, the card and the bench with it. A chain that broke off is answered `CA` once, as cards do.
fn goes_on(desk: &mut Desk) {
    let before = desk.balance();
    assert_eq!(desk.bench.can_send(), Ok(()));
    desk.act(Action::TopUp { amount: 500 });
    if desk.notices().iter().any(|text| text.contains("91CA")) {
        desk.take_notice(NoticeKind::Warning);
        assert_eq!(desk.balance(), before);
        desk.act(Action::TopUp { amount: 500 });
    }
    assert_eq!(desk.notices(), [""; 0]);
    assert_eq!(desk.balance(), before + 500);
    assert_eq!(desk.bench.reader().expect("a reader").faults, []);
}

#[test]
fn a_flipped_bit_in_a_command_is_refused_by_the_card() {
    let mut desk = Desk::new();
    // The last byte before Le is the MAC's.
    desk.act(on_the_way(0x0C, Change::FlipCommand(bit(1))));
    desk.act(Action::TopUp { amount: 1000 });
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(text.contains("Credit: 911E"), "{text}");
    let credit = row(&desk, "Credit");
    assert_eq!(Judgement::of(credit), Judgement::Refused);
    assert_eq!(credit.verdicts.command_mac, Verdict::Ok, "as it was sent");
    assert_eq!(desk.balance(), INITIAL_VALUE);
    goes_on(&mut desk);
}

#[test]
fn a_flipped_bit_in_an_answer_is_a_wrong_response_mac() {
    let mut desk = Desk::new();
    // Before the two status bytes.
    desk.act(on_the_way(0x6C, Change::FlipAnswer(bit(2))));
    desk.act(Action::TopUp { amount: 1000 });
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(
        text.starts_with("Stopped before the commit: response MAC is"),
        "{text}"
    );
    let read = row(&desk, "GetValue");
    assert_eq!(Judgement::of(read), Judgement::Wrong);
    assert_eq!(read.verdicts.response_mac, Verdict::Bad);
    assert!(
        read.findings
            .iter()
            .any(|finding| finding.text.contains("Response MAC wrong")),
        "{:?}",
        read.findings
    );
    assert_eq!(desk.balance(), INITIAL_VALUE);
    goes_on(&mut desk);
}

#[test]
fn an_answer_to_a_commit_that_does_not_fit_leaves_the_commit_unknown() {
    let mut desk = Desk::new();
    desk.act(on_the_way(0xC7, Change::FlipAnswer(bit(2))));
    desk.act(Action::TopUp { amount: 1000 });
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(text.contains("commit is unknown"), "{text}");
    assert!(text.contains("response MAC is"), "{text}");
    assert_eq!(desk.balance(), INITIAL_VALUE + 1000, "the card executed it");
    goes_on(&mut desk);
}

#[test]
fn a_forced_status_is_seen_as_the_cards() {
    let mut desk = Desk::new();
    desk.act(on_the_way(0x0C, Change::Status(0x919D)));
    desk.act(Action::TopUp { amount: 1000 });
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(text.contains("Credit: 919D"), "{text}");
    let credit = row(&desk, "Credit");
    assert_eq!(Judgement::of(credit), Judgement::Refused);
    assert_eq!(credit.status.expect("a status").to_string(), "919D");
    assert_eq!(desk.balance(), INITIAL_VALUE, "never committed");
    goes_on(&mut desk);
}

#[test]
fn a_forced_success_without_data_is_not_believed() {
    let mut desk = Desk::new();
    desk.act(on_the_way(0xC7, Change::Status(0x9100)));
    desk.act(Action::TopUp { amount: 1000 });
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(text.contains("commit is unknown"), "{text}");
    assert_eq!(desk.balance(), INITIAL_VALUE + 1000);
    goes_on(&mut desk);
}

#[test]
fn a_delay_shows_in_the_times_of_the_trace() {
    let mut desk = Desk::new();
    desk.act(on_the_way(0x0C, Change::Delay { ms: 250 }));
    desk.act(Action::TopUp { amount: 1000 });
    assert_eq!(desk.notices(), [""; 0]);
    let events = row(&desk, "Credit").events(desk.bench.log().events());
    let times: Vec<u64> = events.filter_map(|event| event.time_us).collect();
    assert_eq!(times[1] - times[0], 251_000);
    assert_eq!(desk.balance(), INITIAL_VALUE + 1000);
    goes_on(&mut desk);
}

#[test]
fn faults_wait_are_listed_happen_once_and_are_taken_back() {
    let mut desk = Desk::new();
    let faults = |desk: &Desk| desk.bench.reader().expect("a reader").faults.clone();
    desk.play([lose_answer(0xC7), tear(1000), lose_answer(0xC7)]);
    assert_eq!(faults(&desk).len(), 2, "an equal fault does not wait twice");
    desk.act(Action::ListApplications);
    assert_eq!(faults(&desk).len(), 2, "neither of its commands came");
    desk.act(Action::Disarm(Fault::Tear(1000)));
    assert_eq!(faults(&desk).len(), 1);
    desk.act(Action::PresentCard(false));
    desk.act(Action::ClearFaults);
    assert_eq!(faults(&desk), [], "also while the card is away");
    desk.act(Action::PresentCard(true));
    desk.act(lose_answer(0xC7));
    assert_eq!(faults(&desk).len(), 1);
    desk.act(Action::TopUp { amount: 1000 });
    desk.take_notice(NoticeKind::Warning);
    assert_eq!(faults(&desk), [], "used once");
    goes_on(&mut desk);
}

#[test]
fn any_byte_of_any_frame_may_flip() {
    let commands = [0x5A, 0x71, 0xAF, 0x6C, 0x0C, 0x3B, 0xC7];
    for ins in commands {
        for byte in 0..8 {
            for (in_command, from_end) in
                [(false, false), (false, true), (true, false), (true, true)]
            {
                let flip = Flip {
                    byte,
                    from_end,
                    mask: 0x10,
                };
                let change = if in_command {
                    Change::FlipCommand(flip)
                } else {
                    Change::FlipAnswer(flip)
                };
                let mut desk = Desk::new();
                desk.act(on_the_way(ins, change));
                desk.act(Action::TopUp { amount: 1000 });
                let balance = desk.balance();
                assert!(
                    balance == INITIAL_VALUE || balance == INITIAL_VALUE + 1000,
                    "{ins:02X} {change:?}: {balance}"
                );
                for notice in desk.bench.notices().to_vec() {
                    desk.act(Action::CloseNotice(notice.id));
                }
                desk.act(Action::ClearFaults);
                goes_on(&mut desk);
            }
        }
    }
}
