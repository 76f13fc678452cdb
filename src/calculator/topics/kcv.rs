//! Key check values: three bytes that tell a key without showing it.

use super::ciphers::{self, CIPHERS};
use crate::calculator::{Example, Field, Inputs, Kind, Sheet, Slip, Topic};

/// `kcv`.
pub(super) const KCV: Topic = Topic {
    id: "kcv",
    title: "Key check value",
    about: "The first three bytes of the cipher over a block of zeros: tells two keys apart without showing them",
    fields: &[
        Field::new(
            "type",
            "Key type",
            Kind::Choice(CIPHERS),
            "Cipher of the key",
        )
        .or("aes128"),
        Field::new("key", "Key", Kind::Bytes(&[8, 16, 24]), "The key")
            .secret()
            .positional(),
    ],
    examples: &[Example {
        title: "A key of counting bytes",
        values: &[
            ("type", "aes128"),
            ("key", "00112233445566778899AABBCCDDEEFF"),
        ],
    }],
    compute,
};

fn compute(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    const SECTION: &str = "first 3 bytes over a zero block";
    let cipher = ciphers::cipher(inputs, "type", "key")?;
    let mut block = vec![0; cipher.block_len()];
    cipher.encrypt(&cipher.zero(), &mut block);
    // All of it gives the subkeys of the CMAC.
    let block = sheet.secret_step("Zero block enciphered", SECTION, block)?;
    sheet.need_len(cipher.block_len())?;
    sheet.result(
        "KCV",
        SECTION,
        block.into_iter().take(3).collect::<Vec<u8>>(),
    )?;
    Ok(())
}
