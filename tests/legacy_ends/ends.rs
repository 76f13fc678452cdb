//! Host, card and observer, and the ways to open a session.

use tapscope::apdu::{Frame, FrameForm};
use tapscope::bytes::hex;
use tapscope::card::CommMode;
use tapscope::card::product::Product;
use tapscope::card::{Aid, ApplicationKeys, KeySettings, KeyType};
use tapscope::command::{Command, spec};
use tapscope::crypto::Secret;
use tapscope::crypto::entropy::{Entropy, SeededEntropy};
use tapscope::dialogue::{Host, Reply, Request};
use tapscope::keyring::{Diversification, KeyEntry, Keyring, Scope, Use};
use tapscope::secure_messaging::handshake::AuthKey;
use tapscope::secure_messaging::{KeyChange, Verdict};
use tapscope::trace::{Event, EventKind, Exchange, State};
use tapscope::virtual_card::{ApplicationImage, Card, Image, KeyImage};

pub(crate) const AID: Aid = Aid::from_wire([0x99, 0x44, 0x01]);
pub(crate) const UID: [u8; 7] = [0x04, 0x78, 0x2E, 0x21, 0x80, 0x1D, 0x80];

/// How a session is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Authenticate.
    D40,
    /// AuthenticateISO or AuthenticateAES, as the key asks for.
    Ev1,
    /// GET CHALLENGE, EXTERNAL and INTERNAL AUTHENTICATE.
    Iso,
}

/// Every way with every type of key that it takes.
pub(crate) const CHANNELS: [(Way, KeyType); 10] = [
    (Way::D40, KeyType::Des),
    (Way::D40, KeyType::TwoKey3Des),
    (Way::Ev1, KeyType::Des),
    (Way::Ev1, KeyType::TwoKey3Des),
    (Way::Ev1, KeyType::ThreeKey3Des),
    (Way::Ev1, KeyType::Aes128),
    (Way::Iso, KeyType::Des),
    (Way::Iso, KeyType::TwoKey3Des),
    (Way::Iso, KeyType::ThreeKey3Des),
    (Way::Iso, KeyType::Aes128),
];

/// The channel's name in a row.
pub(crate) fn name((way, kind): (Way, KeyType)) -> &'static str {
    match (way, kind) {
        (Way::D40, _) => "d40",
        (_, KeyType::Des) => "ev1-des",
        (_, KeyType::TwoKey3Des) => "ev1-2k3des",
        (_, KeyType::ThreeKey3Des) => "ev1-3k3des",
        (_, KeyType::Aes128) => "ev1-aes",
    }
}

/// A key of a type: another for each number, never symmetric unless single DES asks for equal halves.
pub(crate) fn key(kind: KeyType, number: u8) -> Secret {
    let byte = |i: u8| {
        i.wrapping_mul(29)
            .wrapping_add(7)
            .wrapping_mul(2 * number + 1)
            ^ 0x51
    };
    let bytes: Vec<u8> = (0..24).map(byte).collect();
    match kind {
        KeyType::Des => Secret::new(bytes[..8].repeat(2)),
        KeyType::TwoKey3Des | KeyType::Aes128 => Secret::new(&bytes[..16]),
        KeyType::ThreeKey3Des => Secret::new(bytes),
    }
}

pub(crate) const PICC: u8 = 40;

pub(crate) struct Ends {
    pub(crate) host: Host,
    pub(crate) card: Card,
    pub(crate) channel: (Way, KeyType),
    /// The observer's rows.
    pub(crate) rows: Vec<Exchange>,
    observer: State,
    pub(crate) keyring: Keyring,
    /// What the card was at the start.
    pub(crate) start: Image,
    /// The recording.
    pub(crate) events: Vec<Event>,
    entropy: SeededEntropy,
    last_answer: usize,
}

fn entry(scope: Aid, key_no: u8, kind: KeyType, value: Secret) -> KeyEntry {
    KeyEntry {
        label: format!("{scope} key {key_no}"),
        scope: Scope::Application(scope),
        key_no,
        key_set: 0,
        usage: Use::Auth,
        file_no: None,
        key_type: kind,
        version: 0,
        value,
        diversification: Diversification::None,
    }
}

