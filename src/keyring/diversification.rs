//! How the key of one card comes from the stored value.

use super::template::{Target, Template};
use crate::card::KeyType;
use crate::crypto::Secret;
use crate::crypto::des::set_key_version;
use crate::diversify::{DiversifyError, Rule};

/// How the key of one card comes from the stored value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Diversification {
    /// The stored value is the key.
    None,
    /// AN10922 with the cipher of the key, with an input made from a template.
    An10922(Template),
    /// AES-CMAC of an input made from a template.
    AesCmac(Template),
    /// BoltCard's deterministic keys; the template makes UID and version, such as `{uid}01000000`.
    BoltCard(Template),
}

impl Diversification {
    /// A rule with its template.
    pub const fn by(rule: Rule, template: Template) -> Self {
        match rule {
            Rule::An10922 => Self::An10922(template),
            Rule::AesCmac => Self::AesCmac(template),
            Rule::BoltCard => Self::BoltCard(template),
        }
    }

    /// The rule and the template of its input; `None` when the stored value is the key.
    pub const fn parts(&self) -> Option<(Rule, &Template)> {
        match self {
            Self::None => None,
            Self::An10922(template) => Some((Rule::An10922, template)),
            Self::AesCmac(template) => Some((Rule::AesCmac, template)),
            Self::BoltCard(template) => Some((Rule::BoltCard, template)),
        }
    }

    /// The key of a card; `version` goes into the bits of a DES key that hold it, after diversification
    /// (DESFire reference §8.1).
    pub fn apply(
        &self,
        key_type: KeyType,
        value: &Secret,
        target: Target<'_>,
        version: u8,
    ) -> Result<Secret, Refusal> {
        let Some((rule, template)) = self.parts() else {
            return Ok(value.clone());
        };
        let input = template.fill(target).ok_or(Refusal::Input)?;
        let key_no = target.key_no.unwrap_or_default();
        let key = rule
            .derive(key_type, value.expose(), &input, key_no)?
            .result;
        if key_type == KeyType::Aes128 {
            return Ok(key);
        }
        let mut versioned = key.expose().to_vec();
        set_key_version(&mut versioned, version);
        Ok(Secret::new(versioned))
    }
}

/// Why there is no key for a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A placeholder of the template has no value.
    Input,
    /// The rule refuses key or input.
    Rule(DiversifyError),
}

impl From<DiversifyError> for Refusal {
    fn from(error: DiversifyError) -> Self {
        Self::Rule(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;
    use crate::crypto::des::key_version;

    #[test]
    fn the_version_of_a_des_key_is_written_after_diversification() {
        // AN10922 §2.5.1.
        let master = Secret::new(hex::parse("00112233445566778899AABBCCDDEEFF").unwrap());
        let template = Template::parse("04782E21801D803042F54E58502041").unwrap();
        let rule = Diversification::by(Rule::An10922, template);
        let key = |version| {
            let key = rule.apply(KeyType::TwoKey3Des, &master, Target::default(), version);
            key.unwrap().expose().to_vec()
        };
        assert_eq!(key_version(&key(0xA7)), 0xA7);
        let cipher: Vec<u8> = key(0xA7).iter().map(|byte| byte & 0xFE).collect();
        assert_eq!(hex::upper(cipher), "16F8587C9E8810C86A9648D006107CD6");
        assert_eq!(
            hex::upper(&key(0)[8..]),
            "6B9648D006107DD7",
            "no version here"
        );
    }
}
