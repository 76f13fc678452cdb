//! Card and decoder against the ciphers they need, for D40 and EV1: what `core` measures for EV2, printed by
//! `cargo bench --bench legacy`.
//!
//! Each channel has a recording of its own: an authentication and then thousands of exchanges in CommMode.Full,
//! GetValue, Credit, ReadData of 32 bytes and WriteData of 24 in turn.
//!
//! * **yardstick**: the DES or AES blocks and the CRCs that these exchanges contain, each once, called on the crates
//!   themselves. The input of a CMAC is prepared with IV, padding and subkey mixed in, so that CBC over it is the
//!   CMAC: the `cmac` crate can't start from an IV;
//! * **decode**: the recorded events through `trace::State::step`;
//! * **card**: the recorded commands through `Card::handle`.
//!
//! The DES family stays below 3. A read of 32 bytes is as long with a MAC as enciphered there, so the observer, to whom
//! the file's settings are not shown, tries both; that is most of what EV1 decodes slower than D40.
//!
//! AES stays above 3, at about 5.7 and 4.4: its blocks take 0.15 us with the CPU's instructions, decoding takes 0.7 us
//! more and the card 0.5 us. A profile shows that spread over parsing the APDUs, finding session and file and
//! allocating the answer or the row; the largest single part, a tenth, is the `aes` crate copying its round keys for
//! 512-bit registers at each call, which the compiler inlines in the yardstick but not in the library.
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

use aes::Aes128;
use aes::cipher::{
    Block, BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit,
    KeyInit,
};
use crc::{CRC_16_ISO_IEC_14443_3_A, CRC_32_JAMCRC, Crc};
use des::{TdesEde2, TdesEde3};

use tapscope::apdu::{CommandApdu, FrameForm, ResponseApdu};
use tapscope::card::KeyType;
use tapscope::command::{Chaining, Command, WriteData};
use tapscope::crypto::Secret;
use tapscope::crypto::cipher::{self, Cipher};
use tapscope::crypto::padding::pad_m2;
use tapscope::dialogue::Request;
use tapscope::secure_messaging::Verdict;
use tapscope::secure_messaging::handshake::AuthKey;
use tapscope::trace::{Authenticated, Exchange};

use measure::{
    DATA, EXCHANGES, OPENING, ROUNDS, Recording, median, per, record, time, time_card, time_decode,
};

const KEY: [u8; 24] = *b"\x5B\xC1\x07\xE9\x22\x9D\x40\xF6\x3A\x88\x15\xD3\x6E\xB4\x71\x0C\xA2\x4D\x93\x18\xE7\x50\x2F\xCB";
const CRC_A: Crc<u16> = Crc::<u16>::new(&CRC_16_ISO_IEC_14443_3_A);
const JAMCRC: Crc<u32> = Crc::<u32>::new(&CRC_32_JAMCRC);
/// Rows of selection and authentication.
const OPENING_ROWS: usize = 2;
/// Blocks of the longest message: 32 bytes and their CRC under DES.
const BLOCKS: usize = 5;

fn main() {
    let of = [
        channel::<TdesEde2>("D40 2K3DES", KeyType::TwoKey3Des, true),
        channel::<TdesEde2>("EV1 2K3DES", KeyType::TwoKey3Des, false),
        channel::<TdesEde3>("EV1 3K3DES", KeyType::ThreeKey3Des, false),
        channel::<Aes128>("EV1 AES", KeyType::Aes128, false),
    ];
    println!();
    for [decode, card] in of {
        println!("{decode}");
        println!("{card}");
    }
}

