//! AN10922 (DESFire reference §8.1).
//!
//! ```text
//! AES-128   X = 01 ‖ M               key = MAC(X)                  M of 1 to 31 bytes
//! AES-256   X = 41 ‖ M, 42 ‖ M       key = MAC(X1) ‖ MAC(X2)
//! 2TDEA     X = 21 ‖ M, 22 ‖ M       key = MAC(X1) ‖ MAC(X2)       M of 1 to 15 bytes
//! 3TDEA     X = 31 ‖ M, 32 ‖ M, 33 ‖ M
//! ```
//! The MAC is a CMAC that pads to **two** blocks even when one would do. The bits of a DES key that hold its version
//! come out of the MAC like all others: a version is written into the key afterwards.

use super::{DiversifyError, checked};
use crate::crypto::Secret;
use crate::crypto::two_blocks::{self, TwoBlocks};
use crate::report::Worked;

/// For AES-128 and AES-256 masters.
pub fn an10922_aes(master: &[u8], input: &[u8]) -> Result<Worked<Secret>, DiversifyError> {
    checked(input, 31)?;
    let mac = |message: &[u8]| TwoBlocks::aes(master)?.work(message);
    chained(constants(false, master.len()), input, mac).ok_or(DiversifyError::Key {
        expected: "16 or 32 bytes",
        got: master.len(),
    })
}

/// For 2TDEA and 3TDEA masters.
pub fn an10922_tdes(master: &[u8], input: &[u8]) -> Result<Worked<Secret>, DiversifyError> {
    checked(input, 15)?;
    let mac = |message: &[u8]| TwoBlocks::triple_des(master)?.work(message);
    chained(constants(true, master.len()), input, mac).ok_or(DiversifyError::Key {
        expected: "16 or 24 bytes",
        got: master.len(),
    })
}

/// What stands before the input, one byte for each MAC, by cipher and length of the master key in bytes.
pub const fn constants(tdes: bool, master_len: usize) -> &'static [u8] {
    match (tdes, master_len) {
        (false, 16) => &[0x01],
        (false, _) => &[0x41, 0x42],
        (true, 16) => &[0x21, 0x22],
        (true, _) => &[0x31, 0x32, 0x33],
    }
}

/// One MAC for each constant, one after the other.
fn chained(
    constants: &[u8],
    input: &[u8],
    mac: impl Fn(&[u8]) -> Option<two_blocks::Worked>,
) -> Option<Worked<Secret>> {
    const SECTION: &str = "AN10922 §2";
    let mut key = Vec::with_capacity(32);
    let mut worked = Worked::new(()).step("diversification input M", input, SECTION);
    for (index, constant) in constants.iter().enumerate() {
        let part = mac(&[&[*constant], input].concat())?;
        if index == 0 {
            let [k1, k2] = &part.subkeys;
            worked = worked
                .step("K1", k1.expose(), SECTION)
                .step("K2", k2.expose(), SECTION);
        }
        worked = worked
            .step("constant ‖ M, padded", part.padded.expose(), SECTION)
            .step("last block ⊕ K1 or K2", part.mixed.expose(), SECTION)
            .step("last block of CBC", part.mac.expose(), SECTION);
        key.extend_from_slice(part.mac.expose());
    }
    let steps = worked
        .step("diversified key", key.as_slice(), SECTION)
        .steps;
    Some(Worked {
        result: Secret::new(key),
        steps,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    /// AN10922 §2.2.1, whose intermediate values the note prints: K1, K2 and the message after padding.
    #[test]
    fn the_steps_are_those_of_the_note() {
        let master = hex::parse("00112233445566778899AABBCCDDEEFF").unwrap();
        let input = hex::parse("04782E21801D803042F54E585020416275").unwrap();
        let worked = an10922_aes(&master, &input).unwrap();
        let steps: Vec<_> = worked
            .steps
            .iter()
            .map(|step| (step.label, hex::upper(&step.bytes)))
            .collect();
        let padded = "0104782E21801D803042F54E585020416275800000000000";
        assert_eq!(steps[0].1, hex::upper(&input));
        assert_eq!(steps[1].1, "FBC9F75C9413C041DFEE452D3F0706D1");
        assert_eq!(steps[2].1, "F793EEB928278083BFDC8A5A7E0E0D25");
        assert!(steps[3].1.starts_with(padded) && steps[3].1.len() == 64);
        let last = steps.last().unwrap();
        assert_eq!(
            last,
            &("diversified key", "A8DD63A3B89D54B37CA802473FDA9175".into())
        );
        assert_eq!(hex::upper(worked.result.expose()), last.1);
    }
}
