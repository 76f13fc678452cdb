//! Readers on the desk, ports, and lent cards, as a person sees and uses them.

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use tapscope::app::{Command, Panel};
use tapscope::card::product::Product;
use tapscope::transport::ReaderError;
use tapscope::transport::pcsc::{News, Protocol, Sharing};
use tapscope::workbench::{Action, CardStart, LendingState, Lying, Port, Report, ReportKind};

use crate::scene::{Scene, click, fill, is_off, press, tall};
use crate::support::desk::Desk;
use crate::support::readers::{Top, connected, desk_with, tell};

fn says(scene: &Scene, text: &str) -> bool {
    scene.query_by_label(text).is_some()
}

fn shown(scene: &mut Scene, desk: &Desk) {
    scene.state_mut().bench = desk.bench.clone();
    scene.run();
}

#[test]
fn what_is_wrong_with_the_service_stands_where_its_readers_would() {
    let mut desk = Desk::new();
    let mut scene = tall(Panel::Readers, &desk);
    assert!(says(&scene, "Looking for readers"));
    let reason = "libpcsclite.so.1: not found".to_owned();
    for (trouble, text) in [
        (
            ReaderError::NoLibrary { reason },
            "PC/SC is not installed: libpcsclite.so.1: not found. Install pcscd and its library, \
             on Debian: apt install pcscd",
        ),
        (
            ReaderError::NoService,
            "The PC/SC service is not running; start pcscd, on Windows the service Smart Card",
        ),
        (
            ReaderError::Refused,
            "The PC/SC service refused access to this user; its rules (polkit, on Windows the \
             policy) must allow it",
        ),
    ] {
        tell(&mut desk, News::Trouble(trouble));
        shown(&mut scene, &desk);
        assert!(says(&scene, text), "{text}");
    }
    tell(&mut desk, News::Ready);
    shown(&mut scene, &desk);
    assert!(says(
        &scene,
        "No reader is connected. Plug one in: it appears here"
    ));
}

#[test]
fn a_reader_is_connected_shared_or_not_and_let_go() {
    let top = Top::default();
    let mut desk = desk_with(&top);
    desk.act(Action::ChooseReader(1));
    let mut scene = tall(Panel::Readers, &desk);
    assert!(says(&scene, "Put a card on the reader"));
    assert!(is_off(&scene, "Connect"));
    let card = top.put(5);
    tell(&mut desk, card);
    shown(&mut scene, &desk);
    assert!(says(&scene, "DESFire, DESFire Light or NTAG 424 DNA"));
    press(&mut scene, "Connect");
    assert_eq!(scene.state_mut().take(), [Action::Connect]);
    for (list, choice, action) in [
        ("Sharing", "Shared", Action::Share(Sharing::Shared)),
        ("Protocol", "T=0", Action::Speak(Protocol::T0)),
    ] {
        click(&mut scene, Role::ComboBox, list);
        press(&mut scene, choice);
        assert_eq!(scene.state_mut().take(), std::slice::from_ref(&action));
        desk.act(action);
        shown(&mut scene, &desk);
    }
    let chosen = desk.bench.reader().and_then(|reader| reader.desk());
    let chosen = chosen.expect("a reader on the desk");
    assert_eq!(
        (chosen.sharing, chosen.protocol),
        (Sharing::Shared, Protocol::T0)
    );
    assert!(matches!(chosen.lying, Lying::Card(_)));
    desk.act(Action::Connect);
    shown(&mut scene, &desk);
    assert!(says(&scene, "MIFARE DESFire EV3, 4 KB"));
    assert!(says(&scene, "045A31C2 9B6180"));
    press(&mut scene, "Disconnect");
    assert_eq!(scene.state_mut().take(), [Action::Disconnect]);
}

#[test]
fn a_tap_is_started_says_how_it_stands_and_is_ended() {
    let mut desk = connected(&Top::default());
    let mut scene = tall(Panel::Readers, &desk);
    press(&mut scene, "Start tap");
    let lend = |address: &str| Action::Lend(address.to_owned());
    assert_eq!(scene.state_mut().take(), [lend("127.0.0.1:35963")]);
    fill(&mut scene, "Virtual reader", "127.0.0.1:35964");
    press(&mut scene, "Start tap");
    assert_eq!(scene.state_mut().take(), [lend("127.0.0.1:35964")]);
    // Without its worker: only the model is asked.
    let _submitted = desk.bench.apply(lend("127.0.0.1:35964"));
    let worker = desk.bench.reader().expect("a reader").worker;
    for (state, text) in [
        (
            LendingState::Waiting("nothing listens there".into()),
            "Waiting: nothing listens there",
        ),
        (LendingState::Connected, "Connected to 127.0.0.1:35964"),
        (
            LendingState::Quiet(10),
            "Connected to 127.0.0.1:35964, no program for 10 s",
        ),
    ] {
        let kind = ReportKind::Lending(state);
        desk.bench.absorb(Report { worker, kind });
        shown(&mut scene, &desk);
        assert!(says(&scene, text), "{text}");
    }
    assert!(is_off(&scene, "Reset"));
    press(&mut scene, "End tap");
    assert_eq!(scene.state_mut().take(), [Action::TakeBack]);
}

