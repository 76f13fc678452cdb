//! What the benchmarks of the channels share: a recording of one session in CommMode.Full, the two ends that are
//! measured over it, and the clock.

use std::hint::black_box;
use std::time::{Duration, Instant};

use tapscope::apdu::FrameForm;
use tapscope::card::product::Product;
use tapscope::card::settings::{DataFile, FileKind, FileSettings, ValueFile};
use tapscope::card::{AccessRights, Aid, ApplicationKeys, CommMode, KeySettings, KeyType};
use tapscope::command::{
    Amount, AmountKind, Chaining, Command, GetValue, ReadData, SelectApplication,
};
use tapscope::crypto::Secret;
use tapscope::crypto::entropy::SeededEntropy;
use tapscope::dialogue::{Host, Request};
use tapscope::keyring::{Diversification, KeyEntry, Keyring, Scope, Use};
use tapscope::trace::{Event, EventKind, State};
use tapscope::virtual_card::{ApplicationImage, Card, FileContent, FileImage, Image, KeyImage};

pub(crate) const ROUNDS: usize = 61;
pub(crate) const EXCHANGES: usize = 3_000;
/// Frames of selection and authentication at the start of a recording.
pub(crate) const OPENING: usize = 3;
/// The file of 32 bytes.
pub(crate) const DATA: u8 = 0x01;

const AID: Aid = Aid::from_wire([0x99, 0x44, 0x01]);
const VALUE: u8 = 0x03;

/// A session as bytes: what the host sent, what the card answered, and what both started from.
pub(crate) struct Recording {
    pub(crate) keyring: Keyring,
    pub(crate) commands: Vec<Vec<u8>>,
    pub(crate) answers: Vec<Vec<u8>>,
    pub(crate) events: Vec<Event>,
    image: Image,
}

pub(crate) fn get_value() -> Command {
    Command::GetValue(GetValue { file_no: VALUE })
}

pub(crate) fn credit() -> Command {
    Command::Amount(Amount {
        kind: AmountKind::Credit,
        file_no: VALUE,
        amount: 1,
    })
}

pub(crate) fn read_data() -> Command {
    Command::ReadData(ReadData {
        chaining: Chaining::Native,
        file_no: DATA,
        offset: 0,
        length: 32,
    })
}

/// Selection, authentication, then `exchanges` in turn on a card whose application has one key.
pub(crate) fn record(
    kind: KeyType,
    key: &[u8],
    authenticate: Request,
    exchanges: &[Command],
) -> Recording {
    let image = image(kind, key);
    let mut card = card(&image);
    let mut host = Host::new(FrameForm::Wrapped);
    let (mut commands, mut answers) = (Vec::new(), Vec::new());
    let full = |command| Request::Command {
        command,
        mode: CommMode::Full,
    };
    let select = Command::SelectApplication(SelectApplication {
        aid: AID,
        second: None,
    });
    let exchanges = exchanges.iter().cloned().cycle().take(EXCHANGES);
    let opening = [full(select), authenticate];
    for request in opening.into_iter().chain(exchanges.map(full)) {
        host.start(&request).unwrap();
        while let Some(command) = host.poll_transmit() {
            let answer = card.handle(&command);
            let reply = host.handle_response(&answer).unwrap();
            assert!(reply.is_none_or(|reply| reply.status.is_success()));
            commands.push(command);
            answers.push(answer);
        }
    }
    assert_eq!(commands.len(), OPENING + EXCHANGES, "one frame per command");
    let pairs = commands.iter().cloned().zip(answers.iter().cloned());
    let events = pairs
        .flat_map(|(command, answer)| [EventKind::Command(command), EventKind::Response(answer)])
        .map(Event::new)
        .collect();
    Recording {
        keyring: keyring(kind, key),
        commands,
        answers,
        events,
        image,
    }
}

fn image(kind: KeyType, key: &[u8]) -> Image {
    let settings = |kind| FileSettings {
        option: CommMode::Full.option_bits(),
        rights: AccessRights::from_word(0x0000),
        more_rights: Vec::new(),
        kind,
        sdm: Vec::new(),
    };
    let file = |kind, content| FileImage {
        iso_fid: None,
        settings: settings(kind),
        content,
    };
    let data = (0x30..0x50).collect();
    let value = ValueFile {
        lower: 0,
        upper: i32::MAX,
        limited_credit: 0,
        options: 0,
    };
    let files = [
        (
            DATA,
            file(
                FileKind::Standard(DataFile { size: 32 }),
                FileContent::Data(data),
            ),
        ),
        (
            VALUE,
            file(FileKind::Value(value), FileContent::Value(1_000)),
        ),
    ];
    let keys = match kind {
        KeyType::Des | KeyType::TwoKey3Des => 0x01,
        KeyType::ThreeKey3Des => 0x41,
        KeyType::Aes128 => 0x81,
    };
    let application = ApplicationImage {
        settings: KeySettings(0x0B),
        keys: ApplicationKeys(keys),
        iso_fid: None,
        df_name: Vec::new(),
        key_values: vec![KeyImage::new(key, 1)],
        files: files.into_iter().collect(),
    };
    let uid = [0x04, 0x5A, 0x31, 0xC2, 0x9B, 0x61, 0x80];
    let mut image = Image::blank(Product::DesfireEv3, uid, [0x2E; 16]);
    image.applications.insert(AID, application);
    image
}

fn card(image: &Image) -> Card {
    Card::new(image, Box::new(SeededEntropy::new(11))).unwrap()
}

fn keyring(key_type: KeyType, key: &[u8]) -> Keyring {
    let entry = KeyEntry {
        label: "application key".into(),
        scope: Scope::Application(AID),
        key_no: 0,
        key_set: 0,
        usage: Use::Auth,
        file_no: None,
        key_type,
        version: 1,
        value: Secret::new(key),
        diversification: Diversification::None,
    };
    Keyring {
        keys: vec![entry],
        sessions: Vec::new(),
    }
}

/// The recorded events through `trace::State::step`.
pub(crate) fn time_decode(recording: &Recording) -> Duration {
    let keyring = &recording.keyring;
    let (opening, session) = recording.events.split_at(2 * OPENING);
    let mut state = State::new();
    for (event_no, event) in opening.iter().enumerate() {
        state.step(event_no, event, keyring);
    }
    let taken = time(|| {
        for (event_no, event) in (opening.len()..).zip(session) {
            black_box(state.step(event_no, event, keyring));
        }
    });
    assert_eq!(state.finish(keyring), None);
    taken
}

/// The recorded commands through `Card::handle`.
pub(crate) fn time_card(recording: &Recording) -> Duration {
    let mut card = card(&recording.image);
    let (opening, session) = recording.commands.split_at(OPENING);
    for command in opening {
        card.handle(command);
    }
    let mut last = Vec::new();
    let taken = time(|| {
        for command in session {
            last = black_box(card.handle(command));
        }
    });
    assert_eq!(Some(&last), recording.answers.last());
    taken
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
pub(crate) fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "nanoseconds of a round and counts fit easily"
)]
pub(crate) fn per(count: usize, taken: Duration) -> f64 {
    taken.as_nanos() as f64 / count as f64
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap()
}
