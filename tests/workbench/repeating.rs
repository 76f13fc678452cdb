//! A row once more: edited as plaintext, protected anew in the session that is open now.

use tapscope::apdu::Status;
use tapscope::card::CommMode;
use tapscope::ota::application::{AID, INITIAL_VALUE, file, key};
use tapscope::secure_messaging::Verdict;
use tapscope::transport::{Change, Flip};
use tapscope::workbench::{Action, Answer, Live, NoticeKind, Repeat, Standing};

use crate::support::desk::{Desk, lose_answer, on_the_way, tear};
use crate::support::readers::{Top, connected};

/// Rows of a top-up.
const GET_VALUE: usize = 3;
const CREDIT: usize = 4;
const COMMIT: usize = 6;

/// Neither session nor selection.
const UNKNOWN: Standing = Standing {
    selected: None,
    session: None,
};

fn repeat(desk: &Desk, row: usize) -> Repeat {
    desk.bench.repeat_of(row).expect("a row to repeat")
}

fn send(desk: &mut Desk, repeat: Repeat) {
    desk.act(Action::Repeat(Box::new(repeat)));
}

/// With another value in a field.
fn with(repeat: &Repeat, name: &str, typed: &str) -> Repeat {
    let fields = repeat.fields();
    let place = fields.iter().position(|field| field.name == name);
    let edited = repeat.with_field(place.expect("a field"), typed);
    edited.expect("it fits")
}

/// The last answer to the repeats of a row.
fn last(desk: &Desk, row: usize) -> Answer {
    let sending = desk.bench.sendings(row).last().expect("it was sent");
    sending.answer.clone().expect("it came back")
}

fn status(desk: &Desk, row: usize) -> String {
    match last(desk, row) {
        Answer::Replied { status, .. } => status.to_string(),
        other => panic!("an answer expected: {other:?}"),
    }
}

fn authenticate(key_no: u8) -> Action {
    Action::Authenticate { aid: AID, key_no }
}

fn last_row(desk: &Desk) -> usize {
    desk.bench.rows().len() - 1
}

#[test]
fn a_read_gives_the_same_plaintext_in_other_bytes() {
    let mut desk = Desk::topped_up();
    assert_eq!(desk.row(GET_VALUE).mode, Some(CommMode::Full));
    for _ in 0..2 {
        let before = repeat(&desk, GET_VALUE);
        send(&mut desk, before);
    }
    assert_eq!(desk.notices(), [""; 0]);
    let (first, second) = (desk.row(7), desk.row(8));
    assert_eq!(first.name(), "GetValue");
    assert_eq!(
        (first.ctr, second.ctr),
        (Some(4), Some(5)),
        "the counter goes on"
    );
    assert_eq!(first.response, second.response);
    let data = first.response.clone().expect("an answer");
    assert_eq!(data, (INITIAL_VALUE + 1000).to_le_bytes());
    let events = desk.bench.log().events();
    assert_ne!(first.framed_command(events), second.framed_command(events));
    assert_ne!(
        first.framed_response(events),
        second.framed_response(events)
    );
    for row in [first, second] {
        assert_eq!(row.verdicts.command_mac, Verdict::Ok);
        assert_eq!(row.verdicts.response_mac, Verdict::Ok);
        assert_eq!(desk.bench.note(row.index), Some("Repeat of row 3"));
    }
    let status = Status::Wrapped(0);
    assert_eq!(last(&desk, GET_VALUE), Answer::Replied { status, data });
    let rows: Vec<_> = desk.bench.sendings(GET_VALUE).map(|one| one.row).collect();
    assert_eq!(rows, [Some(7), Some(8)]);
    assert_eq!(desk.bench.sendings(CREDIT).count(), 0);
}

#[test]
fn a_credit_of_another_amount_changes_the_value_after_the_commit() {
    let mut desk = Desk::topped_up();
    let credit = with(&repeat(&desk, CREDIT), "Amount", "1234");
    send(&mut desk, credit);
    assert_eq!(desk.balance(), INITIAL_VALUE + 1000, "pending");
    let commit = repeat(&desk, COMMIT);
    send(&mut desk, commit);
    assert_eq!(desk.notices(), [""; 0]);
    assert_eq!(status(&desk, CREDIT), "9100");
    assert_eq!(status(&desk, COMMIT), "9100");
    assert_eq!(desk.balance(), INITIAL_VALUE + 1000 + 1234);
    assert_eq!(desk.bench.note(7), Some("Repeat of row 4, edited"));
    assert_eq!(desk.row(8).verdicts.tmv, Verdict::Ok);
    assert!(desk.bench.document().changed);
}

