//! Key diversification: the key of one card from a master key and an input (DESFire reference §8.1).
//!
//! One file per rule; each gives its worked steps. An input is what identifies the card, without the constants that a
//! rule puts before it.

mod aes_cmac;
mod an10922;
mod boltcard;

pub use aes_cmac::aes_cmac_div;
pub use an10922::{an10922_aes, an10922_tdes, constants};
pub use boltcard::{BoltCardKeys, application_key, boltcard, boltcard_key, card_key};

use crate::card::KeyType;
use crate::crypto::Secret;
use crate::report::Worked;

/// A way to come from a master key to that of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// AN10922, with the cipher of the key.
    An10922,
    /// AES-CMAC of the input under the master key.
    AesCmac,
    /// The deterministic keys of BoltCard.
    BoltCard,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 3] = [Self::An10922, Self::AesCmac, Self::BoltCard];

    /// The name used in key files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::An10922 => "an10922",
            Self::AesCmac => "aes_cmac_div",
            Self::BoltCard => "boltcard",
        }
    }

    /// The name people see.
    pub const fn title(self) -> &'static str {
        match self {
            Self::An10922 => "AN10922",
            Self::AesCmac => "AES-CMAC",
            Self::BoltCard => "BoltCard",
        }
    }

    /// Reads the name used in key files.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// Whether the rule knows keys of a type.
    pub const fn knows(self, key_type: KeyType) -> bool {
        match self {
            Self::An10922 => !matches!(key_type, KeyType::Des),
            Self::AesCmac | Self::BoltCard => matches!(key_type, KeyType::Aes128),
        }
    }

    /// The types that [`Rule::knows`], in words.
    pub const fn key_types(self) -> &'static str {
        match self {
            Self::An10922 => "aes128, 2k3des or 3k3des for rule an10922",
            Self::AesCmac => "aes128 for rule aes_cmac_div",
            Self::BoltCard => "aes128 for rule boltcard",
        }
    }

    /// The key of a card. `key_no` counts for rules that make several keys of one master.
    pub fn derive(
        self,
        key_type: KeyType,
        master: &[u8],
        input: &[u8],
        key_no: u8,
    ) -> Result<Worked<Secret>, DiversifyError> {
        match (self, key_type) {
            (Self::An10922, KeyType::Aes128) => an10922_aes(master, input),
            (Self::An10922, _) => an10922_tdes(master, input),
            (Self::AesCmac, _) => aes_cmac_div(master, input),
            (Self::BoltCard, _) => boltcard_key(master, input, key_no),
        }
    }
}

/// Why a key can't be diversified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiversifyError {
    /// The input is empty or too long.
    #[error("diversification input has {got} bytes, 1 to {max} expected")]
    Input {
        /// Longest input.
        max: usize,
        /// Given length.
        got: usize,
    },
    /// The input is not the UID and version of a BoltCard.
    #[error("diversification input has {got} bytes, 7 of the UID and 4 of the version expected")]
    BoltCardInput {
        /// Given length.
        got: usize,
    },
    /// The master key has a length that the rule does not know.
    #[error("master key has {got} bytes, {expected} expected")]
    Key {
        /// Lengths that the rule knows, in words.
        expected: &'static str,
        /// Given length.
        got: usize,
    },
    /// The rule makes no key of this number.
    #[error("key number is {got}, 0 to {max} expected")]
    KeyNo {
        /// Highest number.
        max: u8,
        /// Given number.
        got: u8,
    },
}

/// An input of 1 to `max` bytes.
const fn checked(input: &[u8], max: usize) -> Result<(), DiversifyError> {
    match input.len() {
        got if got == 0 || got > max => Err(DiversifyError::Input { max, got }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_a_rule_knows_the_types_it_names() {
        for rule in Rule::ALL {
            assert_eq!(Rule::from_name(rule.name()), Some(rule));
            for key_type in [KeyType::Aes128, KeyType::TwoKey3Des, KeyType::ThreeKey3Des] {
                let named = rule.key_types().contains(key_type.name());
                assert_eq!(rule.knows(key_type), named, "{rule:?} {key_type:?}");
            }
            assert!(!rule.knows(KeyType::Des));
        }
        assert_eq!(Rule::from_name("gallagher"), None);
    }

    #[test]
    fn lengths_that_do_not_fit_are_named() {
        let key: Vec<u8> = (1..33).collect();
        let derive = |rule: Rule, kind, master: usize, input: usize, key_no| {
            let made = rule.derive(kind, &key[..master], &vec![0x5D; input], key_no);
            made.map(|made| made.result.expose().len())
                .map_err(|error| error.to_string())
        };
        let (an10922, boltcard) = (Rule::An10922, Rule::BoltCard);
        let sentence = |text: &str| Err(text.to_owned());
        let cases = [
            (derive(an10922, KeyType::Aes128, 16, 31, 0), Ok(16)),
            (derive(an10922, KeyType::Aes128, 32, 1, 0), Ok(32)),
            (derive(an10922, KeyType::TwoKey3Des, 16, 15, 0), Ok(16)),
            (derive(an10922, KeyType::ThreeKey3Des, 24, 1, 0), Ok(24)),
            (derive(Rule::AesCmac, KeyType::Aes128, 16, 80, 0), Ok(16)),
            (derive(boltcard, KeyType::Aes128, 16, 11, 4), Ok(16)),
            (
                derive(an10922, KeyType::Aes128, 16, 32, 0),
                sentence("diversification input has 32 bytes, 1 to 31 expected"),
            ),
            (
                derive(an10922, KeyType::TwoKey3Des, 16, 16, 0),
                sentence("diversification input has 16 bytes, 1 to 15 expected"),
            ),
            (
                derive(an10922, KeyType::ThreeKey3Des, 20, 3, 0),
                sentence("master key has 20 bytes, 16 or 24 bytes expected"),
            ),
            (
                derive(Rule::AesCmac, KeyType::Aes128, 24, 3, 0),
                sentence("master key has 24 bytes, 16 bytes expected"),
            ),
            (
                derive(boltcard, KeyType::Aes128, 16, 7, 0),
                sentence(
                    "diversification input has 7 bytes, 7 of the UID and 4 of the version expected",
                ),
            ),
            (
                derive(boltcard, KeyType::Aes128, 16, 11, 5),
                sentence("key number is 5, 0 to 4 expected"),
            ),
        ];
        for (got, expected) in cases {
            assert_eq!(got, expected);
        }
    }
}
