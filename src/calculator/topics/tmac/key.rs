//! The TransactionMAC key of a card: as given, or made from a master key by a rule.

use crate::calculator::{Inputs, Sheet, Slip};
use crate::card::{Aid, KeyType};
use crate::crypto::Secret;
use crate::crypto::aes::BLOCK;
use crate::diversify::Rule;
use crate::keyring::{Diversification, Refusal, Target, Template};

/// The input that names the rule.
const FIELD: &str = "diversify";
const SECTION: &str = "DESFire reference §8.1";
/// How the key of a card comes from the one that is given.
pub(in crate::calculator) fn rule(inputs: &Inputs) -> Result<Diversification, Slip> {
    let Some(text) = inputs.given_text(FIELD) else {
        return Ok(Diversification::None);
    };
    let refused = |text: String| Slip::refused(FIELD, text);
    let (name, template) = text.split_once(':').ok_or_else(|| {
        refused(format!("{text:?}, RULE:TEMPLATE expected")).hint("Such as an10922:{uid}{aid}")
    })?;
    let names = || Rule::ALL.map(Rule::name).join(", ");
    let rule = Rule::from_name(name.trim()).filter(|rule| rule.knows(KeyType::Aes128));
    let rule =
        rule.ok_or_else(|| refused(format!("{:?}, one of {} expected", name.trim(), names())))?;
    let template = Template::parse(template).map_err(|error| refused(error.to_string()))?;
    let target = Target {
        uid: Some(&[]),
        aid: None,
        key_no: Some(0),
    };
    if template.fill(target).is_none() && inputs.given("aid").is_none() {
        let text = "Nothing given, the template of the diversification asks for it";
        return Err(Slip::refused("aid", text));
    }
    Ok(Diversification::by(rule, template))
}

/// The key of a card; an error says what is wrong with rule or inputs.
pub(in crate::calculator) fn of_card(
    key: &Secret,
    rule: &Diversification,
    uid: &[u8],
    aid: Option<Aid>,
) -> Result<[u8; BLOCK], String> {
    let target = Target {
        uid: Some(uid),
        aid,
        // A TransactionMAC key has no number; the key table writes 0.
        key_no: Some(0),
    };
    let made = rule.apply(KeyType::Aes128, key, target, 0);
    let made = made.map_err(|refusal| match refusal {
        Refusal::Input => "The template asks for the AID, which is not given".to_owned(),
        Refusal::Rule(error) => error.to_string(),
    })?;
    made.aes128()
        .ok_or_else(|| "the rule gives no key of AES-128".to_owned())
}

/// The key of the page's card, a step of its own where a rule makes it.
pub(super) fn key(
    inputs: &Inputs,
    sheet: &mut Sheet,
    aid: Option<Aid>,
) -> Result<[u8; BLOCK], Slip> {
    let rule = rule(inputs)?;
    if rule == Diversification::None {
        return inputs.array("key");
    }
    let key = of_card(
        &Secret::new(inputs.bytes("key")?),
        &rule,
        inputs.bytes("uid")?,
        aid,
    );
    let key = key.map_err(|why| Slip::refused(FIELD, why))?;
    sheet.heading("Key of the card");
    sheet.secret_step("AppTransactionMACKey", SECTION, key)
}