/// Bits 7 and 6 of KS2, and of KeyNo at PICC level.
pub(crate) const fn type_bits(kind: KeyType) -> u8 {
    match kind {
        KeyType::Des | KeyType::TwoKey3Des => 0x00,
        KeyType::ThreeKey3Des => 0x40,
        KeyType::Aes128 => 0x80,
    }
}

impl Ends {
    /// A card with an application of five keys of the channel's type, and a PICC master key of that type.
    pub(crate) fn new(channel: (Way, KeyType)) -> Self {
        Self::of(Product::DesfireEv3, channel)
    }

    /// The same on a card of this product.
    pub(crate) fn of(product: Product, channel: (Way, KeyType)) -> Self {
        let kind = channel.1;
        let mut image = Image::blank(product, UID, [0x5A; 16]);
        image.master_key_type = kind;
        image.master_key = KeyImage::new(key(kind, PICC).expose(), 0);
        image.keys = ApplicationKeys(0x01 | type_bits(kind));
        let values = (0..5).map(|number| KeyImage::new(key(kind, number).expose(), 0));
        let application = ApplicationImage {
            settings: KeySettings(0x0F),
            keys: ApplicationKeys(0x05 | type_bits(kind)),
            iso_fid: None,
            df_name: Vec::new(),
            key_values: values.collect(),
            files: std::collections::BTreeMap::new(),
        };
        image.applications.insert(AID, application);
        let mut keys: Vec<KeyEntry> = (0..5)
            .map(|number| entry(AID, number, kind, key(kind, number)))
            .collect();
        keys.push(entry(Aid::PICC, 0, kind, key(kind, PICC)));
        Self {
            host: Host::new(FrameForm::Wrapped),
            card: Card::new(&image, Box::new(SeededEntropy::new(11))).unwrap(),
            channel,
            rows: Vec::new(),
            observer: State::new(),
            keyring: Keyring {
                keys,
                sessions: Vec::new(),
            },
            start: image,
            events: Vec::new(),
            entropy: SeededEntropy::new(23),
            last_answer: 0,
        }
    }

    /// In the application, in a session with one of its keys.
    pub(crate) fn open(channel: (Way, KeyType), key_no: u8) -> Self {
        Self::new(channel).entered(key_no)
    }

    /// Selects the application and opens a session with one of its keys.
    pub(crate) fn entered(mut self, key_no: u8) -> Self {
        let (way, kind) = self.channel;
        self.ok("5A 994401", CommMode::Plain);
        self.authenticate(way, key_no, &key(kind, key_no), kind);
        self
    }

    /// At PICC level, in a session with its master key.
    pub(crate) fn open_picc(channel: (Way, KeyType)) -> Self {
        let mut ends = Self::new(channel);
        ends.ok("5A 000000", CommMode::Plain);
        ends.authenticate(channel.0, 0, &key(channel.1, PICC), channel.1);
        ends
    }

