//! BoltCard's deterministic keys: AES-CMAC as a pseudo-random function over constants, UID and version (its public
//! specification "deterministic keys").
//!
//! ```text
//! card key       CMAC(issuer key, 2D003F75 ‖ UID ‖ version)      version: 4 bytes, least significant first
//! k0, k2 to k4   CMAC(card key, 2D003F76), …78, …79, …7A
//! k1             CMAC(issuer key, 2D003F77)                      shared by all cards
//! card id        CMAC(issuer key, 2D003F7B ‖ UID)
//! ```

use super::DiversifyError;
use crate::crypto::Secret;
use crate::crypto::cmac::aes_cmac;
use crate::report::Worked;

/// The keys that a BoltCard issuer derives from one issuer key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoltCardKeys {
    /// Key of the card, from which most others come.
    pub card_key: Secret,
    /// Application keys 0 to 4.
    pub keys: [Secret; 5],
    /// Identifier of the card.
    pub card_id: [u8; 16],
}

/// All keys of a card.
pub fn boltcard(issuer_key: &[u8; 16], uid: &[u8; 7], version: u32) -> BoltCardKeys {
    let card_key = card_key(issuer_key, uid, version.to_le_bytes());
    BoltCardKeys {
        keys: [0, 1, 2, 3, 4]
            .map(|key_no| Secret::new(application_key(issuer_key, &card_key, key_no))),
        card_id: aes_cmac(issuer_key, &[&constant(0x7B), uid]),
        card_key: Secret::new(card_key),
    }
}

/// One application key of a card; `input` is UID and version, 7 and 4 bytes.
pub fn boltcard_key(
    issuer_key: &[u8],
    input: &[u8],
    key_no: u8,
) -> Result<Worked<Secret>, DiversifyError> {
    const SECTION: &str = "BoltCard deterministic keys";
    const MAX: u8 = 4;
    let issuer_key: &[u8; 16] = issuer_key.try_into().map_err(|_| DiversifyError::Key {
        expected: "16 bytes",
        got: issuer_key.len(),
    })?;
    let parts = input.split_first_chunk::<7>();
    let parts = parts.and_then(|(uid, rest)| Some((uid, <[u8; 4]>::try_from(rest).ok()?)));
    let (uid, version) = parts.ok_or(DiversifyError::BoltCardInput { got: input.len() })?;
    if key_no > MAX {
        return Err(DiversifyError::KeyNo {
            max: MAX,
            got: key_no,
        });
    }
    let card_key = card_key(issuer_key, uid, version);
    let key = application_key(issuer_key, &card_key, key_no);
    Ok(Worked::new(Secret::new(key))
        .step("UID", uid, SECTION)
        .step("version, least significant byte first", version, SECTION)
        .step("card key", card_key, SECTION)
        .step("application key", key, SECTION))
}

/// The key of a card, from which most of its application keys come; `version` has the least significant byte first.
pub fn card_key(issuer_key: &[u8; 16], uid: &[u8], version: [u8; 4]) -> [u8; 16] {
    aes_cmac(issuer_key, &[&constant(0x75), uid, &version])
}

/// An application key, 0 to 4, of the issuer key and that of the card; key 1 is shared by all cards.
pub fn application_key(issuer_key: &[u8; 16], card_key: &[u8; 16], key_no: u8) -> [u8; 16] {
    let master = if key_no == 1 { issuer_key } else { card_key };
    aes_cmac(master, &[&constant(0x76 + key_no)])
}

const fn constant(last: u8) -> [u8; 4] {
    [0x2D, 0x00, 0x3F, last]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_is_that_of_the_set() {
        let issuer_key = std::array::from_fn(|i| u8::try_from(i * 11 + 3).unwrap());
        let uid = [0x04, 0x5A, 0x31, 0xC2, 0x9B, 0x61, 0x80];
        let all = boltcard(&issuer_key, &uid, 0x0102_0304);
        let input = [&uid[..], &[4, 3, 2, 1]].concat();
        for (key_no, key) in (0..).zip(&all.keys) {
            let one = boltcard_key(&issuer_key, &input, key_no).unwrap();
            assert_eq!(&one.result, key, "key {key_no}");
            assert_eq!(one.steps[2].bytes, all.card_key.expose());
        }
    }
}
