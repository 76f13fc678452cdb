//! Key diversification (DESFire reference §8.1), by every rule of [`crate::diversify`].

use crate::calculator::{Choice, Example, Field, Inputs, Kind, Place, Sheet, Slip, Topic};
use crate::card::{Aid, KeyType};
use crate::crypto::two_blocks::TwoBlocks;
use crate::diversify::{self, DiversifyError, Rule};
use crate::keyring::{Target, Template};

/// `diversify`.
pub(super) const DIVERSIFY: Topic = Topic {
    id: "diversify",
    title: "Key diversification",
    about: "The key of one card from a master key and what identifies the card: AN10922, AES-CMAC, BoltCard",
    fields: &[
        Field::new(
            "rule",
            "Rule",
            Kind::Choice(&[
                Choice { value: "an10922", title: "AN10922" },
                Choice { value: "aes_cmac_div", title: "AES-CMAC" },
                Choice { value: "boltcard", title: "BoltCard" },
            ]),
            "AN10922 puts a constant before the input and pads to two blocks; plain AES-CMAC does neither",
        )
        .or("an10922"),
        Field::new(
            "type",
            "Key type",
            Kind::Choice(&[
                Choice { value: "aes128", title: "AES" },
                Choice { value: "2k3des", title: "2K3DES" },
                Choice { value: "3k3des", title: "3K3DES" },
            ]),
            "Cipher of the master key; AES takes 16 or 32 bytes",
        )
        .when("rule", &["an10922"])
        .or("aes128"),
        Field::new("key", "Master key", Kind::Bytes(&[16, 24, 32]), "The key that all cards share").secret(),
        Field::new(
            "input",
            "Input M",
            Kind::Text,
            "Bytes without the leading constant, or a template such as {uid}{aid}4E585020; {aid} is in wire order, {aid_be} as people write it",
        ),
        Field::new("uid", "UID", Kind::Bytes(&[4, 7, 10]), "For {uid} in the input").optional(),
        Field::new("aid", "AID", Kind::Bytes(&[3]), "For {aid} and {aid_be} in the input; most significant byte first, as people write it").optional(),
        Field::new("key-no", "Key number", Kind::Number(13), "For {key_no} in the input, and which of its keys BoltCard makes").or("0"),
        Field::new("derived", "Derived key", Kind::Bytes(&[16, 24, 32]), "A diversified key to compare with").optional().secret(),
    ],
    examples: &[
        Example {
            title: "AN10922 §2.2.1, AES-128",
            values: &[
                ("key", "00112233445566778899AABBCCDDEEFF"),
                ("input", "{uid}{aid}4E585020416275"),
                ("uid", "04782E21801D80"),
                ("aid", "F54230"),
                ("derived", "A8DD63A3B89D54B37CA802473FDA9175"),
            ],
        },
        Example {
            title: "AN10922, 2TDEA",
            values: &[
                ("type", "2k3des"),
                ("key", "00112233445566778899AABBCCDDEEFF"),
                ("input", "04782E21801D803042F54E58502041"),
            ],
        },
        Example {
            title: "BoltCard, key 2 of card 04A39493CC8680",
            values: &[
                ("rule", "boltcard"),
                ("key", "00000000000000000000000000000001"),
                ("input", "{uid}01000000"),
                ("uid", "04A39493CC8680"),
                ("key-no", "2"),
            ],
        },
    ],
    compute,
};

fn compute(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    let rule = Rule::from_name(inputs.text("rule")?).unwrap_or(Rule::An10922);
    let master = inputs.bytes("key")?;
    let input = input(inputs)?;
    let input = sheet.step("M", "the input without constants", input)?;
    let key = match rule {
        Rule::An10922 => an10922(inputs, sheet, master, &input)?,
        Rule::AesCmac => rule
            .derive(KeyType::Aes128, master, &input, 0)
            .map_err(|error| refused(&error))?
            .result
            .expose()
            .to_vec(),
        Rule::BoltCard => boltcard(inputs, sheet, master, &input)?,
    };
    let key = sheet.secret_result("Diversified key", "DESFire reference §8.1", key)?;
    if let Some(derived) = inputs.given("derived") {
        sheet.secret_check("Derived key given", "DESFire reference §8.1", &key, derived);
    }
    Ok(())
}

