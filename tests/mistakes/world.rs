//! A card with its application and a host that both know all keys: sets the scene and authenticates.

use tapscope::card::{Aid, KeyType};
use tapscope::crypto::Secret;
use tapscope::keyring::{Diversification, KeyEntry, Keyring, Scope, Use};

use super::conversation::{Cut, Talk};
use super::dice::Dice;
use super::handshake::{self, Inputs, Way, legacy_key, rnd_len};
use super::message::{Answer, Command, Knobs, Mode};
use super::plan::{Channel, Last, Plan};
use super::{d40, ev1, ev2};

/// Number of keys of the application.
const KEYS: usize = 5;

/// The session that both sides hold.
pub(crate) enum Session {
    None,
    D40(d40::Session),
    Ev1(ev1::Session),
    Ev2(ev2::Session),
}

/// Everything that a conversation depends on.
pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) talk: Talk,
    pub(crate) channel: Channel,
    pub(crate) is_picc: bool,
    /// Frames may be chained; where the wrapping counts there must be only one.
    may_chain: bool,
    aid: Aid,
    /// The keys as the user's table has them.
    pub(crate) table: Vec<Vec<u8>>,
    /// The keys as the card has them.
    pub(crate) keys: Vec<Vec<u8>>,
    pub(crate) key_no: usize,
    pub(crate) session: Session,
    /// Numbers of the plain, MACed and enciphered data files, of the value file and of the free file.
    pub(crate) files: [u8; 5],
    pub(crate) value_mode: Mode,
    /// What the transaction has counted.
    pub(crate) pieces: Vec<Vec<u8>>,
    pub(crate) counter: u32,
    pub(crate) uid: Vec<u8>,
    pub(crate) tmac_key: Vec<u8>,
}

/// A random key; single DES is stored twice.
pub(crate) fn draw_key(dice: &mut Dice, kind: KeyType) -> Vec<u8> {
    match kind {
        KeyType::Des => dice.bytes(8).repeat(2),
        KeyType::ThreeKey3Des => dice.bytes(24),
        KeyType::TwoKey3Des | KeyType::Aes128 => dice.bytes(16),
    }
}