#[test]
fn our_card_is_lent_from_its_own_panel() {
    let mut scene = tall(Panel::VirtualCard, &Desk::new());
    press(&mut scene, "Lend");
    let lend = Action::Lend("127.0.0.1:35963".into());
    assert_eq!(scene.state_mut().take(), [lend]);
    let mut scene = tall(Panel::VirtualCard, &connected(&Top::default()));
    assert!(says(&scene, "No virtual card lies at the chosen reader"));
    assert!(scene.query_by_label("Lend").is_none());
    press(&mut scene, "New demo card");
    assert_eq!(scene.state_mut().take().len(), 1);
    click(&mut scene, Role::ComboBox, "Product");
    press(&mut scene, "desfire-ev1-8k");
    press(&mut scene, "New card as delivered");
    let start = CardStart::Factory(Product::DesfireEv1_8k);
    assert_eq!(scene.state_mut().take(), [Action::CreateCard(start)]);
}

#[test]
fn a_port_is_opened_for_this_machine_unless_confirmed() {
    let mut scene = tall(Panel::Readers, &Desk::new());
    let name = "Open a port, and a phone or program can lend its card";
    for (open_to_network, address) in [(false, "127.0.0.1:35970"), (true, "0.0.0.0:4000")] {
        press(&mut scene, name);
        if open_to_network {
            fill(&mut scene, "Port address", "nowhere");
            assert!(is_off(&scene, "Listen"));
            assert!(says(&scene, "Address is \"nowhere\", expected HOST:PORT"));
            fill(&mut scene, "Port address", address);
            assert!(is_off(&scene, "Listen"));
            assert!(says(
                &scene,
                "Port address can be reached by other machines, expected a loopback address or the \
                 box checked"
            ));
            click(&mut scene, Role::CheckBox, "Other machines may connect");
        }
        press(&mut scene, "Listen");
        let port = Port {
            address: address.into(),
            open_to_network,
        };
        assert_eq!(scene.state_mut().take(), [Action::Listen(port)]);
        assert!(
            scene.query_by_label("Listen").is_none(),
            "the form is closed"
        );
    }
}

#[test]
fn a_row_names_its_reader() {
    let mut desk = connected(&Top::default());
    desk.act(Action::SelectRow(Some(0)));
    let mut scene = tall(Panel::Fields, &desk);
    assert!(says(&scene, "Reader Desk 00"));
    scene.state_mut().drafts.flipped.insert("Reader");
    scene.run();
    assert!(says(&scene, "ATR 3B8180018080"));
    // The embedded card that a trace begins with is no reader.
    let mut desk = Desk::topped_up();
    desk.act(Action::SelectRow(Some(0)));
    let scene = tall(Panel::Fields, &desk);
    assert!(says(&scene, "Command"), "a row is shown");
    assert!(!says(&scene, "Reader EV3 card"));
}

#[test]
fn commands_of_readers_are_on_when_they_can_do_something() {
    let top = Top::default();
    let can = |desk: &Desk| {
        [
            Command::Connect,
            Command::Disconnect,
            Command::Lend,
            Command::TakeBack,
        ]
        .map(|command| command.available(&desk.bench).is_ok())
    };
    assert_eq!(can(&Desk::new()), [false, false, true, false]);
    let mut desk = desk_with(&top);
    desk.act(Action::ChooseReader(1));
    assert_eq!(can(&desk), [false; 4]);
    let card = top.put(5);
    tell(&mut desk, card);
    assert_eq!(can(&desk), [true, false, false, false]);
    desk.act(Action::Connect);
    assert_eq!(can(&desk), [false, true, true, false]);
    let _submitted = desk.bench.apply(Action::Lend("127.0.0.1:1".into()));
    assert_eq!(can(&desk), [false, false, false, true]);
}

#[test]
fn a_reader_can_not_be_closed_while_it_is_talked_to() {
    let mut card = Desk::new();
    let mut desk = connected(&Top::default());
    for (panel, desk, button) in [
        (Panel::VirtualCard, &mut card, "Remove"),
        (Panel::Readers, &mut desk, "Disconnect"),
    ] {
        assert!(!is_off(&tall(panel, desk), button));
        let running = desk.bench.apply(Action::TopUp { amount: 1 });
        assert!(is_off(&tall(panel, desk), button));
        desk.inline.run_all(&mut desk.bench, running);
        let _submitted = desk.bench.apply(Action::Lend("127.0.0.1:1".into()));
        assert!(is_off(&tall(panel, desk), button));
    }
}
