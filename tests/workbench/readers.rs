//! Readers on the desk: cards that come, are pulled off and come back.

use tapscope::card::identity::Uid;
use tapscope::secure_messaging::Verdict;
use tapscope::trace::{Event, EventKind};
use tapscope::transport::ReaderError;
use tapscope::transport::pcsc::News;
use tapscope::workbench::{Action, NoticeKind, Report, ReportKind};

use crate::support::demo;
use crate::support::desk::Desk;
use crate::support::readers::{ATR, Top, connected, desk_with, name, sharing, tell};

/// Which cards the trace names, and where the field went off, in order.
fn presence(desk: &Desk) -> Vec<String> {
    let events = desk.bench.log().events().iter();
    let shown = events.filter_map(|event| match &event.kind {
        EventKind::Card(card) => Some(format!("{} {}", event.reader, card.reader)),
        EventKind::FieldOff => Some(format!("{} off", event.reader)),
        EventKind::Reset => Some(format!("{} reset", event.reader)),
        _ => None,
    });
    shown.collect()
}

/// The monitor saw a card come.
fn came() -> News {
    News::CardCame {
        reader: name(),
        atr: ATR.to_vec(),
    }
}

fn all_verified(desk: &Desk) {
    for row in desk.bench.rows() {
        for verdict in [Verdict::Bad, Verdict::Unknown] {
            assert!(!row.verdicts.any(verdict), "{} {verdict:?}", row.name());
        }
    }
}

#[test]
fn a_card_on_the_desk_is_identified_and_topped_up() {
    let top = Top::default();
    let mut desk = connected(&top);
    assert_eq!(desk.notices(), [""; 0]);
    let reader = desk.bench.reader().expect("a reader");
    let identity = reader.identity.as_ref().expect("an identity");
    assert_eq!(identity.text(), "MIFARE DESFire EV3, 4 KB");
    assert_eq!(identity.uid, Uid::Fixed(demo::UID.to_vec()));
    assert_eq!(desk.names(), ["GetData", "GetVersion"]);
    desk.act(Action::TopUp { amount: 700 });
    assert_eq!(desk.notices(), [""; 0]);
    all_verified(&desk);
    let row = desk.row(desk.names().len() - 1);
    let presented = row.presented(desk.bench.log().events()).expect("a card");
    assert_eq!(
        (presented.reader.as_str(), &presented.atr[..]),
        ("Desk 00", &ATR[..])
    );
    assert!(row.time_us.is_some());
    // What the session's file says of it is read back.
    let path = desk.path("desk.json");
    desk.act(Action::SaveSession(Some(path.clone())));
    let rows = desk.names();
    desk.act(Action::OpenSession(path));
    assert_eq!(desk.names(), rows);
    let row = desk.row(0);
    let presented = row.presented(desk.bench.log().events()).expect("a card");
    assert_eq!(presented.reader, "Desk 00");
}

#[test]
fn a_pulled_card_ends_the_session_and_the_next_one_is_connected_by_itself() {
    let top = Top::default();
    let mut desk = connected(&top);
    let gone = top.pull();
    tell(&mut desk, gone);
    assert_eq!(desk.bench.can_send(), Err("Off, no card is in the field"));
    let came = top.put(6);
    tell(&mut desk, came);
    assert_eq!(desk.bench.can_send(), Ok(()));
    assert_eq!(presence(&desk), ["0 Desk 00", "0 off", "0 Desk 00"]);
    desk.act(Action::Spend { amount: 300 });
    assert_eq!(desk.notices(), [""; 0]);
    all_verified(&desk);
}

#[test]
fn a_card_pulled_in_mid_run_keeps_the_trace_and_says_what_is_known() {
    for (ins, text) in [
        (
            0x6C,
            "Stopped before the commit: the card was taken out of the reader Desk 00",
        ),
        (
            0xC7,
            "The commit is unknown: the card was taken out of the reader Desk 00. Read the TMC to \
             decide",
        ),
    ] {
        let top = Top::default();
        let mut desk = connected(&top);
        top.pull_at(ins);
        desk.act(Action::TopUp { amount: 700 });
        assert_eq!(desk.take_notice(NoticeKind::Warning), text);
        assert!(desk.bench.can_send().is_err());
        assert_eq!(presence(&desk), ["0 Desk 00", "0 off"]);
        // The monitor notices it, too: nothing is told twice.
        tell(&mut desk, News::CardGone(name()));
        assert_eq!(presence(&desk), ["0 Desk 00", "0 off"]);
        let came = top.put(7);
        tell(&mut desk, came);
        desk.act(Action::TopUp { amount: 700 });
        assert_eq!(desk.notices(), [""; 0]);
    }
}

