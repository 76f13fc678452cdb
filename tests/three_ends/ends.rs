//! A host, a virtual card and an observer between them, with a bit that can be flipped on the way.

use tapscope::apdu::FrameForm;
use tapscope::card::CommMode;
use tapscope::command::Command;
use tapscope::crypto::entropy::{Entropy, SeededEntropy};
use tapscope::dialogue::{Host, HostError, Reply, Request};
use tapscope::trace::{Event, EventKind, Exchange, State};
use tapscope::virtual_card::Card;

use super::card::{AID, Plan};

/// Which way a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Command,
    Response,
}

/// One bit of one frame of the next request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flip {
    pub(crate) direction: Direction,
    pub(crate) frame: usize,
    pub(crate) byte: usize,
    pub(crate) bit: u8,
}

/// A request as the three ends saw it.
#[derive(Debug)]
pub(crate) struct Seen {
    /// What the host makes of it.
    pub(crate) outcome: Result<Reply, HostError>,
    /// What the observer makes of it.
    pub(crate) row: Exchange,
    /// The frames as they were sent, before any flip.
    pub(crate) commands: Vec<Vec<u8>>,
    pub(crate) answers: Vec<Vec<u8>>,
}

pub(crate) struct Ends {
    pub(crate) host: Host,
    pub(crate) card: Card,
    pub(crate) plan: Plan,
    pub(crate) flip: Option<Flip>,
    observer: State,
    keyring: tapscope::keyring::Keyring,
    event_no: usize,
    entropy: SeededEntropy,
}

impl Ends {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            host: Host::new(FrameForm::Wrapped),
            card: Card::new(&plan.image(), Box::new(SeededEntropy::new(plan.seed))).unwrap(),
            plan: plan.clone(),
            flip: None,
            observer: State::new(),
            keyring: plan.keyring(),
            event_no: 0,
            entropy: SeededEntropy::new(plan.seed + 1),
        }
    }

    /// Shows the UID to the observer and selects the application; opens a session with key 1 where planned.
    pub(crate) fn open(&mut self) {
        self.must(super::card::get_version(), CommMode::Plain);
        self.must(super::card::select(), CommMode::Plain);
        assert_eq!(
            self.observer.card().uid.as_deref(),
            Some(&self.plan.uid[..])
        );
        if self.plan.session {
            self.authenticate(true, 1);
        }
    }

    pub(crate) fn authenticate(&mut self, first: bool, key_no: u8) {
        let before = self
            .host
            .session()
            .map(|session| (session.ti(), session.ctr()));
        let mut rnd_a = [0; 16];
        self.entropy.fill(&mut rnd_a);
        let seen = self.run(&Request::Authenticate {
            first,
            key_no,
            key: self.plan.keys[usize::from(key_no)],
            rnd_a,
            pcdcap2: Vec::new(),
        });
        assert!(seen.outcome.unwrap().status.is_success());
        let session = self.host.session().unwrap();
        let after = (session.ti(), session.ctr());
        let opened = seen.row.authentication.unwrap();
        let opened = opened.ev2().unwrap();
        assert_eq!(opened.rnd_a, rnd_a);
        if first {
            assert_eq!((opened.ti, after.1), (Some(after.0), 0));
        } else {
            assert_eq!(
                (opened.ti, Some(after)),
                (None, before),
                "NonFirst keeps TI and CmdCtr"
            );
        }
    }

    /// A command that must succeed; gives the plain answer.
    pub(crate) fn must(&mut self, command: Command, mode: CommMode) -> Vec<u8> {
        let name = command.name();
        let seen = self.command(command, mode);
        let reply = seen
            .outcome
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(reply.status.is_success(), "{name} {mode}: {}", reply.status);
        reply.data
    }

    pub(crate) fn command(&mut self, command: Command, mode: CommMode) -> Seen {
        self.run(&Request::Command { command, mode })
    }

    pub(crate) fn run(&mut self, request: &Request) -> Seen {
        self.host.start(request).unwrap();
        let (mut commands, mut answers) = (Vec::new(), Vec::new());
        let mut row = None;
        let mut outcome = None;
        while let Some(command) = self.host.poll_transmit() {
            assert!(commands.len() < 100, "the host does not come to an end");
            let sent = self.flipped(Direction::Command, commands.len(), &command);
            row = self.observe(EventKind::Command(sent.clone())).or(row);
            let answer = self.card.exchange(&sent).unwrap();
            let received = self.flipped(Direction::Response, answers.len(), &answer);
            row = self.observe(EventKind::Response(received.clone())).or(row);
            commands.push(command);
            answers.push(answer);
            outcome = self.host.handle_response(&received).transpose();
            if outcome.is_some() {
                break;
            }
        }
        self.flip = None;
        let row = row.or_else(|| self.observer.finish(&self.keyring));
        Seen {
            outcome: outcome.unwrap(),
            row: row.unwrap(),
            commands,
            answers,
        }
    }

    fn flipped(&self, direction: Direction, frame: usize, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        if let Some(flip) = self.flip
            && (flip.direction, flip.frame) == (direction, frame)
        {
            bytes[flip.byte] ^= 1 << flip.bit;
        }
        bytes
    }

    fn observe(&mut self, kind: EventKind) -> Option<Exchange> {
        let event_no = self.event_no;
        self.event_no += 1;
        self.observer
            .step(event_no, &Event::new(kind), &self.keyring)
    }

    /// The application as the card holds it.
    pub(crate) fn application(&self) -> tapscope::virtual_card::ApplicationImage {
        self.card.image().applications.remove(&AID).unwrap()
    }
}
