//! LRP, the leakage-resilient primitive over AES (AN12304; DESFire reference §4.5).
//!
//! ```text
//! plaintexts    h = E(K, 55…);  p_i  = E(h, AA…), h = E(h, 55…)      i = 0 … 15
//! updated keys  h = E(K, AA…);  uk_i = E(h, AA…), h = E(h, 55…)
//! Eval(uk, x)   y = uk; for each nibble n of x, the high one first: y = E(y, p_n); at the end y = E(y, 00…)
//! LRICB         block i = E(Eval(uk, counter + i), P_i)               the counter most significant byte first
//! CMAC_LRP      a CMAC whose block cipher is Eval
//! ```

use ::aes::Aes128Enc;
use ::aes::cipher::{BlockCipherEncrypt, KeyInit};
use ::zeroize::Zeroizing;

use super::aes::{AesKey, BLOCK};
use super::cipher::double;
use super::cmac::odd_bytes;

/// One block of AES: plaintexts, updated keys, results.
pub type Block = [u8; BLOCK];

/// The sixteen plaintexts of a key, one for each nibble.
pub fn plaintexts(key: &Block) -> Zeroizing<[Block; 16]> {
    let mut chain = Chain::new(encrypt(key, LOW));
    Zeroizing::new(std::array::from_fn(|_| chain.next()))
}

/// An updated key of a key: 0 is for MACs, 1 for enciphering.
pub fn updated_key(key: &Block, number: u8) -> Zeroizing<Block> {
    let mut chain = Chain::new(encrypt(key, HIGH));
    for _ in 0..number {
        chain.next();
    }
    Zeroizing::new(chain.next())
}

/// A key with its plaintexts, one of its updated keys and the subkeys of its CMAC; all wiped when dropped.
#[derive(Clone)]
pub struct Lrp {
    plaintexts: Zeroizing<[Block; 16]>,
    updated: Zeroizing<Block>,
    subkeys: Zeroizing<[Block; 2]>,
}

impl std::fmt::Debug for Lrp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lrp(hidden)")
    }
}

impl Lrp {
    /// The primitive of a key with its updated key of a number.
    pub fn new(key: &Block, number: u8) -> Self {
        Self::from_parts(plaintexts(key), updated_key(key, number))
    }

    /// The primitive of plaintexts and an updated key that are known already.
    pub fn from_parts(plaintexts: Zeroizing<[Block; 16]>, updated: Zeroizing<Block>) -> Self {
        let mut lrp = Self {
            plaintexts,
            updated,
            subkeys: Zeroizing::default(),
        };
        let k1 = double(lrp.eval_block(&[0; BLOCK]), RB);
        *lrp.subkeys = [k1, Self::second_subkey(k1)];
        lrp
    }

    /// K2 of the CMAC, from K1.
    pub fn second_subkey(k1: Block) -> Block {
        double(k1, RB)
    }

    /// The same primitive with other subkeys of its CMAC.
    pub fn with_subkeys(mut self, subkeys: [Block; 2]) -> Self {
        *self.subkeys = subkeys;
        self
    }

    /// `Eval` over nibbles, each 0 to 15 (higher bits are ignored); `finish` adds the last step over a zero block.
    pub fn eval(&self, nibbles: impl IntoIterator<Item = u8>, finish: bool) -> Block {
        let mut y = self.updated.clone();
        for nibble in nibbles {
            // The plaintext of nibble n stands at n; a nibble has no other value.
            let plaintext = self.plaintexts.get(usize::from(nibble & 0x0F));
            *y = encrypt(&y, plaintext.copied().unwrap_or_default());
        }
        if finish { encrypt(&y, [0; BLOCK]) } else { *y }
    }

    /// K1 and K2 of the CMAC.
    pub fn subkeys(&self) -> &[Block; 2] {
        &self.subkeys
    }

    /// CMAC_LRP over the concatenation of `parts`, not truncated.
    pub fn mac(&self, parts: &[&[u8]]) -> Block {
        let (mut state, mut filled) = ([0; BLOCK], 0);
        for byte in parts.iter().copied().flatten() {
            // Only when more follows: the last block waits for its subkey.
            if filled == BLOCK {
                state = self.eval_block(&state);
                filled = 0;
            }
            mix(&mut state, filled, &[*byte]);
            filled += 1;
        }
        let [k1, k2] = &*self.subkeys;
        if filled == BLOCK {
            mix(&mut state, 0, k1);
        } else {
            mix(&mut state, filled, &[0x80]);
            mix(&mut state, 0, k2);
        }
        self.eval_block(&state)
    }

