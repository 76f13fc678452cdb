//! CMAC and CBC with any key of a card (DESFire reference §4.3, NIST SP 800-38B).

use crate::calculator::{Choice, Example, Field, Inputs, Kind, Sheet, Slip, Topic};
use crate::card::KeyType;
use crate::crypto::cipher::{Block, Cipher};
use crate::crypto::padding::pad_m2;

/// The ciphers of keys.
pub(super) const CIPHERS: &[Choice] = &[
    Choice {
        value: "aes128",
        title: "AES-128",
    },
    Choice {
        value: "des",
        title: "DES",
    },
    Choice {
        value: "2k3des",
        title: "2K3DES",
    },
    Choice {
        value: "3k3des",
        title: "3K3DES",
    },
];

/// `cmac`.
pub(super) const CMAC: Topic = Topic {
    id: "cmac",
    title: "CMAC",
    about: "CMAC with its subkeys; the truncated MAC of EV2 is the odd bytes of it, that of EV1 its first 8 bytes",
    fields: &[
        KEY_TYPE,
        KEY,
        Field::new(
            "message",
            "Message",
            Kind::Bytes(&[]),
            "Bytes that the MAC is over; nothing for an empty message",
        )
        .optional()
        .positional(),
        Field::new(
            "iv",
            "IV",
            Kind::Bytes(&[8, 16]),
            "Where the chain starts: in EV1 the last cipher block of the session, else zero",
        )
        .optional(),
        Field::new(
            "mac",
            "Received MAC",
            Kind::Bytes(&[4, 8, 16]),
            "A MAC to compare with, whole or truncated",
        )
        .optional(),
    ],
    examples: &[Example {
        title: "Example 2 of NIST SP 800-38B, D.1",
        values: &[
            ("key", "2B7E151628AED2A6ABF7158809CF4F3C"),
            ("message", "6BC1BEE22E409F96E93D7E117393172A"),
        ],
    }],
    compute: cmac,
};

/// `cbc`.
pub(super) const CBC: Topic = Topic {
    id: "cbc",
    title: "CBC",
    about: "Enciphers or deciphers whole blocks",
    fields: &[
        Field::new(
            "direction",
            "Direction",
            Kind::Choice(&[
                Choice {
                    value: "encrypt",
                    title: "Encipher",
                },
                Choice {
                    value: "decrypt",
                    title: "Decipher",
                },
            ]),
            "What to do with the data",
        )
        .or("encrypt"),
        KEY_TYPE,
        KEY,
        Field::new(
            "data",
            "Data",
            Kind::Bytes(&[]),
            "Whole blocks: of 8 bytes for the DES family, of 16 for AES",
        )
        .positional(),
        Field::new(
            "iv",
            "IV",
            Kind::Bytes(&[8, 16]),
            "Zero when nothing is given",
        )
        .optional(),
    ],
    examples: &[Example {
        title: "NIST SP 800-38A, F.2.1",
        values: &[
            ("key", "2B7E151628AED2A6ABF7158809CF4F3C"),
            ("iv", "000102030405060708090A0B0C0D0E0F"),
            (
                "data",
                "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51",
            ),
        ],
    }],
    compute: cbc,
};

const KEY_TYPE: Field = Field::new(
    "type",
    "Key type",
    Kind::Choice(CIPHERS),
    "Cipher of the key",
)
.or("aes128");
const KEY: Field = Field::new("key", "Key", Kind::Bytes(&[8, 16, 24]), "The key").secret();

/// The cipher of two inputs; names the length that the key should have.
pub(super) fn cipher(inputs: &Inputs, key_type: &str, key: &str) -> Result<Cipher, Slip> {
    let kind = KeyType::from_name(inputs.text(key_type)?);
    let value = inputs.bytes(key)?;
    let fitting = kind.filter(|kind| kind.accepts(value.len()));
    let cipher = fitting.and_then(|kind| match kind {
        KeyType::Aes128 => Cipher::aes(value),
        _ => Cipher::des(value),
    });
    cipher.ok_or_else(|| {
        let expected = kind.map_or("another length", KeyType::lengths);
        let name = kind.map_or("", KeyType::name);
        Slip::refused(
            key,
            format!("{} bytes, {expected} expected for {name}", value.len()),
        )
    })
}

