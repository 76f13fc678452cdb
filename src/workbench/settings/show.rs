//! How bytes and AIDs are printed.

use serde::{Deserialize, Serialize};

use crate::bytes::hex;
use crate::card::Aid;

/// How many bytes stand together in copied hexadecimal text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HexGroup {
    /// No separators.
    #[default]
    None,
    /// A space after each byte.
    One,
    /// A space after two bytes.
    Two,
    /// A space after four bytes.
    Four,
}

impl HexGroup {
    /// All, in the order of the settings window.
    pub const ALL: [Self; 4] = [Self::None, Self::One, Self::Two, Self::Four];

    /// An example of it.
    pub const fn example(self) -> &'static str {
        match self {
            Self::None => "01020304",
            Self::One => "01 02 03 04",
            Self::Two => "0102 0304",
            Self::Four => "01020304 0506",
        }
    }

    /// Upper-case digits in these groups.
    pub fn print(self, bytes: &[u8]) -> String {
        let size = match self {
            Self::None => return hex::upper(bytes),
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
        };
        let groups: Vec<String> = bytes.chunks(size).map(hex::upper).collect();
        groups.join(" ")
    }
}

/// Which byte of an AID comes first where people read and type it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AidOrder {
    /// Most significant byte first, as people write it: `014499`.
    #[default]
    Written,
    /// Least significant byte first, as it crosses the interface: `994401`.
    Wire,
}

impl AidOrder {
    /// The six digits.
    pub fn print(self, aid: Aid) -> String {
        match self {
            Self::Written => aid.to_string(),
            Self::Wire => hex::upper(aid.wire()),
        }
    }

    /// Reads six digits; the error says what is wrong with them.
    pub fn parse(self, text: &str) -> Result<Aid, String> {
        let aid: Aid = text.trim().parse().map_err(|error| format!("{error}"))?;
        let [first, middle, last] = aid.wire();
        Ok(match self {
            Self::Written => aid,
            Self::Wire => Aid::from_wire([last, middle, first]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_grouped() {
        let bytes = [0x01, 0x2A, 0xFF, 0x04, 0x05];
        let printed = HexGroup::ALL.map(|group| group.print(&bytes));
        let expected = [
            "012AFF0405",
            "01 2A FF 04 05",
            "012A FF04 05",
            "012AFF04 05",
        ];
        assert_eq!(printed, expected);
        assert_eq!(HexGroup::Two.print(&[]), "");
    }

    #[test]
    fn aids_are_read_as_they_are_printed() {
        let aid = Aid::from_wire([0x99, 0x44, 0x01]);
        assert_eq!(AidOrder::Written.print(aid), "014499");
        assert_eq!(AidOrder::Wire.print(aid), "994401");
        for order in [AidOrder::Written, AidOrder::Wire] {
            assert_eq!(order.parse(&order.print(aid)), Ok(aid));
            assert!(order.parse("01449").is_err());
        }
    }
}
