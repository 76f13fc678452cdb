//! The demo images and the sample sessions are made by the program's own sequences from fixed seeds.
//!
//! `BLESS=1 cargo test --test samples` writes them anew; otherwise they must be what the sequences make.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that fails should stop at once"
)]

mod support;

use std::path::PathBuf;

use support::demo::{self, Run};
use tapscope::card::product::Product;
use tapscope::keyring::{Diversification, Template};
use tapscope::ota::application::{AID, Form, file, reader_id};
use tapscope::ota::{Messaging, TmvCheck, Unfinished};
use tapscope::secure_messaging::Verdict;
use tapscope::session::{self, Session, image};
use tapscope::trace::Lane;
use tapscope::transport::{Change, FrameFault};
use tapscope::virtual_card::{Card, FileContent, Image};

/// Compares a file with what it should hold, or writes it.
fn bless(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let found = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(
        found == text,
        "{name} is not what the sequences make; BLESS=1 writes it anew"
    );
}

fn blank() -> Image {
    let keyring = demo::keyring();
    let master = keyring
        .auth_keys(Some(tapscope::card::Aid::PICC), 0)
        .next()
        .expect("a PICC master key");
    let mut image = Image::blank(
        Product::DesfireEv3,
        demo::UID,
        master.value.aes128().expect("AES"),
    );
    image.master_key.version = master.version;
    image
}

fn personalised() -> (Image, String) {
    let mut run = Run::new(&blank(), 1);
    run.personalise().expect("personalises");
    let text = session::write(&run.session("demo-blank"));
    (run.into_image(), text)
}

#[test]
fn images_and_sessions_are_what_the_sequences_make() {
    bless("assets/demo-blank.json", &image::write(&blank()));
    let (demo, text) = personalised();
    bless("assets/demo.json", &image::write(&demo));
    bless("sessions/01-personalise.json", &text);

    let mut top_up = Run::new(&demo, 2);
    let booked = top_up.top_up(1000, Some(50_000)).expect("books");
    assert_eq!(
        (booked.before, booked.after, booked.commit.tmc),
        (2000, 3000, 2)
    );
    bless(
        "sessions/02-top-up.json",
        &session::write(&top_up.session("demo")),
    );

    let mut spend = Run::new(&demo, 3);
    let booked = spend.spend(350).expect("books");
    assert_eq!((booked.before, booked.after), (2000, 1650));
    bless(
        "sessions/03-spend.json",
        &session::write(&spend.session("demo")),
    );

    let mut refused = Run::new(&demo, 4);
    let unfinished = refused.top_up(48_001, None).expect_err("is refused");
    assert_eq!(
        unfinished.to_string(),
        "the card refused Credit: 91BE, boundary error"
    );
    bless(
        "sessions/04-top-up-refused.json",
        &session::write(&refused.session("demo")),
    );

    let lost = FrameFault {
        ins: Some(0xC7),
        change: Change::LoseAnswer,
    };
    let mut torn = Run::with(&demo, 5, vec![lost]);
    let Err(Unfinished::CommitUnknown { tmi }) = torn.top_up(1000, Some(50_000)) else {
        panic!("the answer is lost")
    };
    torn.new_contact();
    let decision = torn.decide(tmi).expect("decides");
    assert!(decision.committed);
    assert_eq!((decision.balance, decision.tmac.tmc), (3000, 2));
    bless(
        "sessions/05-top-up-torn.json",
        &session::write(&torn.session("demo")),
    );
}

/// The demo card after SetConfiguration `00` with the flag for a random UID.
fn with_random_uid() -> Image {
    let (mut demo, _) = personalised();
    demo.configuration |= 0x02;
    demo
}

#[test]
fn sessions_of_the_installed_base_and_of_a_hidden_uid_are_what_the_sequences_make() {
    let (demo, _) = personalised();
    let mut over_ev1 = Run::new(&demo, 6);
    let booked = over_ev1.top_up_over(Messaging::Ev1, 1000).expect("books");
    assert_eq!(
        (booked.before, booked.after, booked.commit.tmc, booked.tmv),
        (2000, 3000, 2, TmvCheck::Fits)
    );
    bless(
        "sessions/06-top-up-ev1.json",
        &session::write(&over_ev1.session("demo")),
    );

    let hidden = with_random_uid();
    bless("assets/demo-random-uid.json", &image::write(&hidden));
    let mut top_up = Run::new(&hidden, 7);
    let booked = top_up.top_up(1000, Some(50_000)).expect("books");
    assert_eq!((booked.after, booked.tmv), (3000, TmvCheck::Fits));
    let recorded = top_up.session("demo-random-uid");
    bless(
        "sessions/07-top-up-random-uid.json",
        &session::write(&recorded),
    );
    let rows = tapscope::trace::decode(&recorded.events, &demo::keyring());
    assert_eq!(rows[0].response.as_ref().map(Vec::len), Some(4));
    let told = rows.iter().find(|row| row.name() == "GetCardUID");
    let told = told.and_then(|row| row.response.as_deref());
    assert_eq!(told, Some(&demo::UID[..]));
}