/// AN10922 stage by stage, so that each can be changed.
fn an10922(
    inputs: &Inputs,
    sheet: &mut Sheet,
    master: &[u8],
    input: &[u8],
) -> Result<Vec<u8>, Slip> {
    const SECTION: &str = "AN10922 §2";
    let tdes = inputs.text("type")? != "aes128";
    // The rule itself says which lengths it takes.
    let kind = if tdes {
        KeyType::TwoKey3Des
    } else {
        KeyType::Aes128
    };
    Rule::An10922
        .derive(kind, master, input, 0)
        .map_err(|error| refused(&error))?;
    let wanted: &[usize] = match inputs.text("type")? {
        "2k3des" => &[16],
        "3k3des" => &[24],
        _ => &[16, 32],
    };
    if !wanted.contains(&master.len()) {
        let text = format!(
            "{} bytes, {} expected for {}",
            master.len(),
            wanted.first().unwrap_or(&16),
            inputs.text("type")?
        );
        return Err(Slip::refused("key", text));
    }
    let constants = diversify::constants(tdes, master.len());
    let mut key = Vec::new();
    for constant in constants {
        let message = sheet.step("Constant ‖ M", SECTION, [&[*constant], input].concat())?;
        if tdes {
            let mac = TwoBlocks::triple_des(master);
            key.extend(two_blocks(sheet, mac.as_ref(), &message)?);
        } else {
            let mac = TwoBlocks::aes(master);
            key.extend(two_blocks(sheet, mac.as_ref(), &message)?);
        }
    }
    Ok(key)
}

/// One MAC of AN10922, a line for each stage.
fn two_blocks<const N: usize>(
    sheet: &mut Sheet,
    mac: Option<&TwoBlocks<N>>,
    message: &[u8],
) -> Result<[u8; N], Slip> {
    const SECTION: &str = "AN10922 §2";
    let padded = TwoBlocks::<N>::padded(message);
    let too_long = || {
        let key = sheet.lines().last().map(|line| line.key.clone());
        let text = format!("{} bytes, at most {} expected", message.len(), 2 * N);
        Slip {
            place: Place::Step(key.unwrap_or_default()),
            ..Slip::refused("", text)
        }
    };
    let padded = padded.ok_or_else(too_long)?;
    let mac = mac.ok_or_else(|| Slip::refused("key", "a length that the rule does not know"))?;
    let k1 = sheet.secret_step("K1", SECTION, mac.first_subkey())?;
    let subkey = if message.len() < 2 * N {
        sheet.secret_step("K2", SECTION, mac.second_subkey(k1))?
    } else {
        k1
    };
    let padded = sheet.step("Padded to two blocks", SECTION, padded)?;
    sheet.need_len(2 * N)?;
    let mixed = TwoBlocks::mixed(&padded, subkey);
    let mixed = sheet.secret_step("Last block ⊕ K1 or K2", SECTION, mixed)?;
    sheet.need_len(2 * N)?;
    sheet.secret_step("Last block of CBC", SECTION, mac.last_block(&mixed))
}

/// BoltCard's keys stage by stage; the rule itself says which lengths it takes.
fn boltcard(
    inputs: &Inputs,
    sheet: &mut Sheet,
    master: &[u8],
    input: &[u8],
) -> Result<Vec<u8>, Slip> {
    const SECTION: &str = "BoltCard deterministic keys";
    let key_no = inputs.integer("key-no")?;
    let worked = Rule::BoltCard
        .derive(KeyType::Aes128, master, input, key_no)
        .map_err(|error| refused(&error))?;
    if key_no == 1 {
        sheet.note("All cards of an issuer share key 1: neither UID nor version counts");
        return Ok(worked.result.expose().to_vec());
    }
    let (Some(issuer), Some((uid, version))) =
        (master.first_chunk::<16>(), input.split_first_chunk::<7>())
    else {
        return Ok(worked.result.expose().to_vec());
    };
    let version = version.first_chunk::<4>().copied().unwrap_or_default();
    let uid = sheet.step("UID", SECTION, *uid)?;
    let version = sheet.step("version, least significant byte first", SECTION, version)?;
    let card_key = diversify::card_key(issuer, &uid, version);
    let card_key = sheet.secret_step("card key", SECTION, card_key)?;
    let key = diversify::application_key(issuer, &card_key, key_no);
    Ok(sheet.secret_step("application key", SECTION, key)?.to_vec())
}

fn input(inputs: &Inputs) -> Result<Vec<u8>, Slip> {
    let text = inputs.text("input")?;
    let template =
        Template::parse(text).map_err(|error| Slip::refused("input", error.to_string()))?;
    let aid = inputs
        .given_array::<3>("aid")?
        .map(|[high, middle, low]| Aid::from_wire([low, middle, high]));
    let target = Target {
        uid: inputs.given("uid"),
        aid,
        key_no: Some(inputs.integer("key-no")?),
    };
    template.fill(target).ok_or_else(|| {
        Slip::refused(
            "input",
            "A placeholder without its value, UID or AID expected below",
        )
    })
}

fn refused(error: &DiversifyError) -> Slip {
    let field = match error {
        DiversifyError::Input { .. } | DiversifyError::BoltCardInput { .. } => "input",
        DiversifyError::Key { .. } => "key",
        DiversifyError::KeyNo { .. } => "key-no",
    };
    Slip::refused(field, error.to_string())
}
