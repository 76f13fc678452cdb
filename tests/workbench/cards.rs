//! What can be done with a card, and with the readers.

use tapscope::apdu::Status;
use tapscope::card::product::Product;
use tapscope::card::{Aid, CommMode, KeyType};
use tapscope::crypto::Secret;
use tapscope::keyring::{Diversification, KeyEntry, Scope, Use};
use tapscope::ota::application::{AID, INITIAL_VALUE, UPPER_LIMIT, file, key};
use tapscope::secure_messaging::Verdict;
use tapscope::trace::Lane;
use tapscope::virtual_card::Image;
use tapscope::workbench::{Action, CardStart, NoticeKind, ReplayTarget};

use crate::support::desk::Desk;

const TOP_UP_ROWS: [&str; 7] = [
    "GetData",
    "SelectApplication",
    "AuthenticateEV2First",
    "GetValue",
    "Credit",
    "WriteRecord",
    "CommitTransaction",
];

#[test]
fn a_top_up_fills_the_trace_with_verified_rows() {
    let mut desk = Desk::new();
    assert_eq!(desk.balance(), INITIAL_VALUE);
    assert!(!desk.bench.document().changed);
    desk.act(Action::TopUp { amount: 1000 });
    assert_eq!(desk.names(), TOP_UP_ROWS);
    assert_eq!(desk.notices(), [""; 0]);
    for row in desk.bench.rows() {
        assert!(row.findings.is_empty(), "{row:?}");
        assert!(!row.verdicts.any(Verdict::Bad), "{row:?}");
        assert!(!row.verdicts.any(Verdict::Unknown), "{row:?}");
    }
    assert_eq!(desk.row(2).verdicts.auth_host, Verdict::Ok);
    assert_eq!(desk.row(2).verdicts.auth_card, Verdict::Ok);
    assert_eq!(desk.row(6).mode, Some(CommMode::Mac));
    for row in &desk.bench.rows()[3..6] {
        assert_eq!(row.mode, Some(CommMode::Full));
    }
    for row in &desk.bench.rows()[3..] {
        assert_eq!(row.verdicts.command_mac, Verdict::Ok, "{}", row.name());
        assert_eq!(row.verdicts.response_mac, Verdict::Ok, "{}", row.name());
    }
    assert_eq!(desk.row(6).verdicts.tmv, Verdict::Ok);
    assert_eq!(desk.balance(), INITIAL_VALUE + 1000);
    assert!(desk.bench.document().changed);
    assert_eq!(desk.bench.selected(), Some(6), "the newest row is followed");
}

#[test]
fn a_spend_follows_on_the_terminal_lane() {
    let mut desk = Desk::topped_up();
    desk.act(Action::Spend { amount: 250 });
    assert_eq!(desk.balance(), INITIAL_VALUE + 1000 - 250);
    let spent = &desk.bench.rows()[7..];
    assert!(spent.iter().all(|row| row.lane == Lane::Terminal));
    assert!(spent.iter().any(|row| row.name() == "Debit"));
    assert!(spent.iter().all(|row| row.findings.is_empty()));
    assert_eq!(
        spent.last().map(|row| row.verdicts.tmv),
        Some(Verdict::Ok),
        "the second transaction's TMV fits too"
    );
    let times: Vec<_> = desk.bench.rows().iter().map(|row| row.time_us).collect();
    assert!(times.is_sorted(), "one clock for all jobs: {times:?}");
}

#[test]
fn amounts_that_cannot_be_booked_change_nothing() {
    let mut desk = Desk::new();
    let before = desk.image().clone();
    desk.act(Action::TopUp {
        amount: UPPER_LIMIT,
    });
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(text.contains("at most 48000 expected"), "{text}");
    desk.act(Action::TopUp { amount: 0 });
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(text.contains("1 or more expected"), "{text}");
    desk.act(Action::Spend {
        amount: INITIAL_VALUE + 1,
    });
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(
        text.contains("refused") || text.contains("amount"),
        "{text}"
    );
    assert_eq!(*desk.image(), before);
    desk.act(Action::TopUp { amount: 1 });
    assert_eq!(desk.balance(), INITIAL_VALUE + 1);
    assert!(desk.bench.notices().is_empty());
}

#[test]
fn applications_and_files_are_listed() {
    let mut desk = Desk::new();
    desk.act(Action::ListApplications);
    assert_eq!(desk.notices(), [""; 0]);
    let names = desk.names();
    for expected in ["GetVersion", "GetApplicationIDs", "GetFileIDs"] {
        assert!(names.contains(&expected), "{expected} in {names:?}");
    }
    let settings = names.iter().filter(|name| **name == "GetFileSettings");
    assert_eq!(settings.count(), 5);
}