#[test]
fn without_a_session_the_refusal_is_the_answer() {
    let mut desk = Desk::topped_up();
    desk.act(Action::ResetCard);
    let credit = repeat(&desk, CREDIT);
    send(&mut desk, credit);
    assert_eq!(desk.notices(), [""; 0]);
    assert!(
        !status(&desk, CREDIT).ends_with("00"),
        "{}",
        status(&desk, CREDIT)
    );
    let row = desk.row(last_row(&desk));
    assert_eq!((row.name(), row.channel), ("Credit", Some("plain")));
    let frame = row.framed_command(desk.bench.log().events());
    assert_eq!(frame, repeat(&desk, CREDIT).frame.body(), "in plain");
    assert_eq!(desk.balance(), INITIAL_VALUE + 1000);
}

#[test]
fn a_row_of_an_older_session_is_protected_as_the_present_one() {
    let mut desk = Desk::new();
    desk.act(Action::OpenSample(5));
    let row = desk.names().iter().position(|name| *name == "GetValue");
    let row = row.expect("the top-up reads the value");
    assert_eq!(desk.row(row).channel, Some("ev1-aes"));
    desk.act(authenticate(key::TOP_UP));
    let differs = desk.bench.standing_differs(row).expect("another channel");
    assert_eq!(
        differs,
        format!(
            "Row {row} used key 3 of 014499 over EV1; the present session is key 3 of 014499 over EV2"
        )
    );
    assert_eq!(desk.bench.authenticate_as(row), None, "the key is the same");
    let value = repeat(&desk, row);
    send(&mut desk, value);
    let sent = desk.row(last_row(&desk));
    assert_eq!(sent.channel, Some("ev2"));
    assert_eq!(sent.verdicts.response_mac, Verdict::Ok);
    assert_eq!(
        sent.response.as_deref(),
        Some(&INITIAL_VALUE.to_le_bytes()[..])
    );
}

#[test]
fn a_header_out_of_range_is_refused_and_ends_the_session() {
    let mut desk = Desk::topped_up();
    let other = with(&repeat(&desk, GET_VALUE), "FileNo", "1F");
    send(&mut desk, other);
    assert_eq!(status(&desk, GET_VALUE), "91F0");
    assert_eq!(desk.bench.standing().session, None);
    assert_eq!(desk.notices(), [""; 0]);
}

#[test]
fn a_mode_is_kept_against_the_table_and_the_file() {
    for (row, mode) in [
        (CREDIT, CommMode::Mac),
        (CREDIT, CommMode::Plain),
        (COMMIT, CommMode::Full),
        (COMMIT, CommMode::Plain),
    ] {
        let mut desk = Desk::topped_up();
        let credit = repeat(&desk, CREDIT);
        send(&mut desk, credit);
        let mut other = repeat(&desk, row);
        other.mode = mode;
        let own = repeat(&desk, row).frame.body().len();
        send(&mut desk, other);
        let sent = desk.row(8).framed_command(desk.bench.log().events());
        let expected = match mode {
            CommMode::Plain => own,
            // Without data there is nothing to encipher.
            CommMode::Mac | CommMode::Full => own + 8,
        };
        assert_eq!(sent.len(), expected, "{row} {mode:?}");
        if row == CREDIT {
            assert_ne!(status(&desk, row), "9100", "{mode:?}");
        }
    }
}

#[test]
fn a_lost_answer_is_unknown() {
    let mut desk = Desk::topped_up();
    desk.act(lose_answer(0x6C));
    let value = repeat(&desk, GET_VALUE);
    send(&mut desk, value);
    assert_eq!(last(&desk, GET_VALUE), Answer::Lost);
    let row = desk.row(last_row(&desk));
    assert_eq!((row.name(), row.status), ("GetValue", None));
    assert_eq!(desk.bench.note(row.index), Some("Repeat of row 3"));
    assert_eq!(desk.bench.standing(), UNKNOWN);
    assert_eq!(
        desk.bench.standing_text(),
        "No session is open, an unknown application is selected: the command goes out in plain"
    );
}

#[test]
fn an_answer_that_is_not_believed_leaves_the_selection_unknown() {
    let mut desk = Desk::topped_up();
    let change = Change::FlipAnswer(Flip {
        byte: 0,
        from_end: false,
        mask: 1,
    });
    desk.act(on_the_way(0x6C, change));
    let value = repeat(&desk, GET_VALUE);
    send(&mut desk, value);
    assert!(matches!(last(&desk, GET_VALUE), Answer::Unbelieved(_)));
    assert_eq!(desk.bench.standing(), UNKNOWN);
}

#[test]
fn a_frame_as_it_is_leaves_the_selection_unknown() {
    let mut desk = Desk::topped_up();
    desk.act(Action::SendRaw(vec![0x90, 0x6C, 0, 0, 1, 3, 0]));
    assert_eq!(desk.bench.standing(), UNKNOWN);
}