    fn draw(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// Opens a session; card, host and observer must agree that both sides proved the key.
    pub(crate) fn authenticate(&mut self, way: Way, key_no: u8, key: &Secret, kind: KeyType) {
        let reply = self.try_authenticate(way, key_no, key, kind);
        assert!(
            reply.status.is_success(),
            "{way:?} {kind:?}: {}",
            reply.status
        );
        let row = self.rows.last().unwrap();
        let seen = row.authentication.as_ref().unwrap();
        let tapscope::trace::Authenticated::Legacy { key: fits, seen } = seen.as_ref() else {
            panic!("D40 or EV1");
        };
        assert_eq!((fits, seen.kind, seen.card), (key, kind, Verdict::Ok));
        assert_eq!(row.channel, Some(name((way, kind))));
        assert_eq!(row.findings, [], "{way:?} {kind:?}");
    }

    /// Like [`Ends::authenticate`], where the card may refuse.
    pub(crate) fn try_authenticate(
        &mut self,
        way: Way,
        key_no: u8,
        key: &Secret,
        kind: KeyType,
    ) -> Reply {
        let key = AuthKey::new(kind, key.expose()).unwrap();
        let (rnd_a, rpcd2) = (self.draw(key.rnd_len()), self.draw(key.rnd_len()));
        let in_application = self.observer_aid().is_some_and(|aid| !aid.is_picc());
        let request = match way {
            Way::Iso => Request::AuthenticateIso {
                reference: if in_application { 0x80 | key_no } else { 0x00 },
                key: Box::new(key),
                rpcd1: Secret::new(rnd_a),
                rpcd2,
            },
            _ => Request::AuthenticateLegacy {
                d40: way == Way::D40,
                key_no,
                key: Box::new(key),
                rnd_a: Secret::new(rnd_a),
            },
        };
        self.run(&request)
    }

    fn observer_aid(&self) -> Option<Aid> {
        self.rows.last().and_then(|row| row.aid)
    }

    /// A request that the host brings to an end; rows are kept.
    pub(crate) fn run(&mut self, request: &Request) -> Reply {
        self.host.start(request).unwrap();
        let mut reply = None;
        self.last_answer = 0;
        for _ in 0..100 {
            let Some(sent) = self.host.poll_transmit() else {
                break;
            };
            let answer = self.card.exchange(&sent).unwrap();
            self.last_answer += answer.len() - 2;
            self.observe(EventKind::Command(sent));
            self.observe(EventKind::Response(answer.clone()));
            reply = self
                .host
                .handle_response(&answer)
                .unwrap_or_else(|error| panic!("{request:?}: {error}"));
        }
        reply.unwrap()
    }

    pub(crate) fn observe(&mut self, kind: EventKind) {
        let event = Event::new(kind);
        let row = self.observer.step(self.events.len(), &event, &self.keyring);
        self.events.push(event);
        self.rows.extend(row);
    }

    /// A command in hexadecimal, code first; gives status and plain answer. The observer must see the same, with
    /// every check good.
    pub(crate) fn call(&mut self, command: &str, mode: CommMode) -> (u8, Vec<u8>) {
        let bytes = hex::parse(command).unwrap();
        let header_len = spec(bytes[0]).unwrap().header_len(bytes.len() - 1);
        let frame = Frame::desfire(bytes[0], bytes[1..].to_vec(), header_len);
        let command = Command::parse(&frame);
        assert!(!matches!(command, Command::Unknown(_)), "{bytes:02X?}");
        let reply = self.run(&Request::Command { command, mode });
        let row = self.rows.last().unwrap();
        let place = format!("{:?} {} {mode}: {row:?}", self.channel, row.name());
        assert!(
            !row.verdicts.any(Verdict::Bad) && !row.verdicts.any(Verdict::Unknown),
            "{place}"
        );
        assert_eq!(row.status, Some(reply.status), "{place}");
        if reply.status.is_success() {
            assert_eq!(row.command.as_deref(), Some(&bytes[1..]), "{place}");
            assert_eq!(row.response.as_ref(), Some(&reply.data), "{place}");
            assert_eq!(row.findings, [], "{place}");
        }
        (reply.status.code().unwrap(), reply.data)
    }

    /// A command that must succeed; gives the plain answer in hexadecimal.
    pub(crate) fn ok(&mut self, command: &str, mode: CommMode) -> String {
        let (status, data) = self.call(command, mode);
        assert_eq!(status, 0, "{:?} {command}", self.channel);
        hex::upper(data)
    }

    /// A command that must be refused with this status.
    pub(crate) fn refused(&mut self, command: &str, mode: CommMode, status: u8) {
        let (got, data) = self.call(command, mode);
        assert_eq!(
            (got, data),
            (status, Vec::new()),
            "{:?} {command}",
            self.channel
        );
    }

    /// Whether the card still has the session: GetCardUID needs one.
    pub(crate) fn has_session(&mut self) -> bool {
        let (status, uid) = self.call("51", CommMode::Full);
        assert!(matches!(status, 0x00 | 0xAE));
        assert!(status != 0 || uid == UID);
        status == 0
    }

    /// Changes a key; `old` where it is not that of the session.
    pub(crate) fn change_key(
        &mut self,
        key_no: u8,
        new: &Secret,
        version: Option<u8>,
        old: Option<Secret>,
    ) -> u8 {
        let request = Request::ChangeKey {
            key_set: None,
            key_no,
            change: KeyChange {
                new: new.clone(),
                version,
                old,
            },
        };
        self.run(&request).status.code().unwrap()
    }

    pub(crate) fn row(&self) -> &Exchange {
        self.rows.last().unwrap()
    }

    /// Bytes of the last answer as sent, statuses apart.
    pub(crate) const fn answer_len(&self) -> usize {
        self.last_answer
    }
}