#[test]
fn a_file_is_read_after_authentication() {
    let mut desk = Desk::new();
    desk.act(Action::ReadFile {
        aid: AID,
        key_no: key::READ,
        file_no: file::HEADER,
    });
    assert_eq!(desk.notices(), [""; 0]);
    let row = desk.bench.rows().last().expect("rows");
    assert_eq!(row.name(), "ReadData");
    assert_eq!(row.response.as_ref().map(Vec::len), Some(128));
    assert_eq!(row.verdicts.response_mac, Verdict::Ok);
    desk.act(Action::ReadFile {
        aid: AID,
        key_no: key::READ,
        file_no: 0x1F,
    });
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(text.contains("refused"), "{text}");
    desk.act(Action::ReadFile {
        aid: AID,
        key_no: 9,
        file_no: file::HEADER,
    });
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(text.contains("No key 9"), "{text}");
}

#[test]
fn an_authenticated_session_stays_open_until_the_field_goes_off() {
    let mut desk = Desk::new();
    let authenticate = Action::Authenticate {
        aid: AID,
        key_no: key::READ,
    };
    desk.act(authenticate.clone());
    assert_eq!(
        desk.names(),
        ["GetData", "SelectApplication", "AuthenticateEV2First"]
    );
    desk.act(Action::ListApplications);
    assert_eq!(desk.notices(), [""; 0]);
    let wrong = |desk: &Desk| {
        let rows = desk.bench.rows().iter();
        rows.filter(|row| row.verdicts.any(Verdict::Bad)).count()
    };
    assert_eq!(wrong(&desk), 0);
    desk.play([
        authenticate,
        Action::PresentCard(false),
        Action::PresentCard(true),
        Action::SendRaw(vec![0x90, 0x60, 0x00, 0x00, 0x00]),
        Action::SendRaw(vec![0x90, 0xAF, 0x00, 0x00, 0x00]),
        Action::SendRaw(vec![0x90, 0xAF, 0x00, 0x00, 0x00]),
    ]);
    let row = desk.bench.rows().last().expect("rows");
    assert_eq!(
        row.channel,
        Some("plain"),
        "no session after the field went off"
    );
    assert_eq!(wrong(&desk), 0);
}

#[test]
fn a_raw_frame_into_a_session_does_not_confuse_what_follows() {
    let mut desk = Desk::new();
    desk.play([
        Action::Authenticate {
            aid: AID,
            key_no: key::READ,
        },
        Action::SendRaw(vec![0x90, 0x6A, 0x00, 0x00, 0x00]),
        Action::ListApplications,
    ]);
    assert_eq!(desk.notices(), [""; 0]);
    assert_eq!(
        desk.bench
            .rows()
            .iter()
            .filter(|row| !row.findings.is_empty())
            .count(),
        1
    );
}

#[test]
fn a_raw_frame_goes_out_as_it_is() {
    let mut desk = Desk::new();
    desk.act(Action::SendRaw(vec![0x90, 0x60, 0x00, 0x00, 0x00]));
    assert_eq!(desk.bench.log().events().len(), 2);
    // GetVersion answers in three frames; the first one asks to go on.
    desk.act(Action::SendRaw(vec![0x90, 0xAF, 0x00, 0x00, 0x00]));
    desk.act(Action::SendRaw(vec![0x90, 0xAF, 0x00, 0x00, 0x00]));
    assert_eq!(desk.names(), ["GetVersion"]);
    assert!(desk.row(0).status.is_some_and(Status::is_success));
    desk.act(Action::SendRaw(vec![0x90, 0xFF, 0x00, 0x00, 0x00]));
    assert_eq!(desk.bench.rows().len(), 2);
    assert!(!desk.row(1).status.is_some_and(Status::is_success));
    assert_eq!(desk.notices(), [""; 0], "a refusal is an answer, no error");
    desk.act(Action::SendRaw(Vec::new()));
    desk.act(Action::TopUp { amount: 100 });
    assert_eq!(desk.balance(), INITIAL_VALUE + 100);
}

#[test]
fn values_are_edited_within_their_limits() {
    let mut desk = Desk::new();
    let set = |value| Action::EditValue {
        aid: AID,
        file_no: file::VALUE,
        value,
    };
    desk.act(set(49_999));
    assert_eq!(desk.balance(), 49_999);
    desk.act(Action::TopUp { amount: 2 });
    assert!(desk.take_notice(NoticeKind::Warning).contains("at most 1"));
    desk.act(set(UPPER_LIMIT + 1));
    desk.take_notice(NoticeKind::Warning);
    assert_eq!(desk.balance(), 49_999);
    desk.act(Action::TopUp { amount: 1 });
    assert_eq!(desk.balance(), UPPER_LIMIT);
}