#[test]
fn a_card_without_power_stands_at_picc_level() {
    let mut desk = Desk::topped_up();
    let credit = repeat(&desk, CREDIT);
    send(&mut desk, credit);
    desk.act(tear(0));
    let commit = repeat(&desk, COMMIT);
    send(&mut desk, commit);
    assert_eq!(last(&desk, COMMIT), Answer::Lost);
    assert_eq!(desk.bench.standing(), Standing::default());
}

/// A row of a frame as it is.
fn raw(desk: &mut Desk, bytes: &[u8]) -> usize {
    desk.act(Action::SendRaw(bytes.to_vec()));
    last_row(desk)
}

#[test]
fn an_edit_that_carries_a_key_is_not_sent() {
    let mut desk = Desk::topped_up();
    let row = raw(&mut desk, &[0x90, 0x5C, 0, 0, 2, 0, 1, 0]);
    let mut key = repeat(&desk, row);
    key.frame.header = vec![1];
    key.frame.data = (1..=25).collect();
    let rows = desk.bench.rows().len();
    send(&mut desk, key);
    assert_eq!(desk.bench.sendings(row).count(), 0);
    assert_eq!(desk.bench.rows().len(), rows);
    assert_eq!(
        desk.take_notice(NoticeKind::Warning),
        "Not sent: the edited command carries a key, which would stay readable beside the row"
    );
}

#[test]
fn what_never_went_out_was_not_sent() {
    let mut desk = Desk::topped_up();
    let value = repeat(&desk, GET_VALUE);
    let rows = desk.bench.rows().len();
    // The card leaves while the command waits for its worker.
    let sending = desk.bench.apply(Action::Repeat(Box::new(value)));
    desk.act(Action::PresentCard(false));
    desk.inline.run_all(&mut desk.bench, sending);
    let why = "No card in the field".to_owned();
    assert_eq!(desk.take_notice(NoticeKind::Warning), why);
    assert_eq!(last(&desk, GET_VALUE), Answer::NotSent(why));
    assert_eq!(desk.bench.rows().len(), rows);
    let sending = desk.bench.sendings(GET_VALUE).last();
    assert_eq!(sending.and_then(|sending| sending.row), None);
}

#[test]
fn what_erases_on_a_real_card_is_told_before() {
    let top = Top::default();
    let mut desk = connected(&top);
    let format = raw(&mut desk, &[0x90, 0xFC, 0, 0, 0]);
    let delete = raw(&mut desk, &[0x90, 0xDA, 0, 0, 3, 0x99, 0x44, 1, 0]);
    let file = raw(&mut desk, &[0x90, 0xDF, 0, 0, 1, 0x1F, 0]);
    let erases = |desk: &Desk, row| desk.bench.erases(&repeat(desk, row));
    assert_eq!(
        erases(&desk, format).as_deref(),
        Some("FormatPICC erases all applications on the real card 045A31C2 9B6180")
    );
    assert_eq!(
        erases(&desk, delete).as_deref(),
        Some("DeleteApplication erases 014499 on the real card 045A31C2 9B6180")
    );
    assert_eq!(erases(&desk, file), None);
    desk.act(Action::ChooseReader(0));
    assert_eq!(erases(&desk, format), None, "a card of ours");
}

#[test]
fn what_erases_says_so() {
    let mut desk = Desk::topped_up();
    for (bytes, expected) in [
        (
            &[0x90, 0xDA, 0, 0, 3, 1, 2, 3, 0][..],
            "DeleteApplication erases the application with its files and keys",
        ),
        (
            &[0x90, 0xDF, 0, 0, 1, 0x1F, 0],
            "DeleteFile erases the file",
        ),
        (
            &[0x90, 0xEB, 0, 0, 1, 0x1F, 0],
            "ClearRecordFile erases all records of the file at the commit",
        ),
        (
            &[0x90, 0xFC, 0, 0, 0],
            "FormatPICC erases all applications of the card",
        ),
    ] {
        let row = raw(&mut desk, bytes);
        assert_eq!(repeat(&desk, row).warning(), Some(expected));
    }
}

#[test]
fn a_worker_that_dies_leaves_an_unknown_answer() {
    let mut desk = Desk::topped_up();
    let value = repeat(&desk, GET_VALUE);
    let worker = desk.bench.reader().expect("a reader").worker;
    desk.inline.kill(worker);
    send(&mut desk, value);
    assert_eq!(last(&desk, GET_VALUE), Answer::Lost);
    desk.take_notice(NoticeKind::Failure);
}

