//! Host, card and observer of one conversation.

use std::collections::HashMap;

use serde_json::Value;
use tapscope::apdu::Frame;
use tapscope::bytes::hex;
use tapscope::card::{CommMode, KeyType};
use tapscope::crypto::Secret;
use tapscope::secure_messaging::handshake::{AuthKey, d40, ev1};
use tapscope::secure_messaging::{
    D40, Ev1, Extent, KeyChange, KeyForm, Opened, OpenedKey, Verdict,
};

use crate::exchanges::Exchange;
use crate::support::vectors::{bytes, text};

/// The same session at the three ends.
struct Session {
    key_no: u8,
    kind: KeyType,
    channel: Channel,
}

enum Channel {
    D40(Box<D40>),
    Ev1(Box<Ev1Ends>),
}

struct Ev1Ends {
    host: Ev1,
    card: Ev1,
    observer: Ev1,
}

pub(crate) struct Ends {
    keys: HashMap<(String, u8), (KeyType, Vec<u8>)>,
    aid: String,
    session: Option<Session>,
    /// Messages that were sealed, compared and opened.
    pub(crate) messages: usize,
    /// The observer does not see the next exchange.
    pub(crate) observer_misses: bool,
    /// What became of the observer, once it missed an exchange of a session.
    pub(crate) gap: Option<Gap>,
}

/// An exchange that the observer missed.
#[derive(Default)]
pub(crate) struct Gap {
    /// The session is over.
    over: bool,
    /// It saw another exchange of that session.
    pub(crate) followed: bool,
    /// It was in step again before that session ended.
    pub(crate) regained: bool,
}

impl Ends {
    pub(crate) fn new(conversation: &Value) -> Self {
        let keys = conversation["keys"].as_array().expect("keys");
        let keys = keys.iter().map(|key| {
            let no = u8::try_from(key["no"].as_u64().expect("no")).expect("a key number");
            let kind = match text(key, "type") {
                "des" => KeyType::Des,
                "2k3des" => KeyType::TwoKey3Des,
                "3k3des" => KeyType::ThreeKey3Des,
                _ => KeyType::Aes128,
            };
            ((text(key, "aid").to_owned(), no), (kind, bytes(key, "key")))
        });
        Self {
            keys: keys.collect(),
            aid: "000000".to_owned(),
            session: None,
            messages: 0,
            observer_misses: false,
            gap: None,
        }
    }

    pub(crate) fn follow(&mut self, exchange: &Exchange) {
        assert_eq!(exchange.status, 0, "these conversations hold no refusal");
        if let Some(gap) = &mut self.gap {
            gap.over |= exchange.is_authentication();
        }
        match exchange.ins {
            0x5A => {
                self.session = None;
                self.aid = hex::upper(&exchange.command);
            }
            0x0A => self.authenticate_d40(exchange),
            0x1A | 0xAA => self.authenticate_ev1(exchange),
            0xC4 => self.change_key(exchange),
            _ => self.command(exchange),
        }
    }

    fn key(&self, no: u8) -> (KeyType, &[u8]) {
        let key = self.keys.get(&(self.aid.clone(), no));
        let (kind, key) = key.unwrap_or_else(|| panic!("key {no} of {}", self.aid));
        (*kind, key)
    }

    fn authenticate_d40(&mut self, exchange: &Exchange) {
        let key_no = exchange.command[0];
        let (kind, key) = self.key(key_no);
        let key = AuthKey::new(kind, key).expect("the key fits its type");
        let transcript = d40::Transcript {
            challenge: exchange.challenge.as_slice().try_into().expect("a block"),
            token: exchange.token.as_slice().try_into().expect("two blocks"),
            proof: Some(exchange.answer.clone()),
        };
        let seen = transcript.observe(&key).expect("the key fits");
        assert_eq!((seen.host, seen.card), (Verdict::Ok, Verdict::Ok));
        let session_key = seen.session_key().expect("a session key");
        assert_eq!(session_key.expose(), bytes(&exchange.expect, "session_key"));
        self.session = Some(Session {
            key_no,
            kind: key.kind(),
            channel: Channel::D40(Box::new(D40::new(session_key.expose()).expect("a DES key"))),
        });
    }

