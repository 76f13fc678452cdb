//! Originality signature (DESFire reference §8.2).

use crate::bytes::hex;
use crate::calculator::{Example, Field, Inputs, Kind, Sheet, Slip, Topic};
use crate::originality::{self, OriginalityError, PUBLISHED};

/// `signature`.
pub(super) const SIGNATURE: Topic = Topic {
    id: "signature",
    title: "Originality signature",
    about: "Whether NXP signed this UID (Read_Sig, 3C 00): ECDSA over secp224r1, tried with all published keys or with yours",
    fields: &[
        Field::new(
            "uid",
            "UID",
            Kind::Bytes(&[4, 7, 10]),
            "The real UID; a random one was not signed",
        ),
        Field::new(
            "signature",
            "Signature",
            Kind::Bytes(&[56]),
            "r ‖ s as Read_Sig answers, 56 bytes",
        ),
        Field::new(
            "public-key",
            "Public key",
            Kind::Bytes(&[57]),
            "Uncompressed, 04 ‖ x ‖ y; all published ones when nothing is given",
        )
        .optional(),
    ],
    examples: &[Example {
        title: "AN12196 §8.2",
        values: &[
            ("uid", "04518DFAA96180"),
            (
                "signature",
                "D1940D17CFEDA4BFF80359AB975F9F6514313E8F90C1D3CAAF5941AD744A1CDF9A83F883CAFE0FE95D1939B1B7E47113993324473B785D21",
            ),
        ],
    }],
    compute,
};

const SECTION: &str = "DESFire reference §8.2";

fn compute(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    let uid = inputs.bytes("uid")?.to_vec();
    let signature = inputs.bytes("signature")?;
    let digest = sheet.step("UID, taken as the digest", SECTION, uid)?;
    let (r, s) = signature.split_at(signature.len() / 2);
    let r = sheet.step("r", SECTION, r.to_vec())?;
    let s = sheet.step("s", SECTION, s.to_vec())?;
    let signature = [r, s].concat();
    let own = inputs.given("public-key");
    let keys: Vec<(&str, Vec<u8>)> = match own {
        Some(key) => vec![("the given key", key.to_vec())],
        None => PUBLISHED
            .iter()
            .filter_map(|key| Some((key.product, hex::parse(key.point).ok()?)))
            .collect(),
    };
    let mut fitting = Vec::new();
    for (product, key) in &keys {
        if originality::verify(key, &digest, &signature).map_err(|error| refused(&error))? {
            fitting.push((*product, key.clone()));
        }
    }
    let text = if let Some((product, key)) = fitting.first() {
        sheet.result("Public key", SECTION, key.clone())?;
        format!("fits, {product}")
    } else {
        format!("fits none of {} public keys", keys.len())
    };
    sheet.verdict("Signature", SECTION, !fitting.is_empty(), text);
    Ok(())
}

fn refused(error: &OriginalityError) -> Slip {
    let field = match error {
        OriginalityError::PublicKey { .. } => "public-key",
        OriginalityError::Signature { .. } => "signature",
        OriginalityError::Uid { .. } => "uid",
    };
    Slip::refused(field, error.to_string())
}
