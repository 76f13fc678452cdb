//! Every panel draws in every state, size and theme, with a name on each input.

use eframe::egui::Theme;
use tapscope::app::Panel;
use tapscope::ota::application::{AID, key};
use tapscope::workbench::{Action, CardStart, ReplayTarget};

use crate::scene::show;
use crate::support::desk::{Desk, lose_answer};

/// States that a panel meets, from nothing to everything.
fn states() -> Vec<(&'static str, Desk)> {
    let mut nothing = Desk::new();
    nothing.act(Action::RemoveReader(0));
    while !nothing.bench.keyring().keys.is_empty() {
        nothing.act(Action::RemoveKey(0));
    }
    let mut blank = Desk::new();
    blank.act(Action::CreateCard(CardStart::Blank));
    let mut trouble = Desk::new();
    trouble.play([
        Action::SendRaw(Vec::new()),
        Action::SendRaw(vec![0x90]),
        Action::SendRaw(vec![0x00, 0xA4, 0x04, 0x00]),
        Action::Authenticate {
            aid: AID,
            key_no: key::TOP_UP,
        },
        lose_answer(0xC7),
        Action::TopUp { amount: 1000 },
        Action::PresentCard(false),
        Action::Replay(ReplayTarget::Recorded),
        Action::SelectRow(Some(0)),
    ]);
    let mut opaque = Desk::topped_up();
    while !opaque.bench.keyring().keys.is_empty() {
        opaque.act(Action::RemoveKey(0));
    }
    let mut long = Desk::new();
    for index in 0..5 {
        long.act(Action::OpenSample(index));
    }
    for _ in 0..20 {
        long.act(Action::Spend { amount: 1 });
    }
    long.act(Action::SaveSession(Some(long.path("long.json"))));
    let mut selected = Desk::topped_up();
    selected.act(Action::SelectRow(Some(2)));
    selected.act(Action::ToggleMark);
    selected.act(Action::Replay(ReplayTarget::Card));
    vec![
        ("nothing", nothing),
        ("empty", Desk::new()),
        ("blank", blank),
        ("full", Desk::topped_up()),
        ("trouble", trouble),
        ("opaque", opaque),
        ("long", long),
        ("selected", selected),
    ]
}

#[test]
fn every_panel_draws_in_every_state() {
    for (state, desk) in states() {
        for panel in Panel::ALL {
            for size in [(1280.0, 720.0), (250.0, 300.0), (120.0, 60.0), (30.0, 20.0)] {
                for theme in [Theme::Dark, Theme::Light] {
                    println!("{panel:?} {state} {size:?} {theme:?}");
                    let mut scene = show(panel, &desk, size, theme);
                    scene.run();
                    assert_eq!(
                        scene.state_mut().take(),
                        [],
                        "{panel:?} {state}: drawing asks for nothing"
                    );
                }
            }
        }
    }
}