#[test]
fn where_the_host_stands_is_said_before_sending() {
    let mut desk = Desk::topped_up();
    let session = Some(Live {
        channel: "ev2",
        key_no: Some(key::TOP_UP),
    });
    let selected = Some(AID);
    assert_eq!(desk.bench.standing(), Standing { selected, session });
    assert_eq!(desk.bench.standing_differs(CREDIT), None);
    assert_eq!(desk.bench.authenticate_as(CREDIT), None);
    assert_eq!(
        desk.bench.standing_text(),
        "The present session is key 3 of 014499 over EV2"
    );
    desk.act(authenticate(key::READ));
    assert_eq!(
        desk.bench.standing_differs(CREDIT).as_deref(),
        Some(
            "Row 4 used key 3 of 014499 over EV2; the present session is key 1 of 014499 over EV2"
        )
    );
    assert_eq!(
        desk.bench.authenticate_as(CREDIT),
        Some(Ok((AID, key::TOP_UP)))
    );
    desk.act(Action::PresentCard(false));
    desk.act(Action::PresentCard(true));
    assert_eq!(desk.bench.standing(), Standing::default());
    assert_eq!(
        desk.bench.standing_differs(CREDIT).as_deref(),
        Some(
            "Row 4 used key 3 of 014499 over EV2; no session is open, PICC level is selected, and the command goes out in plain"
        )
    );
    let mut keys = desk.bench.keyring().keys.iter();
    let place = keys.position(|entry| entry.key_no == key::TOP_UP);
    desk.act(Action::RemoveKey(place.expect("a key")));
    // Without its key the row is opaque, and can't be sent either.
    assert!(desk.bench.repeat_of(CREDIT).is_err());
}

#[test]
fn what_cannot_be_repeated_says_why() {
    let mut desk = Desk::topped_up();
    let refused = |desk: &Desk, row| {
        let why = desk.bench.repeat_of(row).expect_err("it can't be repeated");
        assert!(why.starts_with("Off, "), "{why}");
        why
    };
    assert!(refused(&desk, 2).contains("random numbers"));
    assert!(refused(&desk, 99).contains("no row"));
    assert!(repeat(&desk, 1).warning().is_some(), "a selection");
    assert_eq!(repeat(&desk, CREDIT).warning(), None);
    desk.act(Action::OpenSample(0));
    let named = |name: &str| desk.names().iter().position(|own| *own == name);
    let row = named("ChangeKey").expect("a personalisation changes keys");
    assert!(refused(&desk, row).contains("is a key"));
    let row = named("CreateTransactionMACFile").expect("it makes one");
    assert!(refused(&desk, row).contains("carries a key"));
}

#[test]
fn a_selection_ends_the_session_and_long_answers_are_joined() {
    let mut desk = Desk::topped_up();
    desk.act(Action::ListApplications);
    let row = desk.names().iter().position(|name| *name == "GetVersion");
    let row = row.expect("the list begins with it");
    let version = repeat(&desk, row);
    send(&mut desk, version);
    let expected = desk.row(row).response.clone();
    assert_eq!(desk.row(last_row(&desk)).response, expected);
    assert!(expected.is_some_and(|data| data.len() == 28));
    desk.act(Action::ReadFile {
        aid: AID,
        key_no: key::READ,
        file_no: file::HEADER,
    });
    let row = last_row(&desk);
    let read = repeat(&desk, row);
    send(&mut desk, read);
    assert_eq!(desk.row(row).response, desk.row(row + 1).response);
    let selection = repeat(&desk, 1);
    send(&mut desk, selection);
    assert_eq!(desk.bench.standing().session, None);
    assert_eq!(desk.bench.standing().selected, Some(AID));
    assert_eq!(desk.notices(), [""; 0]);
}

#[test]
fn a_card_on_the_desk_is_asked_again_like_one_of_ours() {
    let top = Top::default();
    let mut desk = connected(&top);
    desk.act(Action::TopUp { amount: 700 });
    let row = desk.names().iter().position(|name| *name == "GetValue");
    let row = row.expect("the top-up reads the value");
    let value = repeat(&desk, row);
    send(&mut desk, value.clone());
    let expected = (INITIAL_VALUE + 700).to_le_bytes();
    assert_eq!(
        desk.row(last_row(&desk)).response.as_deref(),
        Some(&expected[..])
    );
    assert_eq!(desk.notices(), [""; 0]);
    top.pull_at(0x6C);
    send(&mut desk, value);
    assert_eq!(last(&desk, row), Answer::Lost);
    desk.take_notice(NoticeKind::Warning);
    assert_eq!(desk.bench.standing(), Standing::default());
}

#[test]
fn another_trace_forgets_what_was_sent() {
    let mut desk = Desk::topped_up();
    let value = repeat(&desk, GET_VALUE);
    send(&mut desk, value);
    desk.act(Action::NewSession);
    assert_eq!(desk.bench.sendings(GET_VALUE).count(), 0);
    assert!(desk.bench.can_repeat().is_err());
}
