//! Ports for cards that others lend, and cards that we lend: both ends of vpcd, in the workbench.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tapscope::crypto::entropy::SeededEntropy;
use tapscope::dialogue::{Host, Runner};
use tapscope::ota::TopUp;
use tapscope::secure_messaging::Verdict;
use tapscope::session::{demo as images, image};
use tapscope::transport::vpcd::{CardEnd, Listener, Patience, TURNED_AWAY};
use tapscope::transport::{EmbeddedCard, Transport, drive};
use tapscope::virtual_card::Card;
use tapscope::workbench::{Action, CardStart, LendingState, NoticeKind, Port, Workbench};

use crate::support::demo;
use crate::support::desk::Desk;
use crate::threads::Window;

const PATIENCE: Patience = Patience {
    poll: Duration::from_millis(10),
    half: 2000,
    silence: 2000,
};

fn listener() -> Listener {
    Listener::bind(&"127.0.0.1:0".parse().expect("an address"), false, PATIENCE).expect("a port")
}

/// A port that nothing uses.
fn free_port() -> String {
    listener().address().to_string()
}

fn card(seed: u64) -> EmbeddedCard {
    let text = images::image(images::PERSONALISED).expect("the demo image");
    let image = image::read(text.as_bytes()).expect("reads");
    EmbeddedCard::new(Card::new(&image, Box::new(SeededEntropy::new(seed))).expect("a card"))
}

/// Ends the lending also when the test fails.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Lends a card to a port while `work` goes on.
fn lent<T>(port: &str, work: impl FnOnce() -> T) -> T {
    let running = AtomicBool::new(true);
    let end = CardEnd::new(port.parse().expect("an address"))
        .patience(PATIENCE)
        .reconnect(true);
    let go_on = || running.load(Ordering::Relaxed);
    thread::scope(|scope| {
        scope.spawn(|| end.serve(&mut card(5), &mut |_| {}, &go_on));
        let _ends = Ends(&running);
        work()
    })
}

fn top_up(transport: impl Transport, amount: i32) {
    let mut transport = transport;
    let entropy = Box::new(SeededEntropy::new(8));
    let script = TopUp::new(demo::keyring(), entropy, amount, 1, None);
    let mut runner = Runner::new(Host::default(), script);
    drive(&mut runner, &mut transport).expect("the host is content");
    let ending = runner.into_parts().1.ending().expect("an ending");
    assert_eq!(ending.expect("booked").after, 2000 + amount);
}

fn listening(window: &mut Window) -> String {
    let address = free_port();
    window.act(Action::Listen(Port {
        address: address.clone(),
        open_to_network: false,
    }));
    address
}

fn present(bench: &Workbench) -> bool {
    bench.reader().is_some_and(|reader| reader.present)
}

#[test]
fn a_card_that_connects_to_a_port_is_a_card_like_others() {
    let mut window = Window::new();
    let address = listening(&mut window);
    lent(&address, || {
        window.until(present);
        let identity = window
            .bench
            .reader()
            .and_then(|reader| reader.identity.as_ref());
        let identity = identity.expect("an identity");
        assert_eq!(identity.text(), "MIFARE DESFire EV3, 4 KB");
        window.until(|bench| bench.can_send().is_ok());
        window.act(Action::TopUp { amount: 700 });
        window.until(|bench| bench.can_send().is_ok() && bench.rows().len() > 8);
    });
    assert_eq!(window.bench.notices(), []);
    window.until(|bench| !present(bench));
    let rows = window.bench.rows();
    assert!(rows.iter().all(|row| !row.verdicts.any(Verdict::Unknown)));
    let events = window.bench.log().events();
    let presented = rows[0].presented(events).expect("a card");
    assert_eq!(presented.reader, format!("Port {address}"));
}

#[test]
fn a_port_for_everybody_must_be_confirmed_and_a_wrong_one_is_a_sentence() {
    let mut desk = Desk::new();
    desk.act(Action::CreateCard(CardStart::Demo));
    desk.act(Action::ChooseReader(0));
    let open = Port {
        address: "0.0.0.0:35970".into(),
        open_to_network: false,
    };
    desk.act(Action::Listen(open));
    let notice = desk.take_notice(NoticeKind::Warning);
    assert_eq!(
        notice,
        "The port was not opened: 0.0.0.0:35970 can be reached by other machines, expected a \
         loopback address"
    );
    let readers = desk.bench.readers().len();
    assert_eq!(readers, 2, "no dead port stays in the list");
    assert_eq!(desk.bench.chosen(), 0, "the choice is as it was");
    assert_eq!(desk.bench.can_send(), Ok(()));
    for (address, text) in [
        ("nowhere", "address is \"nowhere\", expected HOST:PORT"),
        (
            "127.0.0.1:0",
            "address is \"127.0.0.1:0\", expected a port from 1 to 65535",
        ),
    ] {
        desk.act(Action::Listen(Port {
            address: address.into(),
            open_to_network: false,
        }));
        assert_eq!(desk.take_notice(NoticeKind::Warning), text);
    }
    assert_eq!(desk.bench.readers().len(), 2);
}