#[test]
fn a_reset_by_another_program_is_an_event_and_the_card_stays() {
    let top = Top::default();
    let mut desk = connected(&top);
    top.reset_at(0x6C);
    desk.act(Action::TopUp { amount: 700 });
    assert_eq!(
        desk.take_notice(NoticeKind::Warning),
        "Stopped before the commit: another program reset the card in the reader Desk 00: its \
         session is gone"
    );
    assert_eq!(presence(&desk), ["0 Desk 00", "0 reset"]);
    desk.act(Action::TopUp { amount: 700 });
    assert_eq!(desk.notices(), [""; 0]);
}

#[test]
fn a_shared_card_that_another_program_reset_is_used_again() {
    let top = Top::default();
    let mut desk = sharing(&top);
    desk.act(Action::Authenticate {
        aid: tapscope::ota::application::AID,
        key_no: 1,
    });
    top.reset();
    desk.act(Action::TopUp { amount: 700 });
    assert_eq!(
        desk.take_notice(NoticeKind::Warning),
        "Stopped before the commit: another program reset the card in the reader Desk 00: its \
         session is gone"
    );
    assert_eq!(presence(&desk), ["0 Desk 00", "0 reset"]);
    desk.act(Action::TopUp { amount: 700 });
    assert_eq!(desk.notices(), [""; 0]);
    // The monitor may take the reset for a card that left, or for a new one.
    for news in [News::CardGone(name()), came()] {
        top.reset();
        tell(&mut desk, news);
        assert_eq!(desk.bench.can_send(), Ok(()));
    }
    let resets = ["0 Desk 00", "0 reset", "0 reset", "0 reset"];
    assert_eq!(presence(&desk), resets);
    desk.act(Action::Spend { amount: 300 });
    assert_eq!(desk.notices(), [""; 0]);
    all_verified(&desk);
}

#[test]
fn a_shared_card_pulled_in_mid_run_leaves_the_field_once() {
    let top = Top::default();
    let mut desk = sharing(&top);
    top.pull_at(0x6C);
    desk.act(Action::TopUp { amount: 700 });
    assert_eq!(
        desk.take_notice(NoticeKind::Warning),
        "Stopped before the commit: the card was taken out of the reader Desk 00"
    );
    assert!(desk.bench.can_send().is_err());
    tell(&mut desk, News::CardGone(name()));
    assert_eq!(presence(&desk), ["0 Desk 00", "0 off"]);
    let came = top.put(7);
    tell(&mut desk, came);
    desk.act(Action::TopUp { amount: 700 });
    assert_eq!(desk.notices(), [""; 0]);
}

#[test]
fn a_card_swapped_unnoticed_is_not_booked_on_the_one_before() {
    let top = Top::default();
    let mut desk = connected(&top);
    let _unnoticed = top.pull();
    let came = top.put(6);
    tell(&mut desk, came);
    assert_eq!(presence(&desk), ["0 Desk 00", "0 off", "0 Desk 00"]);
    assert_eq!(desk.bench.can_send(), Ok(()));
}

#[test]
fn a_service_that_restarts_finds_the_reader_connected_again() {
    let top = Top::default();
    let mut desk = connected(&top);
    let rows = desk.names().len();
    // pcscd ends: the readers go, with their cards.
    let gone = top.pull();
    tell(&mut desk, gone);
    tell(&mut desk, News::ReaderGone(name()));
    tell(&mut desk, News::Trouble(ReaderError::NoService));
    assert!(
        desk.bench
            .desk_trouble()
            .is_some_and(|text| text.contains("not running"))
    );
    assert_eq!(desk.bench.can_send(), Err("Off, the reader is unplugged"));
    assert_eq!(desk.names().len(), rows, "the trace is kept");
    let came = top.put(8);
    for news in [News::Ready, News::ReaderCame(name()), came] {
        tell(&mut desk, news);
    }
    assert_eq!(desk.bench.desk_trouble(), None);
    assert_eq!(desk.bench.can_send(), Ok(()));
    desk.act(Action::TopUp { amount: 700 });
    assert_eq!(desk.notices(), [""; 0]);
}

#[test]
fn a_reader_that_nobody_used_leaves_the_list_with_its_plug() {
    let mut desk = desk_with(&Top::default());
    assert_eq!(desk.bench.readers().len(), 2);
    desk.act(Action::ChooseReader(1));
    assert_eq!(desk.bench.can_send(), Err("Off, connect to the card first"));
    desk.act(Action::Connect);
    assert_eq!(
        desk.take_notice(NoticeKind::Warning),
        "Off, no card lies on the reader"
    );
    tell(&mut desk, News::ReaderGone(name()));
    assert_eq!(desk.bench.readers().len(), 1);
    assert_eq!(desk.bench.chosen(), 0);
}

#[test]
fn a_card_that_left_before_it_was_connected_to_is_a_sentence() {
    let top = Top::default();
    let mut desk = desk_with(&top);
    let came = top.put(5);
    tell(&mut desk, came);
    desk.act(Action::ChooseReader(1));
    // The monitor has not noticed yet.
    let _late = top.pull();
    desk.act(Action::Connect);
    assert_eq!(
        desk.take_notice(NoticeKind::Warning),
        "There is no card in the reader Desk 00"
    );
    assert!(desk.bench.can_send().is_err());
}

