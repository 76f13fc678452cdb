//! Key diversification (DESFire reference §8.1), by every rule of [`crate::diversify`].

use crate::calculator::{Choice, Example, Field, Inputs, Kind, Sheet, Slip, Topic};
use crate::card::{Aid, KeyType};
use crate::crypto::two_blocks::TwoBlocks;
use crate::diversify::{DiversifyError, Rule};
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
        Rule::AesCmac | Rule::BoltCard => {
            let key_no = inputs.integer("key-no")?;
            let worked = rule
                .derive(KeyType::Aes128, master, &input, key_no)
                .map_err(|error| refused(&error))?;
            for step in worked.steps.iter().skip(1) {
                sheet.secret_step(step.label, step.section, step.bytes.clone())?;
            }
            worked.result.expose().to_vec()
        }
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
    let constants = crate::diversify::constants(tdes, master.len());
    let mut key = Vec::new();
    for constant in constants {
        let message = sheet.step("Constant ‖ M", SECTION, [&[*constant], input].concat())?;
        let mac = if tdes {
            TwoBlocks::triple_des(master, &message)
        } else {
            TwoBlocks::aes(master, &message)
        };
        let mac = mac.ok_or_else(|| {
            Slip::refused(
                "input",
                format!(
                    "{} bytes with the constant, two blocks hold fewer",
                    message.len()
                ),
            )
        })?;
        let [k1, k2] = &mac.subkeys;
        sheet.secret_step("K1", SECTION, k1.expose().to_vec())?;
        sheet.secret_step("K2", SECTION, k2.expose().to_vec())?;
        sheet.step(
            "Padded to two blocks",
            SECTION,
            mac.padded.expose().to_vec(),
        )?;
        sheet.secret_step(
            "Last block ⊕ K1 or K2",
            SECTION,
            mac.mixed.expose().to_vec(),
        )?;
        key.extend(sheet.secret_step("Last block of CBC", SECTION, mac.mac.expose().to_vec())?);
    }
    Ok(key)
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