impl World {
    /// Selects the application and shows its files.
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut dice = Dice::new(plan.seed);
        let (kind, is_picc) = (plan.channel.kind, plan.last == Last::ChangeMaster);
        let aid: [u8; 3] = dice.bytes(3).try_into().unwrap();
        let aid = if is_picc {
            Aid::PICC
        } else {
            Aid::from_wire(aid)
        };
        let table: Vec<Vec<u8>> = (0..KEYS).map(|_| draw_key(&mut dice, kind)).collect();
        let key_no = dice.below(KEYS);
        let first = dice.below(28);
        let files = std::array::from_fn(|i| u8::try_from((first + i * 3) % 32).unwrap());
        let drawn = dice.one(&Mode::ALL);
        let value_mode = match plan.last {
            Last::Credit(mode) | Last::Value(mode) => mode,
            _ => drawn,
        };
        let is_wrapped = dice.once_in(2) || plan.needs.wrapped;
        let mut world = Self {
            talk: Talk {
                events: Vec::new(),
                is_wrapped,
            },
            channel: plan.channel,
            is_picc,
            may_chain: !plan.needs.wrapped,
            aid,
            keys: table.clone(),
            table,
            key_no: if is_picc { 0 } else { key_no },
            session: Session::None,
            files,
            value_mode,
            pieces: Vec::new(),
            counter: u32::try_from(dice.below(60_000)).unwrap() + 2,
            uid: [&[0x04], &dice.bytes(6)[..]].concat(),
            tmac_key: dice.bytes(16),
            dice,
        };
        world.open();
        world
    }

    fn open(&mut self) {
        let parts = [
            vec![0x04, 0x01, 0x01, 0x33, 0x00, 0x18, 0x05],
            vec![0x04, 0x01, 0x01, 0x03, 0x00, 0x18, 0x05],
            [&self.uid[..], &[0x21, 0x13, 0x62, 0x30, 0x30, 0x40, 0x24]].concat(),
        ];
        self.talk.send(0x60, &[]);
        for part in &parts[..2] {
            self.talk.reply(0xAF, part);
            self.talk.send(0xAF, &[]);
        }
        self.talk.reply(0x00, &parts[2]);
        self.talk.plain(0x5A, &self.aid.wire(), 0x00, &[]);
        if self.is_picc {
            return;
        }
        for at in 0..self.files.len() {
            let settings = self.settings(at);
            self.talk.plain(0xF5, &[self.files[at]], 0x00, &settings);
        }
    }

    /// The answer to GetFileSettings.
    pub(crate) fn settings(&self, at: usize) -> Vec<u8> {
        let key = u8::try_from(self.key_no).unwrap();
        let by_key = [key << 4, key << 4 | key];
        match at {
            3 => {
                let limits = [0, 0, 0, 0x80, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0, 0];
                [&[0x02, self.value_mode.bits()], &by_key[..], &limits].concat()
            }
            4 => vec![0x00, Mode::Mac.bits(), 0xF0, 0xEE, 0x00, 0x01, 0x00],
            _ => {
                let mode = Mode::ALL[at].bits();
                [&[0x00, mode], &by_key[..], &[0x00, 0x01, 0x00]].concat()
            }
        }
    }

    /// Opens a session, or with `again` continues one; a wrong host is refused.
    pub(crate) fn authenticate(&mut self, again: bool, host: &Knobs, card: &Knobs) {
        let Channel { way, kind } = self.channel;
        let way = if again { Way::NonFirst } else { way };
        let key = &self.keys[self.key_no];
        let other = 1 + self.dice.below(KEYS - 1);
        let foreign = &self.table[(self.key_no + other) % KEYS];
        let len = rnd_len(kind);
        let (rnd_a, rnd_b) = (self.dice.bytes(len), self.dice.bytes(len));
        let ti = self.dice.bytes(4);
        let inputs = Inputs {
            way,
            kind,
            key,
            foreign,
            rnd_a: &rnd_a,
            rnd_b: &rnd_b,
            ti: &ti,
        };
        let seen = handshake::run(&inputs, host, card);
        let number = u8::try_from(self.key_no).unwrap();
        let (ins, body) = match (way, kind) {
            (Way::D40, _) => (0x0A, vec![number]),
            (Way::Ev1, KeyType::Aes128) => (0xAA, vec![number]),
            (Way::Ev1, _) => (0x1A, vec![number]),
            (Way::First, _) => (0x71, vec![number, 0x00]),
            (Way::NonFirst, _) => (0x77, vec![number]),
        };
        let proof = host.0.is_empty().then_some(&seen.proof[..]);
        self.talk
            .handshake((ins, &body), &seen.challenge, &seen.token, proof);
        let before = std::mem::replace(&mut self.session, Session::None);
        self.session = match (way, before) {
            (Way::D40, _) => {
                let key = legacy_key(kind, &rnd_a, &rnd_b);
                Session::D40(d40::Session::new(kind, key))
            }
            (Way::Ev1, before) => {
                let mut session = ev1::Session::new(kind, key, &rnd_a, &rnd_b);
                if let Session::Ev1(before) = before {
                    session.before = Some(Box::new(before));
                }
                Session::Ev1(session)
            }
            (_, before) => {
                let before = match before {
                    Session::Ev2(before) => Some(Box::new(before)),
                    _ => None,
                };
                let (ti, ctr) = match &before {
                    Some(before) if again => (before.ti.clone(), before.ctr),
                    _ => (ti, 0),
                };
                Session::Ev2(ev2::Session {
                    key: key.clone(),
                    rnd_a,
                    rnd_b,
                    ti,
                    ctr,
                    before,
                })
            }
        };
    }

    /// One command with its answer; `answer` is `None` when the card refuses.
    pub(crate) fn exchange(
        &mut self,
        command: &Command,
        answer: Result<&Answer, u8>,
        host: &Knobs,
        card: &Knobs,
    ) {
        let body = match &mut self.session {
            Session::None => [&command.header[..], &command.data].concat(),
            Session::D40(session) => session.command(command, host),
            Session::Ev1(session) => session.command(command, host),
            Session::Ev2(session) => session.command(command, host),
        };
        let (status, data) = match (answer, &mut self.session) {
            (Err(status), _) => (status, Vec::new()),
            (Ok(answer), Session::None) => (0x00, answer.data.clone()),
            (Ok(answer), Session::D40(session)) => (0x00, session.answer(answer, card)),
            (Ok(answer), Session::Ev1(session)) => (0x00, session.answer(answer, card)),
            (Ok(answer), Session::Ev2(session)) => {
                let data = session.answer(answer, card);
                session.ctr += 1;
                (0x00, data)
            }
        };
        let cuts = [Cut::draw(&mut self.dice), Cut::draw(&mut self.dice)];
        let cuts = match command.ins {
            0x3D if self.may_chain => [cuts[0], Cut::NONE],
            0xBD if self.may_chain => [Cut::NONE, cuts[1]],
            _ => [Cut::NONE; 2],
        };
        self.talk
            .exchange((command.ins, &body), (status, &data), cuts);
    }

    /// The user's table.
    pub(crate) fn keyring(&self) -> Keyring {
        let entry = |label: String, key_no, usage, key_type, value: &[u8]| KeyEntry {
            label,
            scope: Scope::Application(self.aid),
            key_no,
            key_set: 0,
            usage,
            file_no: None,
            key_type,
            version: 0,
            value: Secret::new(value),
            diversification: Diversification::None,
        };
        let keys = self.table.iter().enumerate().map(|(number, value)| {
            let label = format!("key {number}");
            let number = u8::try_from(number).unwrap();
            entry(label, number, Use::Auth, self.channel.kind, value)
        });
        let tmac = entry(
            "TransactionMAC".into(),
            0,
            Use::Tmac,
            KeyType::Aes128,
            &self.tmac_key,
        );
        Keyring {
            keys: keys.chain([tmac]).collect(),
            sessions: Vec::new(),
        }
    }
}
