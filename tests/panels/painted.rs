//! What is painted shows no key byte: every panel over every row, searched as files and output are in `tests/secrets.rs`.

use eframe::egui::{Shape, Theme};
use tapscope::app::Panel;
use tapscope::crypto::Secret;
use tapscope::crypto::entropy::{Entropy, SeededEntropy};
use tapscope::keyring::KeyEntry;
use tapscope::trace::EventKind;
use tapscope::workbench::{Action, CardStart};

use crate::scene::{Scene, show};
use crate::support::desk::Desk;
use crate::support::runs::Secrets;

/// All painted texts, line by line from left to right: bytes of a hex view are painted one by one.
fn painted(scene: &Scene) -> String {
    let mut texts: Vec<(i64, i64, String)> = Vec::new();
    for clipped in &scene.output().shapes {
        collect(&clipped.shape, &mut texts);
    }
    texts.sort();
    let texts: Vec<String> = texts.into_iter().map(|(_, _, text)| text).collect();
    texts.join(" ")
}

#[expect(clippy::cast_possible_truncation, reason = "places on a screen")]
fn collect(shape: &Shape, texts: &mut Vec<(i64, i64, String)>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, texts)),
        Shape::Text(text) => {
            let place = text.pos + text.galley.rect.min.to_vec2();
            texts.push((
                place.y as i64,
                place.x as i64,
                text.galley.text().to_owned(),
            ));
        }
        _ => {}
    }
}

/// A key of the table with another value.
fn random_key(like: &KeyEntry, entropy: &mut SeededEntropy, label: &str) -> KeyEntry {
    let mut value = [0; 16];
    entropy.fill(&mut value);
    KeyEntry {
        label: label.to_owned(),
        value: Secret::new(value),
        ..like.clone()
    }
}

/// A card that was personalised, with two keys changed, and a table with a key of each kind.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.act(Action::CreateCard(CardStart::Blank));
    desk.act(Action::Personalise);
    desk.act(Action::TopUp { amount: 1000 });
    let mut entropy = SeededEntropy::new(0x005E_C2E7);
    for label in ["first", "second"] {
        let like = desk.bench.keyring().keys.last().expect("keys").clone();
        desk.act(Action::AddKey(random_key(&like, &mut entropy, label)));
    }
    desk
}

#[test]
fn no_panel_paints_four_bytes_of_a_key_a_session_key_or_a_random_number() {
    let mut desk = desk();
    let mut secrets = Secrets::default();
    secrets.add_keys(
        desk.bench.keyring(),
        &[0x04, 0x5A, 0x31, 0xC2, 0x9B, 0x61, 0x80],
    );
    let events = desk.bench.log().events().to_vec();
    secrets.add_recording(&events, desk.bench.keyring());
    let (mut seen, mut shown) = (0, Vec::new());
    for row in 0..desk.bench.rows().len() {
        desk.act(Action::SelectRow(Some(row)));
        for panel in Panel::ALL {
            let scene = show(panel, &desk, (1600.0, 2400.0), Theme::Dark);
            let text = painted(&scene);
            seen += text.len();
            let found = secrets.found_in(&text);
            shown.extend(
                found
                    .first()
                    .map(|found| format!("{panel:?} with row {row}: {found}")),
            );
        }
    }
    assert_eq!(shown, [""; 0]);
    assert!(seen > 100_000, "texts were painted: {seen}");
}

/// The search itself: what is no secret is found in the same way.
#[test]
fn bytes_that_are_painted_are_found() {
    let mut desk = desk();
    let row = desk
        .names()
        .iter()
        .position(|name| *name == "Credit")
        .expect("a top-up");
    desk.act(Action::SelectRow(Some(row)));
    let EventKind::Command(wire) = &desk.bench.log().events()[desk.row(row).first_event].kind
    else {
        panic!("a command");
    };
    let mut shown = Secrets::default();
    shown.add("the command on the wire", wire);
    let scene = show(Panel::Bytes, &desk, (1600.0, 2400.0), Theme::Dark);
    assert_ne!(shown.found_in(&painted(&scene)), [""; 0]);
}
