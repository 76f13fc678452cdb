//! The core's speed against the ciphers it needs: figures N1 and N4, printed in one run by `cargo bench`.
//!
//! Everything is measured over the same recording: an authentication and then thousands of EV2 exchanges in
//! CommMode.Full on one card, GetValue, Credit and ReadData of 32 bytes in turn.
//!
//! * **yardstick**: the AES and CMAC computations that these exchanges contain, each once, called on the crates
//!   themselves with messages, IV blocks and key schedules prepared;
//! * **decode** (N1): the recorded events through `trace::State::step`;
//! * **card** (N4): the recorded commands through `Card::handle`;
//! * **top-up** (N4): the whole top-up on the demo card, host and card, not recorded.
//!
//! The rounds alternate, so that a change of clock frequency meets all of them; printed are medians of rounds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark stops at once and prints its result"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use aes::Aes128;
use aes::cipher::{Array, BlockCipherEncrypt, BlockModeDecrypt, InnerIvInit, KeyInit};
use cmac::digest::InnerInit;
use cmac::{Cmac, Mac};

use tapscope::apdu::{CommandApdu, FrameForm, ResponseApdu};
use tapscope::card::product::Product;
use tapscope::card::settings::{DataFile, FileKind, FileSettings, ValueFile};
use tapscope::card::{AccessRights, Aid, ApplicationKeys, CommMode, KeySettings, KeyType};
use tapscope::command::{
    Amount, AmountKind, Chaining, Command, GetValue, ReadData, SelectApplication,
};
use tapscope::crypto::Secret;
use tapscope::crypto::entropy::SeededEntropy;
use tapscope::dialogue::{Host, Request, Runner};
use tapscope::keyring::{Diversification, KeyEntry, Keyring, Scope, Use};
use tapscope::ota::{TmvCheck, TopUp};
use tapscope::session::{demo, image, keys};
use tapscope::trace::{Event, EventKind, State};
use tapscope::transport::{EmbeddedCard, drive};
use tapscope::virtual_card::{ApplicationImage, Card, FileContent, FileImage, Image, KeyImage};

const ROUNDS: usize = 61;
const EXCHANGES: usize = 3_000;
const TOP_UPS: usize = 50;
/// Frames of selection and authentication at the start of the recording.
const OPENING: usize = 3;

const AID: Aid = Aid::from_wire([0x99, 0x44, 0x01]);
const KEY: [u8; 16] = *b"\x5B\xC1\x07\xE9\x22\x9D\x40\xF6\x3A\x88\x15\xD3\x6E\xB4\x71\x0C";
const DATA: u8 = 0x01;
const VALUE: u8 = 0x03;

fn main() {
    let recording = record();
    let yardstick = Yardstick::of(&recording);
    let keyring = keyring();
    let demo_keys = keys::read(demo::keys().as_bytes()).unwrap().value;
    let demo_image = image::read(demo::image("demo").unwrap().as_bytes()).unwrap();

    let mut direct = Vec::new();
    let mut decode = Vec::new();
    let mut card = Vec::new();
    let mut top_up = Vec::new();
    for _ in 0..ROUNDS {
        direct.push(per(EXCHANGES, time(|| yardstick.run())));
        decode.push(per(EXCHANGES, time_decode(&recording, &keyring)));
        card.push(per(EXCHANGES, time_card(&recording)));
        top_up.push(per(TOP_UPS, time_top_ups(&demo_image, &demo_keys)));
    }
    let direct = median(direct);
    let (decode, card, top_up) = (median(decode), median(card), median(top_up));

    println!("EV2 Full exchanges, {ROUNDS} rounds of {EXCHANGES}, medians");
    println!("  yardstick   {direct:8.1} ns   AES and CMAC alone");
    println!("  decode      {decode:8.1} ns");
    println!("  card        {card:8.1} ns");
    println!("Top-up on the demo card, {ROUNDS} rounds of {TOP_UPS}, median");
    println!("  top-up      {:8.1} us", top_up / 1000.0);
    println!();
    println!(
        "N1  decode / yardstick   {:5.2}   target 3.00 at most",
        decode / direct
    );
    println!(
        "N4  card / yardstick     {:5.2}   target 3.00 at most",
        card / direct
    );
    println!(
        "N4  top-up               {:5.1}   target 50.0 us at most",
        top_up / 1000.0
    );
}

/// A session as bytes: what the host sent, what the card answered.
struct Recording {
    commands: Vec<Vec<u8>>,
    answers: Vec<Vec<u8>>,
    events: Vec<Event>,
}

fn key_image() -> Image {
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
    let application = ApplicationImage {
        settings: KeySettings(0x0B),
        keys: ApplicationKeys(0x81),
        iso_fid: None,
        df_name: Vec::new(),
        key_values: vec![KeyImage::new(KEY, 1)],
        files: files.into_iter().collect(),
    };
    let uid = [0x04, 0x5A, 0x31, 0xC2, 0x9B, 0x61, 0x80];
    let mut image = Image::blank(Product::DesfireEv3, uid, KEY);
    image.applications.insert(AID, application);
    image
}

fn new_card() -> Card {
    Card::new(&key_image(), Box::new(SeededEntropy::new(11))).unwrap()
}

fn keyring() -> Keyring {
    let entry = KeyEntry {
        label: "application key".into(),
        scope: Scope::Application(AID),
        key_no: 0,
        key_set: 0,
        usage: Use::Auth,
        file_no: None,
        key_type: KeyType::Aes128,
        version: 1,
        value: Secret::new(KEY),
        diversification: Diversification::None,
    };
    Keyring {
        keys: vec![entry],
        sessions: Vec::new(),
    }
}

