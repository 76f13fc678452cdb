//! Answer to reset of a contactless card, as its reader builds it (PC/SC part 3, §3.1.3.2.3.1).
//!
//! ```text
//! 3B 8n 80 01 <historical bytes (n)> TCK      n of the card's ATS, TCK the XOR of all after 3B
//! ```

/// What an answer to reset says about the card, before any command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtrHint {
    /// ISO 14443-4 with the historical byte `80`: DESFire EV0 to EV3, DESFire Light, NTAG 424 DNA.
    Desfire,
    /// ISO 14443-4 with historical bytes `C1 05 …`: MIFARE Plus.
    Plus,
    /// A memory card; its standard and name are those of PC/SC part 3.
    Storage {
        /// SS, the standard byte.
        standard: u8,
        /// NN NN, the card name.
        name: u16,
    },
    /// ISO 14443-4, something else.
    Contactless,
    /// Not built by a contactless reader.
    Contact,
}

impl AtrHint {
    /// In words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Desfire => "DESFire, DESFire Light or NTAG 424 DNA",
            Self::Plus => "MIFARE Plus",
            Self::Storage { .. } => "a memory card",
            Self::Contactless => "contactless, something else",
            Self::Contact => "a contact card, or a reader of its own",
        }
    }
}

/// The answer to reset of a card with this answer to select.
pub fn from_ats(ats: &[u8]) -> Vec<u8> {
    of_historical(historical(ats))
}

/// The answer to reset that a reader builds from historical bytes, at most 15.
pub(super) fn of_historical(historical: &[u8]) -> Vec<u8> {
    let count = u8::try_from(historical.len()).unwrap_or(0x0F).min(0x0F);
    let mut atr = vec![0x3B, 0x80 | count, 0x80, 0x01];
    atr.extend(historical.iter().take(usize::from(count)));
    let check = atr.iter().skip(1).fold(0, |check, byte| check ^ byte);
    atr.push(check);
    atr
}

/// What the answer to reset says, and the bytes that decided it.
pub fn hint(atr: &[u8]) -> (AtrHint, &[u8]) {
    let historical = match atr {
        [0x3B, t0, 0x80, 0x01, rest @ ..] if t0 & 0xF0 == 0x80 => {
            match rest.get(..usize::from(t0 & 0x0F)) {
                Some(historical) => historical,
                None => return (AtrHint::Contactless, rest),
            }
        }
        _ => return (AtrHint::Contact, atr.get(..2).unwrap_or(atr)),
    };
    let hint = match *historical {
        [0x80] => AtrHint::Desfire,
        [0xC1, 0x05, ..] => AtrHint::Plus,
        [0x80, 0x4F, _, 0xA0, 0, 0, 3, 6, standard, high, low, ..] => AtrHint::Storage {
            standard,
            name: u16::from_be_bytes([high, low]),
        },
        _ => AtrHint::Contactless,
    };
    (hint, historical)
}

/// What follows TL, T0 and the interface bytes that T0 announces (ISO 14443-4 §5.2).
pub(super) fn historical(ats: &[u8]) -> &[u8] {
    match ats {
        [_, t0, rest @ ..] => {
            let interface = (t0 >> 4 & 7).count_ones();
            usize::try_from(interface)
                .ok()
                .and_then(|skip| rest.get(skip..))
                .unwrap_or_default()
        }
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;
    use crate::card::product::Product;

    #[test]
    fn every_virtual_product_has_the_answer_that_client_programs_expect() {
        for product in Product::ALL {
            let atr = from_ats(product.capabilities().ats);
            assert_eq!(hex::upper(&atr), "3B8180018080", "{}", product.name());
            assert_eq!(hint(&atr), (AtrHint::Desfire, &[0x80][..]));
        }
    }

    #[test]
    fn an_answer_to_select_without_historical_bytes_gives_the_shortest() {
        for ats in [&[][..], &[1], &[2, 0x70], &[5, 0x70, 0x77, 0x81, 0x02]] {
            assert_eq!(hex::upper(from_ats(ats)), "3B80800101", "{ats:02X?}");
        }
    }

    #[test]
    fn tells_the_families_by_their_historical_bytes() {
        for (atr, expected, bytes) in [
            // MIFARE Plus X, MF1SPLUSx0y1 data sheet.
            (
                "3B878001 C1052F2F01BCD6 A9",
                AtrHint::Plus,
                "C1052F2F01BCD6",
            ),
            // MIFARE Classic 1K, PC/SC part 3 supplement.
            (
                "3B8F8001 804F0CA000000306030001 00000000 6A",
                AtrHint::Storage {
                    standard: 3,
                    name: 1,
                },
                "804F0CA00000030603000100000000",
            ),
            (
                "3B8A8001 00112233445566778899 AA",
                AtrHint::Contactless,
                "00112233445566778899",
            ),
            ("3B6500002063CB6600", AtrHint::Contact, "3B65"),
            ("3B8F8001 80", AtrHint::Contactless, "80"),
            ("", AtrHint::Contact, ""),
        ] {
            let atr = hex::parse(atr).unwrap();
            let (found, decided_by) = hint(&atr);
            assert_eq!((found, hex::upper(decided_by)), (expected, bytes.into()));
        }
    }
}