#[test]
fn a_kept_state_comes_back() {
    let mut desk = Desk::new();
    desk.act(Action::Restore);
    assert_eq!(desk.notices(), [""; 0], "nothing was kept, nothing happens");
    desk.act(Action::Snapshot);
    let before = desk.image().clone();
    desk.act(Action::TopUp { amount: 1000 });
    assert_ne!(*desk.image(), before);
    desk.act(Action::Restore);
    assert_eq!(*desk.image(), before);
    assert_eq!(desk.bench.rows().len(), 7, "the trace is kept");
    desk.act(Action::TopUp { amount: 300 });
    assert_eq!(desk.balance(), INITIAL_VALUE + 300);
    assert!(desk.bench.rows().iter().all(|row| row.findings.is_empty()));
}

#[test]
fn a_blank_card_is_personalised_and_topped_up() {
    let mut desk = Desk::new();
    desk.act(Action::CreateCard(CardStart::Blank));
    assert_eq!(desk.bench.chosen(), 1);
    assert!(desk.image().applications.is_empty());
    desk.act(Action::TopUp { amount: 1000 });
    let text = desk.take_notice(NoticeKind::Warning);
    assert!(text.contains("refused SelectApplication"), "{text}");
    desk.act(Action::Personalise);
    assert_eq!(desk.notices(), [""; 0]);
    desk.act(Action::TopUp { amount: 1000 });
    assert_eq!(desk.notices(), [""; 0]);
    assert_eq!(desk.balance(), INITIAL_VALUE + 1000);
    assert!(
        desk.bench
            .rows()
            .iter()
            .all(|row| !row.verdicts.any(Verdict::Bad))
    );
    desk.act(Action::ChooseReader(0));
    assert_eq!(desk.balance(), INITIAL_VALUE, "the other card is untouched");
}

/// The key that every card is delivered with (DESFire reference §2.6): DES, all zero.
fn delivered_key() -> KeyEntry {
    KeyEntry {
        label: "as delivered".into(),
        scope: Scope::Application(Aid::PICC),
        key_no: 0,
        key_set: 0,
        usage: Use::Auth,
        file_no: None,
        key_type: KeyType::Des,
        version: 0,
        value: Secret::new([0; 8]),
        diversification: Diversification::None,
    }
}

#[test]
fn a_card_as_delivered_is_authenticated_to_by_the_type_of_its_key() {
    for product in [
        Product::DesfireEv1,
        Product::DesfireEv2_8k,
        Product::DesfireEv3_2k,
    ] {
        let mut desk = Desk::new();
        let mut aes = desk.bench.keyring().keys.iter();
        let aes = aes.position(|key| key.scope == Scope::Application(Aid::PICC));
        desk.play([
            Action::RemoveKey(aes.expect("the demo's PICC key")),
            Action::AddKey(delivered_key()),
            Action::CreateCard(CardStart::Factory(product)),
        ]);
        desk.act(Action::Authenticate {
            aid: Aid::PICC,
            key_no: 0,
        });
        assert_eq!(desk.notices(), [""; 0], "{}", product.name());
        let last = desk.row(desk.names().len() - 1);
        assert_eq!(last.name(), "AuthenticateISO", "{}", product.name());
        assert_eq!(last.verdicts.auth_card, Verdict::Ok);
        assert_eq!(last.verdicts.auth_host, Verdict::Ok);
    }
}

#[test]
fn an_aes_key_of_an_ev1_card_goes_with_its_own_authentication() {
    let mut desk = Desk::new();
    let mut keys = desk.bench.keyring().keys.iter();
    let key = keys.find(|key| key.scope == Scope::Application(Aid::PICC));
    let key = key.and_then(|key| key.value.aes128());
    let uid = [0x04, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66];
    let image = Image::blank(Product::DesfireEv1, uid, key.expect("the demo's PICC key"));
    desk.act(Action::CreateCard(CardStart::Image(Box::new(image))));
    desk.act(Action::Authenticate {
        aid: Aid::PICC,
        key_no: 0,
    });
    assert_eq!(desk.notices(), [""; 0]);
    let last = desk.row(desk.names().len() - 1);
    assert_eq!(
        (last.name(), last.channel),
        ("AuthenticateAES", Some("ev1-aes"))
    );
    assert_eq!(last.verdicts.auth_card, Verdict::Ok);
}

