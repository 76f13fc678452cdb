//! Originality signature (Read_Sig, INS `3C`; DESFire reference §8.2): NXP signs the UID of each chip.
//!
//! ECDSA over secp224r1. The message is the UID itself, 7 bytes, taken as the digest; the signature is r ‖ s, 56 bytes.
//! A virtual card has no such signature: whoever checks it learns that.

use p224::ecdsa::signature::hazmat::PrehashVerifier;
use p224::ecdsa::{Signature, VerifyingKey};

/// Why nothing can be verified.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginalityError {
    /// No point of the curve.
    #[error("the public key has {got} bytes or is no point of secp224r1, expected 04 and 56 bytes")]
    PublicKey {
        /// Its length in bytes.
        got: usize,
    },
    /// Not r ‖ s of this curve.
    #[error("the signature has {got} bytes or holds no numbers of secp224r1, expected 56 bytes")]
    Signature {
        /// Its length in bytes.
        got: usize,
    },
    /// Not 4, 7 or 10 bytes.
    #[error("the UID has {got} bytes, expected 4, 7 or 10")]
    Uid {
        /// Its length in bytes.
        got: usize,
    },
}

/// Whether a signature fits a UID. `public_key` is uncompressed, `04` ‖ x ‖ y.
///
/// # Errors
/// When one of them can't be what it should be; a signature that does not fit is no error.
pub fn verify(public_key: &[u8], uid: &[u8], signature: &[u8]) -> Result<bool, OriginalityError> {
    let key =
        VerifyingKey::from_sec1_bytes(public_key).map_err(|_| OriginalityError::PublicKey {
            got: public_key.len(),
        })?;
    let parsed = Signature::from_slice(signature).map_err(|_| OriginalityError::Signature {
        got: signature.len(),
    })?;
    if !matches!(uid.len(), 4 | 7 | 10) {
        return Err(OriginalityError::Uid { got: uid.len() });
    }
    // As a number the digest is the UID; in front of it are zeros.
    let mut digest = vec![0; DIGEST - uid.len()];
    digest.extend_from_slice(uid);
    Ok(key.verify_prehash(&digest, &parsed).is_ok())
}

/// A public key that NXP or others have published for a product.
#[derive(Clone, Copy, Debug)]
pub struct PublicKey {
    /// Products that it was told for; partly guessed by those who collected them.
    pub product: &'static str,
    /// Digits of the point, uncompressed, `04` ‖ x ‖ y.
    pub point: &'static str,
}

/// The published keys (DESFire reference §8.2). That of AN12196 is in a document, the others are from a public list.
pub const PUBLISHED: [PublicKey; 8] = [
    PublicKey {
        product: "DESFire Light",
        point: "040E98E117AAA36457F43173DC920A8757267F44CE4EC5ADD3C54075571AEBBF7B942A9774A1D94AD02572427E5AE0A2DD36591B1FB34FCF3D",
    },
    PublicKey {
        product: "NTAG 413 DNA / DESFire EV1",
        point: "04BB5D514F7050025C7D0F397310360EEC91EAF792E96FC7E0F496CB4E669D414F877B7B27901FE67C2E3B33CD39D1C797715189AC951C2ADD",
    },
    PublicKey {
        product: "DESFire EV2, NTAG 424 TT, Light EV2",
        point: "04B304DC4C615F5326FE9383DDEC9AA892DF3A57FA7FFB3276192BC0EAA252ED45A865E3B093A3D0DCE5BE29E92F1392CE7DE321E3E5C52B3A",
    },
    PublicKey {
        product: "NTAG 424 DNA (AN12196), Light",
        point: "048A9B380AF2EE1B98DC417FECC263F8449C7625CECE82D9B916C992DA209D68422B81EC20B65A66B5102A61596AF3379200599316A00A1410",
    },
    PublicKey {
        product: "EV2 XL",
        point: "04CD5D45E50B1502F0BA4656FF37669597E7E183251150F9574CC8DA56BF01C7ABE019E29FEA48F9CE22C3EA4029A765E1BC95A89543BAD1BC",
    },
    PublicKey {
        product: "EV3",
        point: "041DB46C145D0A36539C6544BD6D9B0AA62FF91EC48CBC6ABAE36E0089A46F0D08C8A715EA40A63313B92E90DDC1730230E0458A33276FB743",
    },
    PublicKey {
        product: "Plus EV1",
        point: "044409ADC42F91A8394066BA83D872FB1D16803734E911170412DDF8BAD1A4DADFD0416291AFE1C748253925DA39A5F39A1C557FFACD34C62E",
    },
    PublicKey {
        product: "Plus EV2",
        point: "04BB49AE4447E6B1B6D21C098C1538B594A11A4A1DBF3D5E673DEACDEB3CC512D1C08AFA1A2768CE20A200BACD2DC7804CD7523A0131ABF607",
    },
];

/// Bytes of a number of the curve.
const DIGEST: usize = 28;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    #[test]
    fn what_can_be_no_signature_is_told_from_one_that_does_not_fit() {
        // AN12196 §8.2.
        let key = "048A9B380AF2EE1B98DC417FECC263F8449C7625CECE82D9B916C992DA209D68422B81EC20B65A66B5102A61596AF3379200599316A00A1410";
        let key = hex::parse(key).unwrap();
        let signature = "D1940D17CFEDA4BFF80359AB975F9F6514313E8F90C1D3CAAF5941AD744A1CDF9A83F883CAFE0FE95D1939B1B7E47113993324473B785D21";
        let signature = hex::parse(signature).unwrap();
        let uid = [0x04, 0x51, 0x8D, 0xFA, 0xA9, 0x61, 0x80];
        assert_eq!(verify(&key, &uid, &signature), Ok(true));
        let mut other = uid;
        other[6] ^= 1;
        assert_eq!(verify(&key, &other, &signature), Ok(false));
        let short = OriginalityError::Signature { got: 55 };
        assert_eq!(verify(&key, &uid, &signature[..55]), Err(short));
        let zero = OriginalityError::Signature { got: 56 };
        assert_eq!(verify(&key, &uid, &[0; 56]), Err(zero));
        let off = OriginalityError::PublicKey { got: 57 };
        assert_eq!(verify(&[4; 57], &uid, &signature), Err(off));
        let long = OriginalityError::Uid { got: 32 };
        assert_eq!(verify(&key, &[1; 32], &signature), Err(long));
    }
}