    fn authenticate_ev1(&mut self, exchange: &Exchange) {
        let key_no = exchange.command[0];
        let (kind, key) = self.key(key_no);
        let key = AuthKey::new(kind, key).expect("the key fits its type");
        let transcript = ev1::Transcript {
            challenge: exchange.challenge.clone(),
            token: exchange.token.clone(),
            proof: Some(exchange.answer.clone()),
        };
        let seen = transcript.observe(&key).expect("the key fits");
        assert_eq!((seen.host, seen.card), (Verdict::Ok, Verdict::Ok));
        let session_key = seen.session_key().expect("a session key");
        assert_eq!(session_key.expose(), bytes(&exchange.expect, "session_key"));
        let mut host = ev1::Host::new(&key, seen.rnd_a.expose()).expect("the length fits");
        let rnd_b = seen.rnd_b.expect("RndB");
        let card = ev1::Card::new(&key, rnd_b.expose()).expect("the length fits");
        assert_eq!(host.answer(&card.challenge()), Ok(exchange.token.clone()));
        let (proof, _, card) = card.finish(&exchange.token).expect("the host's proof");
        assert_eq!(proof, exchange.answer);
        let (_, host) = host.finish(&proof).expect("the card's proof");
        self.session = Some(Session {
            key_no,
            kind: key.kind(),
            channel: Channel::Ev1(Box::new(Ev1Ends {
                observer: host.clone(),
                host,
                card,
            })),
        });
    }

    fn command(&mut self, exchange: &Exchange) {
        let Some(session) = &mut self.session else {
            return;
        };
        let expect = &exchange.expect;
        let mode = match text(expect, "mode") {
            "plain" => CommMode::Plain,
            "mac" => CommMode::Mac,
            _ => CommMode::Full,
        };
        let (header, data) = (bytes(expect, "header"), bytes(expect, "data"));
        let frame = Frame::desfire(exchange.ins, [&header[..], &data].concat(), header.len());
        let answer = bytes(expect, "resp");
        let to_card = Extent::Known(data.len());
        let whole_file = exchange.ins == 0xBD && header[4..] == [0, 0, 0];
        let to_host = if whole_file {
            Extent::Marked
        } else {
            Extent::Known(answer.len())
        };
        let (ins, sent, got) = (exchange.ins, &exchange.command, &exchange.answer);
        match &mut session.channel {
            Channel::D40(session) => {
                assert_eq!(&session.seal_command(&frame, mode, to_card), sent);
                let opened = session.open_command(sent, header.len(), mode, to_card);
                assert_fits(&opened, &frame.body());
                let back = D40::answer_mode(mode, !data.is_empty());
                assert_eq!(&session.seal_response(&answer, back, to_host), got);
                assert_fits(&session.open_response(got, back, to_host), &answer);
            }
            Channel::Ev1(ends) => {
                let Ev1Ends {
                    host,
                    card,
                    observer,
                } = &mut **ends;
                assert_eq!(&host.seal_command(&frame, mode, to_card), sent);
                let opened = card.open_command(ins, sent, header.len(), mode, to_card);
                assert_fits(&opened, &frame.body());
                let back = Ev1::answer_mode(mode, !data.is_empty());
                assert_eq!(&card.seal_response(0, &answer, back, to_host), got);
                assert_fits(&host.open_response(0, got, back, to_host), &answer);
                assert_eq!(host.iv(), card.iv());
                if self.observer_misses {
                    observer.lose_step();
                    self.gap = Some(Gap::default());
                } else {
                    let opened = observer.open_command(ins, sent, header.len(), mode, to_card);
                    assert_not_bad(&opened);
                    assert_not_bad(&observer.open_response(0, got, back, to_host));
                    if let Some(gap) = self.gap.as_mut().filter(|gap| !gap.over) {
                        gap.followed = true;
                        gap.regained |= observer.iv().is_some();
                    }
                }
                assert!(observer.iv().is_none() || observer.iv() == host.iv());
            }
        }
        self.messages += 2;
    }

