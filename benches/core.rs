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
//! How N1 and N4 come out hangs on how the compiler treats the yardstick. On CPUs with 512-bit AES instructions the
//! `aes` crate copies its round keys at each call; inlined, as here, that costs nearly nothing and the yardstick takes
//! 0.13 us, not inlined 0.5 us. The library's own calls are not inlined either way: about a fifth of a run goes there.
//! The ends' own times do not differ, so compare those between versions, not the ratios alone.
//!
//! The rounds alternate, so that a change of clock frequency meets all of them; printed are medians of rounds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark stops at once and prints its result"
)]

mod measure;

use std::hint::black_box;
use std::time::Duration;

use aes::Aes128;
use aes::cipher::{Array, BlockCipherEncrypt, BlockModeDecrypt, InnerIvInit, KeyInit};
use cmac::digest::InnerInit;
use cmac::{Cmac, Mac};

use tapscope::apdu::{CommandApdu, FrameForm, ResponseApdu};
use tapscope::card::KeyType;
use tapscope::crypto::entropy::SeededEntropy;
use tapscope::dialogue::{Host, Request, Runner};
use tapscope::keyring::Keyring;
use tapscope::ota::{TmvCheck, TopUp};
use tapscope::session::{demo, image, keys};
use tapscope::transport::{EmbeddedCard, drive};
use tapscope::virtual_card::{Card, Image};

use measure::{
    EXCHANGES, OPENING, ROUNDS, Recording, median, per, record, time, time_card, time_decode,
};

const TOP_UPS: usize = 50;
const KEY: [u8; 16] = *b"\x5B\xC1\x07\xE9\x22\x9D\x40\xF6\x3A\x88\x15\xD3\x6E\xB4\x71\x0C";

fn main() {
    let recording = recording();
    let yardstick = Yardstick::of(&recording);
    let demo_keys = keys::read(demo::keys().as_bytes()).unwrap().value;
    let demo_image = image::read(demo::image("demo").unwrap().as_bytes()).unwrap();

    let mut direct = Vec::new();
    let mut decode = Vec::new();
    let mut card = Vec::new();
    let mut top_up = Vec::new();
    for _ in 0..ROUNDS {
        direct.push(per(EXCHANGES, time(|| yardstick.run())));
        decode.push(per(EXCHANGES, time_decode(&recording)));
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

fn recording() -> Recording {
    let authenticate = Request::Authenticate {
        first: true,
        key_no: 0,
        key: KEY,
        rnd_a: [0x6D; 16],
        pcdcap2: Vec::new(),
    };
    let exchanges = [
        measure::get_value(),
        measure::credit(),
        measure::read_data(),
    ];
    record(KeyType::Aes128, &KEY, authenticate, &exchanges)
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
        let rows = tapscope::trace::decode(&recording.events, &recording.keyring);
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
