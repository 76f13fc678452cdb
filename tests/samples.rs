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
use tapscope::ota::{Messaging, TmvCheck, Unfinished};
use tapscope::session::{self, image};
use tapscope::transport::{Change, FrameFault};
use tapscope::virtual_card::{Card, Image};

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
