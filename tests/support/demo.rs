//! The demo card and the sequences on it, with seeds and a stepping clock.

use std::ops::Range;

use tapscope::card::Aid;
use tapscope::crypto::entropy::SeededEntropy;
use tapscope::dialogue::{Host, Runner, Script};
use tapscope::keyring::{Keyring, Scope};
use tapscope::ota::application::Form;
use tapscope::ota::{Booked, Decide, Decision, Ending, Messaging, Personalise, Spend, TopUp};
use tapscope::session::{CardIdentity, KeyLabel, Session, demo, keys};
use tapscope::trace::{EventKind, Lane};
use tapscope::transport::{Clock, EmbeddedCard, Fault, FrameFault, Record, Transport, drive};
use tapscope::virtual_card::{Card, Image};

/// UID of the demo card.
pub const UID: [u8; 7] = [0x04, 0x5A, 0x31, 0xC2, 0x9B, 0x61, 0x80];

/// Time stamp of the sample sessions, 2026-11-02 08:00 UTC.
const TIME_MS: u64 = 1_793_606_400_000;

/// The demo keys.
pub fn keyring() -> Keyring {
    keys::read(demo::keys().as_bytes())
        .expect("the demo keys read")
        .value
}

/// One card and the recording of what happens to it.
pub struct Run {
    transport: Record<Fault<EmbeddedCard>>,
    product: &'static str,
    random_uid: bool,
    seed: u64,
    keys: Keyring,
    form: Form,
    /// Events at the terminal, from each start to its end.
    terminal: Vec<Range<usize>>,
}

impl Run {
    pub fn new(image: &Image, seed: u64) -> Self {
        Self::with(image, seed, Vec::new())
    }

    /// With faults on the way.
    pub fn with(image: &Image, seed: u64, faults: Vec<FrameFault>) -> Self {
        let card = Card::new(image, Box::new(SeededEntropy::new(seed))).expect("a card");
        let clock = Clock::steps(1000);
        let way = Fault::new(EmbeddedCard::new(card), faults, clock.clone());
        let transport = Record::new(way, clock, Lane::Server);
        Self {
            transport,
            product: image.product.name(),
            random_uid: image.configuration & 0x02 != 0,
            seed,
            keys: keyring(),
            form: Form::default(),
            terminal: Vec::new(),
        }
    }

    /// On a card with another form of the application.
    pub fn of(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    /// With other keys than those of the demo.
    pub fn with_keys(mut self, keys: Keyring) -> Self {
        self.keys = keys;
        self
    }

    fn entropy(&self) -> Box<SeededEntropy> {
        Box::new(SeededEntropy::new(self.seed + 1000))
    }

    fn follow<S: Script>(&mut self, script: S) -> S {
        let mut runner = Runner::new(Host::default(), script);
        drive(&mut runner, &mut self.transport).expect("the host is content");
        runner.into_parts().1
    }

    pub fn personalise(&mut self) -> Ending<()> {
        let script = Personalise::new(self.keys.clone(), self.entropy());
        self.follow(script.of(self.form)).ending().expect("an end")
    }

    pub fn top_up(&mut self, amount: i32, limit: Option<i32>) -> Ending<Booked> {
        let script = TopUp::new(self.keys.clone(), self.entropy(), amount, TIME_MS, limit);
        self.follow(script.of(self.form)).ending().expect("an end")
    }

    pub fn top_up_over(&mut self, messaging: Messaging, amount: i32) -> Ending<Booked> {
        let script = TopUp::new(
            self.keys.clone(),
            self.entropy(),
            amount,
            TIME_MS,
            Some(50_000),
        );
        self.follow(script.over(messaging))
            .ending()
            .expect("an end")
    }

    pub fn spend(&mut self, amount: i32) -> Ending<Booked> {
        let script = Spend::new(
            self.keys.clone(),
            self.entropy(),
            amount,
            TIME_MS,
            [0x54, 0x41, 0x50, 0x01],
        );
        self.follow(script.of(self.form)).ending().expect("an end")
    }

    /// Spends, in the lane of the terminal.
    pub fn spend_at_terminal(&mut self, amount: i32) -> Ending<Booked> {
        let start = self.transport.events().len();
        let ending = self.spend(amount);
        self.terminal.push(start..self.transport.events().len());
        ending
    }

    pub fn decide(&mut self, tmi: Vec<u8>) -> Ending<Decision> {
        let script = Decide::new(self.keys.clone(), self.entropy(), tmi);
        self.follow(script.of(self.form)).ending().expect("an end")
    }

    /// The card leaves the field and comes back later, with other random numbers at the host.
    pub fn new_contact(&mut self) {
        self.seed += 1;
        self.transport.push(EventKind::FieldOff);
        self.transport.reset().expect("resets");
    }

    pub fn session(&self, image: &str) -> Session {
        let mut events = self.transport.events().to_vec();
        for range in &self.terminal {
            for event in &mut events[range.clone()] {
                event.lane = Lane::Terminal;
            }
        }
        let rows = tapscope::trace::decode(&events, &keyring());
        let mut labels: Vec<KeyLabel> = Vec::new();
        for entry in keyring().keys {
            let used = rows
                .iter()
                .filter_map(|row| row.key.as_ref())
                .any(|key| *key.label == *entry.label);
            let aid: Option<Aid> = match entry.scope {
                Scope::Application(aid) => Some(aid),
                Scope::Any => None,
            };
            if used {
                labels.push(KeyLabel {
                    label: entry.label,
                    aid,
                    key_no: entry.key_no,
                });
            }
        }
        Session {
            reader: Some("embedded card".into()),
            card: Some(CardIdentity {
                product: Some(self.product.into()),
                uid: Some(UID.to_vec()).filter(|_| !self.random_uid),
                atr: None,
            }),
            image: Some(image.into()),
            keys: labels,
            events,
            ..Session::default()
        }
    }

    pub fn into_image(self) -> Image {
        self.transport
            .into_inner()
            .0
            .into_inner()
            .0
            .into_inner()
            .image()
    }
}