#[test]
fn a_bad_card_at_a_port_is_told_once() {
    let mut window = Window::new();
    let address = listening(&mut window);
    // The answer to reset is one byte; each message is answered once.
    let bad = || {
        let mut stream = TcpStream::connect(&address).expect("the port");
        let mut heard = [0; 6];
        stream.read_exact(&mut heard).expect("power on, get ATR");
        assert_eq!(heard, [0, 1, 1, 0, 1, 4]);
        stream.write_all(&[0, 1, 0x3B]).expect("answered");
        // Closed by the port, which has seen enough.
        assert_eq!(stream.read(&mut heard).expect("closed"), 0);
    };
    // Once a good card was there, the port is open.
    lent(&address, || window.until(present));
    window.until(|bench| !present(bench));
    bad();
    bad();
    let told = format!("Port {address}: the ATR has 1 bytes, expected 2 to 33");
    lent(&address, || window.until(present));
    let notices = window.bench.notices().iter();
    let texts: Vec<&str> = notices.map(|notice| notice.text.as_str()).collect();
    assert_eq!(texts, [told]);
}

#[test]
fn our_card_is_lent_to_a_program_and_taken_back() {
    let program = listener();
    let mut window = Window::new();
    window.act(Action::Lend(program.address().to_string()));
    assert_eq!(
        window.bench.can_send(),
        Err("Off, the card is lent; take it back first")
    );
    let mut remote = program.accept(&|| true).expect("the card");
    top_up(&mut remote, 700);
    let connected = |bench: &Workbench| {
        let lending = bench.reader().and_then(|reader| reader.lending.as_ref());
        lending.is_some_and(|lending| lending.state == LendingState::Connected)
    };
    window.until(|bench| connected(bench) && bench.rows().len() >= 7);
    let rows = window.bench.rows();
    assert!(rows.iter().all(|row| row.command.is_some()));
    assert!(rows.iter().any(|row| row.name() == "Credit"));
    window.act(Action::TakeBack);
    window.until(|bench| bench.can_send().is_ok());
    // What the program did is on the card.
    window.act(Action::TopUp { amount: 100 });
    window.until(|bench| bench.can_send().is_ok() && bench.rows().len() >= 14);
    assert_eq!(window.bench.notices(), []);
}

#[test]
fn the_image_follows_what_the_program_writes() {
    let program = listener();
    let mut window = Window::new();
    let before = balance(&window.bench);
    window.act(Action::Lend(program.address().to_string()));
    let mut remote = program.accept(&|| true).expect("the card");
    top_up(&mut remote, 700);
    window.until(|bench| balance(bench) == before + 700);
    assert!(
        window
            .bench
            .reader()
            .is_some_and(|reader| reader.lending.is_some())
    );
}

fn balance(bench: &Workbench) -> i32 {
    use tapscope::ota::application::{AID, file};
    use tapscope::virtual_card::FileContent;
    let card = bench.reader().and_then(|reader| reader.embedded());
    let files = &card.expect("an embedded card").image.applications[&AID].files;
    match files[&file::VALUE].content {
        FileContent::Value(value) => value,
        ref other => panic!("a value file expected: {other:?}"),
    }
}

#[test]
fn a_tap_between_a_program_and_a_card_at_a_port_shows_its_traffic() {
    let program = listener();
    let mut window = Window::new();
    let port = listening(&mut window);
    lent(&port, || {
        window.until(|bench| bench.can_send().is_ok());
        let asked = window.bench.rows().len();
        window.act(Action::Lend(program.address().to_string()));
        let mut remote = program.accept(&|| true).expect("the card");
        // More cards than there is room for are one piece of news, also while programs talk to the first.
        for amount in [700, 0] {
            let _crowd = TcpStream::connect(&port).expect("the port");
            if amount > 0 {
                top_up(&mut remote, amount);
            }
            remote.atr().expect("the card is there");
        }
        window.until(|bench| !bench.notices().is_empty());
        window.until(|bench| bench.rows().len() >= asked + 7);
        let rows = &window.bench.rows()[asked..];
        assert!(rows.iter().any(|row| row.name() == "CommitTransaction"));
        assert!(rows.iter().all(|row| row.command.is_some()));
        window.act(Action::TakeBack);
        window.until(|bench| bench.can_send().is_ok());
    });
    let [notice] = window.bench.notices() else {
        panic!("one notice: {:?}", window.bench.notices());
    };
    assert_eq!(notice.text, format!("Port {port}: {TURNED_AWAY}"));
}

#[test]
fn nobody_at_the_other_end_is_said_and_waited_for() {
    let address = free_port();
    let mut window = Window::new();
    window.act(Action::Lend(address.clone()));
    window.until(|bench| {
        let lending = bench.reader().and_then(|reader| reader.lending.as_ref());
        lending.is_some_and(|lending| {
            lending.state
                == LendingState::Waiting(format!(
                    "{address}: nothing listens there; is pcscd running with the vpcd driver?"
                ))
        })
    });
    window.act(Action::TakeBack);
    window.until(|bench| bench.can_send().is_ok());
    assert_eq!(window.bench.notices(), []);
}

#[test]
fn a_lent_card_is_not_changed_behind_the_programs_back_and_can_be_taken_back() {
    let program = listener();
    let mut window = Window::new();
    window.act(Action::Snapshot);
    window.act(Action::Lend(program.address().to_string()));
    let _remote = program.accept(&|| true).expect("the card");
    let value = Action::EditValue {
        aid: tapscope::ota::application::AID,
        file_no: tapscope::ota::application::file::VALUE,
        value: 7,
    };
    for action in [value, Action::Restore, Action::PresentCard(false)] {
        window.act(action.clone());
        let [notice] = window.bench.notices() else {
            panic!("a notice for {action:?}");
        };
        assert_eq!(notice.text, "Off, the card is lent; take it back first");
        let id = notice.id;
        window.act(Action::CloseNotice(id));
    }
    assert_eq!(balance(&window.bench), 2000);
    window.act(Action::TakeBack);
    window.until(|bench| bench.can_send().is_ok());
}