    /// CMAC_LRP truncated to bytes 1, 3, … 15.
    pub fn mact(&self, parts: &[&[u8]]) -> [u8; 8] {
        odd_bytes(self.mac(parts))
    }

    /// Enciphers whole blocks in place by LRICB and leaves the counter at the one after; bytes after the last whole
    /// block are left as they are.
    pub fn encrypt(&self, counter: &mut [u8], data: &mut [u8]) {
        self.each_block(counter, data, AesKey::encrypt_block);
    }

    /// The reverse of [`Lrp::encrypt`].
    pub fn decrypt(&self, counter: &mut [u8], data: &mut [u8]) {
        self.each_block(counter, data, AesKey::decrypt_block);
    }

    fn each_block(
        &self,
        counter: &mut [u8],
        data: &mut [u8],
        turn: impl Fn(&AesKey, Block) -> Block,
    ) {
        let (blocks, _) = data.as_chunks_mut::<BLOCK>();
        for block in blocks {
            let key = Zeroizing::new(self.eval_block(counter));
            *block = turn(&AesKey::new(&key), *block);
            increment(counter);
        }
    }

    fn eval_block(&self, bytes: &[u8]) -> Block {
        let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]);
        self.eval(nibbles, true)
    }
}

/// Adds one to a counter, most significant byte first; after the highest value it is zero again.
fn increment(counter: &mut [u8]) {
    for byte in counter.iter_mut().rev() {
        let carry;
        (*byte, carry) = byte.overflowing_add(1);
        if !carry {
            break;
        }
    }
}

/// The chain that gives plaintexts and updated keys.
struct Chain(Zeroizing<Block>);

impl Chain {
    fn new(start: Block) -> Self {
        Self(Zeroizing::new(start))
    }

    fn next(&mut self) -> Block {
        let value = encrypt(&self.0, HIGH);
        *self.0 = encrypt(&self.0, LOW);
        value
    }
}

fn encrypt(key: &Block, block: Block) -> Block {
    let mut block = block.into();
    Aes128Enc::new(key.into()).encrypt_block(&mut block);
    block.into()
}

fn mix(state: &mut Block, from: usize, bytes: &[u8]) {
    state
        .iter_mut()
        .skip(from)
        .zip(bytes)
        .for_each(|(state, byte)| *state ^= byte);
}

const LOW: Block = [0x55; BLOCK];
const HIGH: Block = [0xAA; BLOCK];
/// The constant of NIST SP 800-38B for blocks of 16 bytes.
const RB: u8 = 0x87;

#[cfg(test)]
mod tests {
    use super::*;

    fn lrp(number: u8) -> Lrp {
        let key = std::array::from_fn(|i| u8::try_from(i * 13 + 7).unwrap());
        Lrp::new(&key, number)
    }

    #[test]
    fn what_was_enciphered_comes_back_and_the_counter_goes_on() {
        let lrp = lrp(1);
        let plain: Vec<u8> = (0..53).collect();
        let mut data = plain.clone();
        let mut counter = [0x00, 0xFF, 0xFE];
        lrp.encrypt(&mut counter, &mut data);
        assert_eq!(counter, [0x01, 0x00, 0x01]);
        assert_ne!(data[..48], plain[..48]);
        assert_eq!(data[48..], plain[48..]);
        lrp.decrypt(&mut [0x00, 0xFF, 0xFE], &mut data);
        assert_eq!(data, plain);
        let mut last = [0xFF, 0xFF];
        lrp.encrypt(&mut last, &mut data);
        assert_eq!(last, [0x00, 0x02]);
    }

    #[test]
    fn a_mac_does_not_depend_on_how_its_message_is_cut() {
        let lrp = lrp(0);
        let message: Vec<u8> = (0..40_u8).map(|i| i.wrapping_mul(83)).collect();
        for len in [0, 1, 15, 16, 17, 32, 40] {
            let whole = lrp.mac(&[&message[..len]]);
            let (head, tail) = message[..len].split_at(len / 3);
            assert_eq!(lrp.mac(&[head, &[], tail]), whole, "{len} bytes");
            assert_eq!(lrp.mact(&[head, tail]), odd_bytes(whole));
        }
        assert_eq!(format!("{lrp:?}"), "Lrp(hidden)");
    }
}