/// Measures a channel and gives its lines of the summary.
fn channel<C>(name: &str, kind: KeyType, d40: bool) -> [String; 2]
where
    C: BlockCipherEncrypt + BlockCipherDecrypt + KeyInit,
{
    let recording = recording(kind, d40);
    let yardstick = Yardstick::<C>::of(&recording, kind, d40);
    let (mut direct, mut decode, mut card) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        direct.push(per(EXCHANGES, time(|| yardstick.run())));
        decode.push(per(EXCHANGES, time_decode(&recording)));
        card.push(per(EXCHANGES, time_card(&recording)));
    }
    let (direct, decode, card) = (median(direct), median(decode), median(card));
    println!("{name} Full exchanges, {ROUNDS} rounds of {EXCHANGES}, medians");
    println!("  yardstick   {direct:8.1} ns   cipher and CRC alone");
    println!("  decode      {decode:8.1} ns");
    println!("  card        {card:8.1} ns");
    let line = |end, taken: f64| {
        let ratio = taken / direct;
        format!("{name:<10}  {end:<6} / yardstick   {ratio:5.2}   target 3.00 at most")
    };
    [line("decode", decode), line("card", card)]
}

fn recording(kind: KeyType, d40: bool) -> Recording {
    let key = match kind {
        KeyType::ThreeKey3Des => &KEY[..],
        _ => KEY.get(..16).unwrap(),
    };
    let auth = AuthKey::new(kind, key).unwrap();
    let authenticate = Request::AuthenticateLegacy {
        d40,
        key_no: 0,
        rnd_a: Secret::new(vec![0x6D; auth.rnd_len()]),
        key: Box::new(auth),
    };
    let write = Command::WriteData(WriteData {
        chaining: Chaining::Native,
        file_no: DATA,
        offset: 4,
        length: 24,
        data: (0x50..0x68).collect(),
    });
    let exchanges = [
        measure::get_value(),
        measure::credit(),
        measure::read_data(),
        write,
    ];
    record(kind, key, authenticate, &exchanges)
}

/// The computations of one exchange: one CBC and one CRC, in EV1 one CMAC.
struct Sums<C: BlockCipherEncrypt> {
    maced: Vec<Block<C>>,
    iv: Block<C>,
    enciphered: Vec<Block<C>>,
    /// The card of D40 only enciphers, to read a command too.
    backwards: bool,
    checked: Vec<u8>,
}

struct Yardstick<C: BlockCipherEncrypt> {
    cipher: C,
    d40: bool,
    exchanges: Vec<Sums<C>>,
}

impl<C: BlockCipherEncrypt + BlockCipherDecrypt + KeyInit> Yardstick<C> {
    fn of(recording: &Recording, kind: KeyType, d40: bool) -> Self {
        let rows = tapscope::trace::decode(&recording.events, &recording.keyring);
        let session_key = rows.iter().find_map(session_key).unwrap();
        let mut chain = Chain::new(kind, session_key.expose());
        let frames = recording.commands.iter().zip(&recording.answers);
        let exchanges = frames.skip(OPENING).zip(rows.iter().skip(OPENING_ROWS));
        let exchanges = exchanges
            .map(|((command, answer), row)| {
                sums(command, answer, row, (!d40).then_some(&mut chain))
            })
            .collect::<Vec<_>>();
        assert_eq!(exchanges.len(), EXCHANGES);
        Self {
            cipher: C::new_from_slice(session_key.expose()).unwrap(),
            d40,
            exchanges,
        }
    }

    fn run(&self) {
        let mut room = vec![Block::<C>::default(); BLOCKS];
        let zero = Block::<C>::default();
        for sums in &self.exchanges {
            let out = room.get_mut(..sums.maced.len()).unwrap();
            cbc::Encryptor::inner_iv_init(&self.cipher, &zero)
                .encrypt_blocks_b2b(&sums.maced, out)
                .unwrap();
            black_box(&out);
            let out = room.get_mut(..sums.enciphered.len()).unwrap();
            if sums.backwards {
                self.cipher
                    .encrypt_blocks_b2b(&sums.enciphered, out)
                    .unwrap();
            } else {
                cbc::Decryptor::inner_iv_init(&self.cipher, &sums.iv)
                    .decrypt_blocks_b2b(&sums.enciphered, out)
                    .unwrap();
            }
            black_box(&out);
            if self.d40 {
                black_box(CRC_A.checksum(&sums.checked));
            } else {
                black_box(JAMCRC.checksum(&sums.checked));
            }
        }
    }
}