#[test]
fn letting_go_of_a_card_ends_its_session_in_the_trace() {
    let top = Top::default();
    let mut desk = connected(&top);
    desk.act(Action::Disconnect);
    assert_eq!(presence(&desk), ["0 Desk 00", "0 off"]);
    assert_eq!(desk.bench.can_send(), Err("Off, connect to the card first"));
    // A card that comes now is not touched.
    let rows = desk.names().len();
    for news in [top.pull(), top.put(9)] {
        tell(&mut desk, news);
    }
    assert_eq!(desk.names().len(), rows);
    desk.act(Action::Connect);
    assert_eq!(presence(&desk), ["0 Desk 00", "0 off", "0 Desk 00"]);
}

#[test]
fn a_reader_is_not_let_go_between_a_command_and_its_answer() {
    let top = Top::default();
    let mut desk = connected(&top);
    let running = desk.bench.apply(Action::TopUp { amount: 700 });
    for action in [Action::Disconnect, Action::RemoveReader(1)] {
        desk.act(action);
        let text = desk.take_notice(NoticeKind::Warning);
        assert_eq!(text, "Off, a job runs on this reader");
    }
    desk.inline.run_all(&mut desk.bench, running);
    assert_eq!(desk.notices(), [""; 0]);
    assert_eq!(presence(&desk), ["0 Desk 00"]);
    all_verified(&desk);
    desk.act(Action::Disconnect);
    assert_eq!(presence(&desk), ["0 Desk 00", "0 off"]);
}

#[test]
fn what_a_worker_says_that_was_let_go_of_is_nobodys() {
    let top = Top::default();
    let mut desk = desk_with(&top);
    let came = top.put(5);
    tell(&mut desk, came);
    desk.act(Action::ChooseReader(1));
    // Its worker hangs at the connection: nothing was said to a card yet.
    let _hangs = desk.bench.apply(Action::Connect);
    let old = desk.bench.reader().expect("a reader").worker;
    desk.act(Action::Disconnect);
    desk.act(Action::Connect);
    desk.act(Action::TopUp { amount: 700 });
    let events = desk.bench.log().events().to_vec();
    let late = [
        ReportKind::Event(Event::new(EventKind::FieldOff)),
        ReportKind::Left,
        ReportKind::Died("late".into()),
    ];
    for kind in late {
        let worker = old;
        desk.bench.absorb(Report { worker, kind });
    }
    assert_eq!(desk.notices(), [""; 0]);
    assert_eq!(desk.bench.log().events(), events);
    assert_eq!(desk.bench.can_send(), Ok(()));
}

#[test]
fn live_rows_after_an_opened_session_name_their_card() {
    let top = Top::default();
    let mut desk = connected(&top);
    let path = desk.path("opened.json");
    desk.act(Action::SaveSession(Some(path.clone())));
    desk.act(Action::OpenSession(path));
    desk.act(Action::Spend { amount: 100 });
    assert_eq!(presence(&desk), ["0 Desk 00", "1 Desk 00"]);
    let last = desk.row(desk.names().len() - 1);
    let presented = last.presented(desk.bench.log().events());
    assert_eq!(presented.expect("a card").atr, ATR);
    // What comes while a trace is read: the card that lay there then is named, not the one that lies there now.
    let reading = desk.bench.apply(Action::OpenSample(1));
    desk.act(Action::Spend { amount: 100 });
    let gone = top.pull();
    tell(&mut desk, gone);
    desk.inline.run_all(&mut desk.bench, reading);
    assert_eq!(presence(&desk), ["2 Desk 00", "2 off"]);
    let last = desk.row(desk.names().len() - 1);
    let presented = last.presented(desk.bench.log().events());
    assert_eq!(presented.expect("a card").atr, ATR);
}

#[test]
fn sessions_at_two_readers_do_not_mix() {
    let top = Top::default();
    let mut desk = connected(&top);
    let authenticate = || Action::Authenticate {
        aid: tapscope::ota::application::AID,
        key_no: 1,
    };
    desk.act(authenticate());
    desk.act(Action::ChooseReader(0));
    desk.act(authenticate());
    desk.act(Action::TopUp { amount: 700 });
    desk.act(Action::ChooseReader(1));
    desk.act(Action::Spend { amount: 100 });
    assert_eq!(desk.notices(), [""; 0]);
    all_verified(&desk);
    assert_eq!(presence(&desk), ["0 Desk 00", "1 EV3 card"]);
    let readers: Vec<u16> = desk.bench.rows().iter().map(|row| row.reader).collect();
    assert!(!readers.is_sorted() && readers.contains(&1), "{readers:?}");
    // A new trace names the card again, before its first exchange.
    desk.act(Action::NewSession);
    desk.act(Action::Spend { amount: 100 });
    assert_eq!(presence(&desk), ["0 Desk 00"]);
    all_verified(&desk);
}
