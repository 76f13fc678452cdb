//! The same bytes as AID, UID, number and text: what people convert by hand, and get wrong.

use crate::calculator::{Choice, Example, Field, Inputs, Kind, Sheet, Slip, Topic};

/// `bytes`.
pub(super) const BYTES: Topic = Topic {
    id: "bytes",
    title: "Bytes and numbers",
    about: "Bytes as numbers of both byte orders, AID of both orders, ASCII and decimal UID, and back",
    fields: &[
        Field::new(
            "from",
            "From",
            Kind::Choice(&[
                Choice {
                    value: "hex",
                    title: "Hexadecimal",
                },
                Choice {
                    value: "decimal",
                    title: "Decimal",
                },
                Choice {
                    value: "ascii",
                    title: "ASCII",
                },
            ]),
            "How the value is written",
        )
        .or("hex"),
        Field::new("value", "Value", Kind::Text, "Bytes, a number, or text").positional(),
        Field::new(
            "length",
            "Bytes",
            Kind::Number(8),
            "Length of a decimal number in bytes; as many as it needs when nothing is given",
        )
        .when("from", &["decimal"])
        .optional(),
    ],
    examples: &[
        Example {
            title: "An AID as people write it",
            values: &[("value", "014499")],
        },
        Example {
            title: "A UID printed as a number",
            values: &[
                ("from", "decimal"),
                ("value", "1220857346550656"),
                ("length", "7"),
            ],
        },
    ],
    compute,
};

fn compute(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    let text = inputs.text("value")?;
    let bytes = match inputs.text("from")? {
        "decimal" => decimal(inputs, text)?,
        "ascii" => text.as_bytes().to_vec(),
        _ => crate::bytes::hex::pasted(text).map_err(|error| {
            Slip::refused("value", error.to_string())
                .hint("Text and decimal numbers are read when From says so")
        })?,
    };
    let bytes = sheet.result("Bytes", "", bytes)?;
    let reversed = sheet.result(
        "In the other order",
        "",
        bytes.iter().rev().copied().collect::<Vec<u8>>(),
    )?;
    sheet.fact("Length", "", format!("{} bytes", bytes.len()));
    if bytes.len() <= 8 {
        sheet.fact(
            "Number, most significant byte first",
            "",
            number(&bytes).to_string(),
        );
        sheet.fact(
            "Number, least significant byte first",
            "DESFire reference §0",
            number(&reversed).to_string(),
        );
    }
    if let Ok(four) = <[u8; 4]>::try_from(bytes.as_slice()) {
        let value = i32::from_le_bytes(four);
        sheet.fact(
            "Value of a value file",
            "DESFire reference §2.5",
            value.to_string(),
        );
    }
    if bytes.len() == 3 {
        sheet.fact(
            "AID, if people wrote it so",
            "",
            format!("on the wire {}", crate::bytes::hex::upper(&reversed)),
        );
        sheet.fact(
            "AID, if it is from the wire",
            "",
            format!("people write {}", crate::bytes::hex::upper(&reversed)),
        );
    }
    if matches!(bytes.len(), 4 | 7 | 10) && bytes.first() != Some(&0x08) {
        let maker = if bytes.first() == Some(&0x04) {
            "NXP"
        } else {
            "another maker"
        };
        sheet.fact(
            "As a UID",
            "ISO 14443-3",
            format!("{} bytes, {maker}", bytes.len()),
        );
    }
    if bytes
        .iter()
        .all(|byte| byte.is_ascii_graphic() || *byte == b' ')
        && !bytes.is_empty()
    {
        sheet.fact("ASCII", "", String::from_utf8_lossy(&bytes));
    }
    Ok(())
}

fn decimal(inputs: &Inputs, text: &str) -> Result<Vec<u8>, Slip> {
    let digits: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    let number: u64 = digits.parse().map_err(|_| {
        Slip::refused(
            "value",
            format!("{text:?}, a decimal number below 2^64 expected"),
        )
    })?;
    let whole = number.to_be_bytes();
    let needed = (8 - whole.iter().take_while(|byte| **byte == 0).count()).max(1);
    let length = match inputs.given_number("length") {
        Some(length) => usize::try_from(length).unwrap_or(8),
        None => needed,
    };
    if length < needed {
        return Err(Slip::refused(
            "length",
            format!("{length}, at least {needed} expected for this number"),
        ));
    }
    Ok(whole.iter().skip(8 - length).copied().collect())
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