#[test]
fn every_sequence_asks_a_card_with_a_random_uid_who_it_is() {
    let mut diversified = demo::keyring();
    let mut shared = demo::keyring();
    for key in &mut shared.keys {
        key.diversification = Diversification::None;
    }
    for keys in [diversified.clone(), shared] {
        let mut hidden = blank();
        hidden.configuration |= 0x02;
        let mut run = Run::new(&hidden, 10).with_keys(keys.clone());
        run.personalise().expect("personalises");
        let hidden = run.into_image();
        let header = &hidden.applications[&AID].files[&file::HEADER].content;
        let FileContent::Data(header) = header else {
            panic!("{header:?}")
        };
        assert!(header.windows(7).any(|seven| seven == demo::UID));

        let lost = FrameFault {
            ins: Some(0xC7),
            change: Change::LoseAnswer,
        };
        let mut run = Run::with(&hidden, 11, vec![lost]).with_keys(keys);
        let Err(Unfinished::CommitUnknown { tmi }) = run.top_up(1000, Some(50_000)) else {
            panic!("the answer is lost")
        };
        run.new_contact();
        let decision = run.decide(tmi).expect("decides");
        assert_eq!((decision.committed, decision.balance), (true, 3000));
        run.new_contact();
        let spent = run.spend(350).expect("books");
        assert_eq!((spent.after, spent.tmv), (2650, TmvCheck::Fits));
    }
    let master = &mut diversified.keys[2];
    master.diversification = Diversification::An10922(Template::parse("{uid}").expect("reads"));
    let mut run = Run::new(&with_random_uid(), 12).with_keys(diversified);
    assert_eq!(
        run.spend(350).expect_err("no key").to_string(),
        "the key table has no usable key 0 for application 014499: \"application master\" is diversified by the UID, and the card shows a random one"
    );
}

/// A card with another form of the application, as its personalisation leaves it.
fn in_form(form: Form, seed: u64) -> Image {
    let mut run = Run::new(&blank(), seed).of(form);
    run.personalise().expect("personalises");
    run.into_image()
}

/// Every check of every row was made and is good, and whatever a row shows is known.
fn assert_proved(session: &Session) {
    let rows = tapscope::trace::decode(&session.events, &demo::keyring());
    for row in &rows {
        let place = format!("row {} {}", row.index, row.name());
        assert!(!row.verdicts.any(Verdict::Bad), "{place}");
        assert!(!row.verdicts.any(Verdict::Unknown), "{place}");
        assert!(row.findings.is_empty(), "{place}: {:?}", row.findings);
        assert!(row.command.is_some() && row.response.is_some(), "{place}");
    }
    let commits = rows.iter().filter(|row| row.name() == "CommitTransaction");
    for commit in commits {
        assert_eq!(commit.verdicts.tmv, Verdict::Ok, "row {}", commit.index);
    }
}

#[test]
fn the_session_with_keys_of_terminal_and_server_is_what_the_sequences_make() {
    bless(
        "assets/demo-two-sets.json",
        &image::write(&in_form(Form::TwoSets, 8)),
    );
    let mut run = Run::new(&blank(), 8).of(Form::TwoSets);
    run.personalise().expect("personalises");
    run.new_contact();
    let spent = run.spend_at_terminal(350).expect("books");
    run.new_contact();
    let loaded = run.top_up(1000, Some(50_000)).expect("books");
    assert_eq!(
        (spent.before, spent.after, spent.commit.tmc),
        (2000, 1650, 2)
    );
    assert_eq!(
        (loaded.before, loaded.after, loaded.commit.tmc),
        (1650, 2650, 3)
    );
    assert_eq!([spent.tmv, loaded.tmv], [TmvCheck::Fits; 2]);
    assert_eq!(
        [spent, loaded].map(|booked| booked.previous_reader),
        [None; 2]
    );
    let recorded = run.session("demo-blank");
    bless("sessions/08-two-sets.json", &session::write(&recorded));
    assert_proved(&recorded);
    let rows = tapscope::trace::decode(&recorded.events, &demo::keyring());
    let user = |name: &str| {
        let row = rows.iter().find(|row| row.name() == name).expect(name);
        let key = row.key.as_ref().expect("a session");
        (key.key_no, &*key.label, row.lane)
    };
    assert_eq!(user("Debit"), (Some(1), "read", Lane::Terminal));
    assert_eq!(user("Credit"), (Some(4), "server", Lane::Server));
}

#[test]
fn the_session_with_reader_identifiers_is_what_the_sequences_make() {
    let start = in_form(Form::ReaderId, 9);
    bless("assets/demo-reader-id.json", &image::write(&start));
    // Seed 9 would draw an answer that starts with AF: with a changed class it reads as a status.
    let mut run = Run::new(&start, 10).of(Form::ReaderId);
    let spent = run.spend_at_terminal(350).expect("books");
    run.new_contact();
    let loaded = run.top_up(1000, Some(50_000)).expect("books");
    assert_eq!((spent.after, spent.commit.tmc), (1650, 2));
    assert_eq!((loaded.after, loaded.commit.tmc), (2650, 3));
    assert_eq!([spent.tmv, loaded.tmv], [TmvCheck::Fits; 2]);
    assert_eq!(spent.previous_reader, Some(reader_id::ISSUER));
    assert_eq!(loaded.previous_reader, Some(reader_id::TERMINAL));
    let recorded = run.session("demo-reader-id");
    bless("sessions/09-reader-id.json", &session::write(&recorded));
    assert_proved(&recorded);
}

#[test]
fn an_image_survives_its_file_and_its_card() {
    let (demo, _) = personalised();
    let read = image::read(image::write(&demo).as_bytes()).expect("reads");
    assert_eq!(read, demo);
    let card = Card::new(
        &read,
        Box::new(tapscope::crypto::entropy::SeededEntropy::new(9)),
    )
    .expect("a card");
    assert_eq!(card.image(), demo);
}
