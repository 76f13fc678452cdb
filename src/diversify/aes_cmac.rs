//! AES-CMAC as it stands: `key = CMAC(master, M)` (NIST SP 800-38B), as home-made systems diversify.
//!
//! It differs from AN10922 in the missing constant and in the padding of inputs below one block.

use super::{DiversifyError, checked};
use crate::crypto::Secret;
use crate::crypto::cmac::aes_cmac;
use crate::report::Worked;

/// For AES-128 masters; an input of 1 to 255 bytes.
pub fn aes_cmac_div(master: &[u8], input: &[u8]) -> Result<Worked<Secret>, DiversifyError> {
    const SECTION: &str = "NIST SP 800-38B";
    checked(input, 255)?;
    let master: &[u8; 16] = master.try_into().map_err(|_| DiversifyError::Key {
        expected: "16 bytes",
        got: master.len(),
    })?;
    let key = aes_cmac(master, &[input]);
    Ok(Worked::new(Secret::new(key))
        .step("diversification input M", input, SECTION)
        .step("diversified key", key, SECTION))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    #[test]
    fn it_is_the_example_of_the_standard() {
        // NIST SP 800-38B, example for AES-128 with a message of 40 bytes.
        let master = hex::parse("2B7E151628AED2A6ABF7158809CF4F3C").unwrap();
        let input =
            "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E5130C81C46A35CE411";
        let worked = aes_cmac_div(&master, &hex::parse(input).unwrap()).unwrap();
        let key = hex::upper(worked.result.expose());
        assert_eq!(key, "DFA66747DE9AE63030CA32611497C827");
        assert_eq!(worked.steps.len(), 2);
    }
}