fn iv(inputs: &Inputs, cipher: &Cipher) -> Result<Block, Slip> {
    let Some(bytes) = inputs.given("iv") else {
        return Ok(cipher.zero());
    };
    cipher.block(bytes).ok_or_else(|| {
        let text = format!("{} bytes, {} expected", bytes.len(), cipher.block_len());
        Slip::refused("iv", text)
    })
}

fn cmac(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    const SECTION: &str = "NIST SP 800-38B §6";
    let cipher = cipher(inputs, "type", "key")?;
    let message = inputs.given("message").unwrap_or_default().to_vec();
    let iv = iv(inputs, &cipher)?.as_ref().to_vec();
    let [k1, k2] = cipher.subkeys();
    let block = cipher.block_len();
    let k1 = sheet.secret_step("K1", SECTION, k1.expose().to_vec())?;
    sheet.need_len(block)?;
    let k2 = sheet.secret_step("K2", SECTION, k2.expose().to_vec())?;
    sheet.need_len(block)?;
    let iv = sheet.step("IV", "DESFire reference §4.3", iv)?;
    sheet.need_len(block)?;
    let iv = cipher.block(&iv).ok_or_else(|| {
        Slip::refused(
            "iv",
            format!("{} bytes, {} expected", iv.len(), cipher.block_len()),
        )
    })?;
    let whole = !message.is_empty() && message.len().is_multiple_of(cipher.block_len());
    let mut padded = message;
    if !whole {
        pad_m2(&mut padded, 0, cipher.block_len());
    }
    let subkey = if whole { &k1 } else { &k2 };
    let last = padded.len() - cipher.block_len();
    for (byte, mask) in padded.iter_mut().skip(last).zip(subkey) {
        *byte ^= mask;
    }
    let label = if whole {
        "Message, last block with K1"
    } else {
        "Message, padded, last block with K2"
    };
    // Over zeros it is the subkey itself.
    let mut blocks = sheet.secret_step(label, SECTION, padded)?;
    sheet.need_blocks(block)?;
    let mac = cipher.encrypt(&iv, &mut blocks).as_ref().to_vec();
    let mac = sheet.result("CMAC", SECTION, mac)?;
    sheet.need_len(block)?;
    let first: Vec<u8> = mac.iter().take(8).copied().collect();
    let first = sheet.result("First 8 bytes", "EV1, DESFire reference §4.3", first)?;
    let mut truncated = Vec::new();
    if mac.len() == 16 {
        let odd: Vec<u8> = mac.iter().skip(1).step_by(2).copied().collect();
        truncated = sheet.result("MACt, odd bytes", "EV2, DESFire reference §4.4", odd)?;
    }
    if let Some(received) = inputs.given("mac") {
        let four: Vec<u8> = mac.iter().take(4).copied().collect();
        let forms = [&mac, &truncated, &first, &four];
        let same = forms.iter().find(|form| form.as_slice() == received);
        let alike = forms.iter().find(|form| form.len() == received.len());
        match same.or(alike) {
            Some(expected) => drop(sheet.check("Received MAC", SECTION, expected, received)),
            None => {
                return Err(Slip::refused(
                    "mac",
                    format!("{} bytes, {} expected", received.len(), mac.len()),
                ));
            }
        }
    }
    Ok(())
}

fn cbc(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    const SECTION: &str = "NIST SP 800-38A §6.2";
    let cipher = cipher(inputs, "type", "key")?;
    let iv = iv(inputs, &cipher)?;
    let mut data = inputs.bytes("data")?.to_vec();
    let len = cipher.block_len();
    if data.is_empty() || !data.len().is_multiple_of(len) {
        let text = format!("{} bytes, a multiple of {len} expected", data.len());
        return Err(Slip::refused("data", text)
            .hint("Padding belongs to the data: 80 and zeros in EV1 and EV2"));
    }
    let next = if inputs.text("direction")? == "decrypt" {
        let next = cipher.decrypt(&iv, &mut data);
        sheet.result("Plaintext", SECTION, data)?;
        next
    } else {
        let next = cipher.encrypt(&iv, &mut data);
        sheet.result("Ciphertext", SECTION, data)?;
        next
    };
    sheet.result(
        "Next IV",
        "EV1 chains it, DESFire reference §4.3",
        next.as_ref().to_vec(),
    )?;
    Ok(())
}
