//! The leakage-resilient primitive (AN12304, DESFire reference §4.5).

use crate::calculator::{Choice, Example, Field, Inputs, Kind, Sheet, Slip, Topic};
use crate::crypto::cmac::odd_bytes;
use crate::crypto::lrp::{self, Lrp};
use crate::crypto::padding::pad_m2;

/// `lrp`.
pub(super) const LRP: Topic = Topic {
    id: "lrp",
    title: "LRP",
    about: "The leakage-resilient primitive: updated keys, evaluation, CMAC_LRP and LRICB",
    fields: &[
        Field::new(
            "what",
            "What",
            Kind::Choice(&[
                Choice {
                    value: "eval",
                    title: "Evaluate",
                },
                Choice {
                    value: "mac",
                    title: "CMAC",
                },
                Choice {
                    value: "encrypt",
                    title: "Encipher",
                },
                Choice {
                    value: "decrypt",
                    title: "Decipher",
                },
            ]),
            "What to compute",
        )
        .or("mac"),
        Field::new(
            "key",
            "Key",
            Kind::Bytes(&[16]),
            "The key that plaintexts and updated keys come from",
        )
        .secret(),
        Field::new(
            "number",
            "Updated key",
            Kind::Number(15),
            "Which updated key; when nothing is given 1 for enciphering and deciphering, else 0",
        )
        .optional(),
        Field::new(
            "input",
            "Nibbles",
            Kind::Text,
            "Input of the evaluation, one hexadecimal digit a nibble",
        )
        .when("what", &["eval"]),
        Field::new(
            "finish",
            "Finish",
            Kind::Flag,
            "End with the evaluation of zero, as MACs and enciphering do",
        )
        .when("what", &["eval"]),
        Field::new(
            "message",
            "Message",
            Kind::Bytes(&[]),
            "Bytes that the MAC is over; nothing for an empty message",
        )
        .when("what", &["mac"])
        .optional(),
        Field::new(
            "counter",
            "Counter",
            Kind::Bytes(&[]),
            "Start of LRICB, most significant byte first; it is as long as given and wraps",
        )
        .when("what", &["encrypt", "decrypt"]),
        Field::new(
            "data",
            "Data",
            Kind::Bytes(&[]),
            "Whole blocks of 16 bytes; padded by 80 and zeros when Pad is set",
        )
        .when("what", &["encrypt", "decrypt"])
        .optional(),
        Field::new(
            "pad",
            "Pad",
            Kind::Flag,
            "Pad the data by 80 and zeros before enciphering",
        )
        .when("what", &["encrypt"]),
    ],
    examples: &[
        Example {
            title: "AN12304, CMAC of a message",
            values: &[
                ("key", "8195088CE6C393708EBBE6C7914ECB0B"),
                ("message", "BBD5B85772C7"),
            ],
        },
        Example {
            title: "AN12304, deciphered",
            values: &[
                ("what", "decrypt"),
                ("number", "1"),
                ("key", "E0C4935FF0C254CD2CEF8FDDC32460CF"),
                ("counter", "C3315DBF"),
                (
                    "data",
                    "FCBBACAA4F29182464F99DE41085266F480E863E487BAAF687B43ED1ECE0D623",
                ),
            ],
        },
    ],
    compute,
};

const SECTION: &str = "AN12304 §2, DESFire reference §4.5";

fn compute(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    let key = inputs.array::<16>("key")?;
    let usual = u64::from(matches!(inputs.text("what")?, "encrypt" | "decrypt"));
    let number = inputs.given_number("number").unwrap_or(usual);
    let number = u8::try_from(number)
        .map_err(|_| Slip::refused("number", format!("{number}, 0 to 15 expected")))?;
    let mut plaintexts = lrp::plaintexts(&key);
    for (at, plaintext) in plaintexts.iter_mut().enumerate() {
        *plaintext = sheet.secret_step(format!("Plaintext {at}"), SECTION, *plaintext)?;
    }
    let mut updated = lrp::updated_key(&key, number);
    *updated = sheet.secret_step(format!("Updated key {number}"), SECTION, *updated)?;
    let primitive = Lrp::from_parts(plaintexts, updated);
    match inputs.text("what")? {
        "eval" => {
            let nibbles = nibbles(inputs.text("input")?)?;
            sheet.result(
                "Result",
                SECTION,
                primitive.eval(nibbles, inputs.flag("finish")),
            )?;
        }
        "mac" => {
            let [k1, _] = *primitive.subkeys();
            let k1 = sheet.secret_step("K1", SECTION, k1)?;
            let k2 = sheet.secret_step("K2", SECTION, Lrp::second_subkey(k1))?;
            let primitive = primitive.with_subkeys([k1, k2]);
            let message = sheet.step(
                "Message",
                SECTION,
                inputs.given("message").unwrap_or_default().to_vec(),
            )?;
            let mac = sheet.result("CMAC_LRP", SECTION, primitive.mac(&[&message]))?;
            sheet.result("MACt, odd bytes", SECTION, odd_bytes(mac))?;
        }
        what => blocks(inputs, sheet, &primitive, what == "encrypt")?,
    }
    Ok(())
}

fn blocks(inputs: &Inputs, sheet: &mut Sheet, primitive: &Lrp, encrypt: bool) -> Result<(), Slip> {
    let mut counter = inputs.bytes("counter")?.to_vec();
    if counter.is_empty() || counter.len() > 16 {
        return Err(Slip::refused(
            "counter",
            format!("{} bytes, 1 to 16 expected", counter.len()),
        ));
    }
    let mut data = inputs.given("data").unwrap_or_default().to_vec();
    if inputs.flag("pad") {
        pad_m2(&mut data, 0, 16);
    }
    if data.is_empty() || !data.len().is_multiple_of(16) {
        let slip = Slip::refused(
            "data",
            format!("{} bytes, a multiple of 16 expected", data.len()),
        );
        return Err(slip.hint("Set Pad to add 80 and zeros"));
    }
    let mut data = sheet.step("Data", SECTION, data)?;
    sheet.need_blocks(16)?;
    if encrypt {
        primitive.encrypt(&mut counter, &mut data);
        sheet.result("Ciphertext", SECTION, data)?;
    } else {
        primitive.decrypt(&mut counter, &mut data);
        sheet.result("Plaintext", SECTION, data)?;
    }
    sheet.result("Counter after", SECTION, counter)?;
    Ok(())
}

fn nibbles(text: &str) -> Result<Vec<u8>, Slip> {
    let digits = text.chars().filter(|letter| !letter.is_whitespace());
    digits
        .map(|letter| {
            let nibble = letter
                .to_digit(16)
                .and_then(|nibble| u8::try_from(nibble).ok());
            nibble.ok_or_else(|| {
                Slip::refused("input", format!("{letter:?}, a hexadecimal digit expected"))
            })
        })
        .collect()
}