fn session_key(row: &Exchange) -> Option<Secret> {
    match row.authentication.as_deref()? {
        Authenticated::Legacy { seen, .. } => seen.session_key(),
        Authenticated::Ev2(_) => None,
    }
}

/// The computations of an exchange; `chain` is that of EV1.
fn sums<C: BlockCipherEncrypt>(
    command: &[u8],
    answer: &[u8],
    row: &Exchange,
    chain: Option<&mut Chain>,
) -> Sums<C> {
    assert_eq!(
        (row.verdicts.crc, &row.findings[..]),
        (Verdict::Ok, &[][..])
    );
    let apdu = CommandApdu::parse(command);
    let received = ResponseApdu::parse(FrameForm::Wrapped, answer)
        .unwrap()
        .data;
    let (plain, read) = (row.command.as_deref(), row.response.as_deref());
    let (plain, read) = (plain.unwrap(), read.unwrap());
    let (header, sent) = apdu.body.split_at(row.header_len);
    let writes = !sent.is_empty();
    let enciphered = if writes { sent } else { received };
    let (maced, iv, checked) = match chain {
        None if writes => (
            Vec::new(),
            None,
            plain.get(row.header_len..).unwrap().to_vec(),
        ),
        None => (Vec::new(), None, read.to_vec()),
        Some(chain) if writes => {
            let iv = chain.pass(enciphered);
            let maced = chain.mac(&[0x00]);
            assert_eq!(chain.iv.as_ref().get(..8), Some(received));
            (maced, Some(iv), [&[apdu.ins], plain].concat())
        }
        Some(chain) => {
            let maced = chain.mac(&[&[apdu.ins], header].concat());
            let iv = chain.pass(enciphered);
            (maced, Some(iv), [read, &[0x00]].concat())
        }
    };
    let backwards = writes && iv.is_none();
    let iv = iv.map_or_else(Block::<C>::default, |iv| iv.as_ref().try_into().unwrap());
    Sums {
        maced: blocks::<C>(&maced),
        iv,
        enciphered: blocks::<C>(enciphered),
        backwards,
        checked,
    }
}

fn blocks<C: BlockCipherEncrypt>(bytes: &[u8]) -> Vec<Block<C>> {
    let (blocks, rest) = Block::<C>::slice_as_chunks(bytes);
    assert!(rest.is_empty());
    blocks.to_vec()
}

/// The IV's way through an EV1 session.
struct Chain {
    cipher: Cipher,
    iv: cipher::Block,
}

impl Chain {
    fn new(kind: KeyType, session_key: &[u8]) -> Self {
        let cipher = match kind {
            KeyType::Aes128 => Cipher::aes(session_key),
            _ => Cipher::des(session_key),
        };
        let cipher = cipher.unwrap();
        Self {
            iv: cipher.zero(),
            cipher,
        }
    }

    /// Goes past a cryptogram and gives the IV before it.
    fn pass(&mut self, enciphered: &[u8]) -> cipher::Block {
        let (_, last) = enciphered.split_at(enciphered.len() - self.cipher.block_len());
        std::mem::replace(&mut self.iv, self.cipher.block(last).unwrap())
    }

    /// Goes past a CMAC and gives the text whose last block under CBC from zero it is.
    fn mac(&mut self, message: &[u8]) -> Vec<u8> {
        let block = self.cipher.block_len();
        let [whole, padded] = self.cipher.subkeys();
        let mut text = message.to_vec();
        let subkey = if text.len().is_multiple_of(block) {
            whole
        } else {
            pad_m2(&mut text, 0, block);
            padded
        };
        let last = text.len() - block;
        xor(&mut text, self.iv.as_ref());
        xor(text.get_mut(last..).unwrap(), subkey.expose());
        self.iv = self.cipher.cmac(&self.iv, &[message]);
        let zero = self.cipher.zero();
        assert_eq!(self.cipher.encrypt(&zero, &mut text.clone()), self.iv);
        text
    }
}

fn xor(text: &mut [u8], other: &[u8]) {
    for (byte, other) in text.iter_mut().zip(other) {
        *byte ^= other;
    }
}