    fn change_key(&mut self, exchange: &Exchange) {
        let session = self.session.as_mut().expect("ChangeKey needs a session");
        let expect = &exchange.expect;
        let version = expect.get("new_key_version");
        let version = version.map(|_| bytes(expect, "new_key_version")[0]);
        let header = bytes(expect, "header");
        let (number, bits) = (header[0] & 0x3F, header[0] & 0xC0);
        let own = number == session.key_no;
        let kind = match (self.aid.as_str(), bits) {
            ("000000", 0x40) => KeyType::ThreeKey3Des,
            ("000000", 0x80) => KeyType::Aes128,
            ("000000", _) => KeyType::TwoKey3Des,
            _ => session.kind,
        };
        let form = KeyForm { kind, own };
        let old = &self.keys[&(self.aid.clone(), number)].1;
        let change = KeyChange {
            new: Secret::new(bytes(expect, "new_key")),
            version,
            old: (!own).then(|| Secret::new(old.as_slice())),
        };
        let (sent, got) = (&exchange.command, &exchange.answer);
        match &mut session.channel {
            Channel::D40(session) => {
                assert_eq!(&session.seal_key(&header, &change), sent);
                let opened = session.open_key(sent, 1, form).expect("the length fits");
                assert_key(&opened, &change, old);
                assert!(got.is_empty());
            }
            Channel::Ev1(ends) => {
                let Ev1Ends {
                    host,
                    card,
                    observer,
                } = &mut **ends;
                assert_eq!(&host.seal_key(0xC4, &header, &change), sent);
                let opened = card.open_key(0xC4, sent, 1, form).expect("the length fits");
                assert_key(&opened, &change, old);
                if self.observer_misses {
                    observer.lose_step();
                    self.gap = Some(Gap::default());
                } else {
                    observer.open_key(0xC4, sent, 1, form);
                }
                if own {
                    assert!(got.is_empty(), "the session ends without a MAC");
                } else {
                    assert_eq!(
                        &card.seal_response(0, &[], CommMode::Mac, Extent::Search),
                        got
                    );
                    let opened = host.open_response(0, got, CommMode::Mac, Extent::Search);
                    assert_fits(&opened, &[]);
                    if !self.observer_misses {
                        let opened = observer.open_response(0, got, CommMode::Mac, Extent::Search);
                        assert_not_bad(&opened);
                    }
                }
            }
        }
        self.messages += 2;
        let changed = (kind, change.new.expose().to_vec());
        self.keys.insert((self.aid.clone(), number), changed);
        if own {
            self.session = None;
        }
    }
}

fn assert_fits(opened: &Opened, plain: &[u8]) {
    assert_eq!(opened.plain.as_deref(), Some(plain));
    for verdict in [opened.mac.verdict, opened.crc.verdict, opened.padding] {
        assert!(matches!(verdict, Verdict::Ok | Verdict::None), "{opened:?}");
    }
}

fn assert_not_bad(opened: &Opened) {
    for verdict in [opened.mac.verdict, opened.crc.verdict, opened.padding] {
        assert_ne!(verdict, Verdict::Bad, "{opened:?}");
    }
}

fn assert_key(opened: &OpenedKey, change: &KeyChange, old: &[u8]) {
    assert_eq!(
        (opened.crc.verdict, opened.padding),
        (Verdict::Ok, Verdict::Ok)
    );
    assert_eq!(opened.version, change.version);
    let (new, check) = opened.new_key(&Secret::new(old));
    assert_eq!(new, change.new);
    assert_ne!(check.verdict, Verdict::Bad);
}