#[test]
fn an_image_goes_through_a_file() {
    let mut desk = Desk::topped_up();
    let path = desk.path("card.json");
    desk.act(Action::SaveImage(path.clone()));
    desk.take_notice(NoticeKind::Info);
    desk.act(Action::LoadImage(path));
    assert_eq!(desk.bench.readers().len(), 2);
    assert_eq!(desk.bench.chosen(), 1);
    assert_eq!(desk.balance(), INITIAL_VALUE + 1000);
    let image = |index: usize| {
        desk.bench.readers()[index]
            .embedded()
            .map(|card| &card.image)
    };
    assert!(image(0).is_some());
    assert_eq!(image(0), image(1));
    desk.act(Action::TopUp { amount: 500 });
    assert_eq!(desk.balance(), INITIAL_VALUE + 1500);
    let broken = desk.path("broken.json");
    std::fs::write(&broken, "{\"format\":").expect("written");
    desk.act(Action::LoadImage(broken));
    desk.take_notice(NoticeKind::Failure);
    desk.act(Action::LoadImage(desk.path("missing.json")));
    desk.take_notice(NoticeKind::Failure);
    assert_eq!(desk.bench.readers().len(), 2);
}

#[test]
fn the_chosen_reader_stays_chosen_when_another_goes() {
    let mut desk = Desk::new();
    desk.act(Action::CreateCard(CardStart::Blank));
    desk.act(Action::CreateCard(CardStart::Demo));
    desk.act(Action::ChooseReader(1));
    let chosen = desk.bench.reader().map(|reader| reader.id);
    desk.act(Action::RemoveReader(0));
    assert_eq!(desk.bench.reader().map(|reader| reader.id), chosen);
    desk.act(Action::RemoveReader(7));
    desk.act(Action::ChooseReader(7));
    assert_eq!(desk.bench.reader().map(|reader| reader.id), chosen);
    desk.act(Action::RemoveReader(0));
    desk.act(Action::RemoveReader(0));
    assert!(desk.bench.reader().is_none());
    assert_eq!(desk.bench.can_send(), Err("Off, there is no reader"));
    desk.act(Action::TopUp { amount: 1 });
    desk.take_notice(NoticeKind::Warning);
    desk.act(Action::CreateCard(CardStart::Demo));
    desk.act(Action::TopUp { amount: 1 });
    assert_eq!(desk.balance(), INITIAL_VALUE + 1);
}

#[test]
fn readers_of_one_kind_have_different_names() {
    let mut desk = Desk::new();
    for _ in 0..2 {
        desk.act(Action::CreateCard(CardStart::Demo));
    }
    desk.act(Action::RemoveReader(0));
    desk.act(Action::CreateCard(CardStart::Demo));
    let mut names: Vec<_> = desk
        .bench
        .readers()
        .iter()
        .map(|reader| &reader.name)
        .collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[test]
fn the_trace_of_a_card_as_delivered_is_replayed_on_such_a_card() {
    let mut desk = Desk::new();
    let product = Product::DesfireEv1;
    desk.act(Action::CreateCard(CardStart::Factory(product)));
    desk.act(Action::ListApplications);
    let image = desk.bench.document().image.as_deref();
    assert_eq!(image, Some("factory-desfire-ev1"));
    desk.act(Action::Replay(ReplayTarget::Card));
    assert_eq!(desk.notices(), [""; 0]);
    let result = desk.bench.replay_result().expect("a result");
    assert_eq!(result.divergence, None);
    assert!(result.compared > 0);
}

#[test]
fn a_card_that_no_start_image_names_is_named_by_the_trace() {
    let presented = |desk: &Desk| {
        let row = desk.row(0);
        let presented = row.presented(desk.bench.log().events());
        presented.map(|presented| presented.reader.clone())
    };
    let mut desk = Desk::topped_up();
    assert_eq!(presented(&desk), None);
    // Not as any image has it any more.
    desk.act(Action::NewSession);
    desk.act(Action::ListApplications);
    assert_eq!(desk.bench.document().image, None);
    assert_eq!(presented(&desk).as_deref(), Some("EV3 card"));
}

#[test]
fn what_the_card_does_where_sources_differ_is_chosen_and_kept_in_its_image() {
    let mut desk = Desk::new();
    let choose = |value: &str| Action::Choose(vec![("wrong-key-status".into(), value.into())]);
    desk.act(choose("9d"));
    assert_eq!(desk.image().profile.wrong_key_status, 0x9D);
    assert_eq!(desk.notices(), [""; 0]);
    desk.act(choose("perhaps"));
    assert_eq!(desk.image().profile.wrong_key_status, 0x9D);
    let notice = desk.take_notice(NoticeKind::Warning);
    assert!(
        notice.contains("wrong-key-status is \"perhaps\", expected "),
        "{notice}"
    );
    // The card itself obeys: key 1 may not credit.
    desk.play([
        Action::Authenticate {
            aid: AID,
            key_no: 1,
        },
        Action::SendRaw(vec![
            0x90, 0x0C, 0x00, 0x00, 0x05, 0x03, 0x01, 0x00, 0x00, 0x00, 0x00,
        ]),
    ]);
    let status = desk.bench.rows().last().and_then(|row| row.status);
    assert_eq!(status.and_then(Status::code), Some(0x9D));
}