fn requests() -> impl Iterator<Item = Request> {
    let select = SelectApplication {
        aid: AID,
        second: None,
    };
    let read = ReadData {
        chaining: Chaining::Native,
        file_no: DATA,
        offset: 0,
        length: 32,
    };
    let credit = Amount {
        kind: AmountKind::Credit,
        file_no: VALUE,
        amount: 1,
    };
    let full = |command| Request::Command {
        command,
        mode: CommMode::Full,
    };
    let exchanges = [
        Command::GetValue(GetValue { file_no: VALUE }),
        Command::Amount(credit),
        Command::ReadData(read),
    ];
    let opening = [
        full(Command::SelectApplication(select)),
        Request::Authenticate {
            first: true,
            key_no: 0,
            key: KEY,
            rnd_a: [0x6D; 16],
            pcdcap2: Vec::new(),
        },
    ];
    let exchanges = exchanges.into_iter().map(full).collect::<Vec<_>>();
    opening
        .into_iter()
        .chain(exchanges.into_iter().cycle().take(EXCHANGES))
}

fn record() -> Recording {
    let mut card = new_card();
    let mut host = Host::new(FrameForm::Wrapped);
    let (mut commands, mut answers) = (Vec::new(), Vec::new());
    for request in requests() {
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
        commands,
        answers,
        events,
    }
}

/// The computations of one exchange: two CMACs, one IV, one CBC.
struct Sums {
    command: Vec<u8>,
    response: Vec<u8>,
    iv: [u8; 16],
    enciphered: Vec<u8>,
}

struct Yardstick {
    enc: Aes128,
    mac: Aes128,
    exchanges: Vec<Sums>,
}

impl Yardstick {
    fn of(recording: &Recording) -> Self {
        let rows = tapscope::trace::decode(&recording.events, &keyring());
        let opened = rows
            .iter()
            .find_map(|row| row.authentication.as_deref()?.ev2())
            .unwrap();
        let ti = opened.ti.unwrap();
        let frames = recording.commands.iter().zip(&recording.answers);
        let exchanges = frames.skip(OPENING).zip(0_u16..);
        let exchanges = exchanges.map(|((command, answer), ctr)| sums(command, answer, ctr, ti));
        Self {
            enc: Aes128::new(&opened.keys.enc.into()),
            mac: Aes128::new(&opened.keys.mac.into()),
            exchanges: exchanges.collect(),
        }
    }

    fn run(&self) {
        let mut plain = [Array::default(); 3];
        let mut mac = Cmac::inner_init(&self.mac);
        for sums in &self.exchanges {
            for message in [&sums.command, &sums.response] {
                mac.update(message);
                black_box(mac.finalize_reset().into_bytes());
            }
            let mut iv = sums.iv.into();
            self.enc.encrypt_block(&mut iv);
            let (blocks, _) = Array::slice_as_chunks(&sums.enciphered);
            let out = plain.get_mut(..blocks.len()).unwrap();
            cbc::Decryptor::inner_iv_init(&self.enc, &iv)
                .decrypt_blocks_b2b(blocks, out)
                .unwrap();
            black_box(&out);
        }
    }
}

fn sums(command: &[u8], answer: &[u8], ctr: u16, ti: [u8; 4]) -> Sums {
    let apdu = CommandApdu::parse(command);
    let sent = apdu.body.split_last_chunk::<8>().unwrap().0;
    let data = ResponseApdu::parse(FrameForm::Wrapped, answer)
        .unwrap()
        .data;
    let received = data.split_last_chunk::<8>().unwrap().0;
    let (ctr, next) = (ctr.to_le_bytes(), (ctr + 1).to_le_bytes());
    let credit = apdu.ins == 0x0C;
    let (label, iv_ctr, enciphered) = if credit {
        ([0xA5, 0x5A], ctr, sent.get(1..).unwrap())
    } else {
        ([0x5A, 0xA5], next, received)
    };
    let iv = [&label[..], &ti, &iv_ctr, &[0; 8]].concat();
    Sums {
        command: [&[apdu.ins], &ctr[..], &ti, sent].concat(),
        response: [&[0x00], &next[..], &ti, received].concat(),
        iv: iv.try_into().unwrap(),
        enciphered: enciphered.to_vec(),
    }
}

fn time_decode(recording: &Recording, keyring: &Keyring) -> Duration {
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

fn time_card(recording: &Recording) -> Duration {
    let mut card = new_card();
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

fn time_top_ups(image: &Image, keyring: &Keyring) -> Duration {
    let mut card = EmbeddedCard::new(Card::new(image, Box::new(SeededEntropy::new(12))).unwrap());
    let scripts: Vec<TopUp> = (0..)
        .take(TOP_UPS)
        .map(|seed| {
            let entropy = Box::new(SeededEntropy::new(seed));
            TopUp::new(keyring.clone(), entropy, 1, 1_793_606_400_000, Some(50_000))
        })
        .collect();
    time(|| {
        for script in scripts {
            let mut runner = Runner::new(Host::new(FrameForm::Wrapped), script);
            drive(&mut runner, &mut card).unwrap();
            let booked = runner.into_parts().1.ending().unwrap().unwrap();
            assert_eq!(booked.tmv, TmvCheck::Fits);
        }
    })
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "nanoseconds of a round and counts fit easily"
)]
fn per(count: usize, taken: Duration) -> f64 {
    taken.as_nanos() as f64 / count as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap()
}
