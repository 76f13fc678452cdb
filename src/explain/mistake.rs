//! What the catalogue says: a mistake, and how well one or two of them explain a row.

use crate::bytes::hex;
use crate::crypto::Secret;

/// A rule that hosts or cards are known to break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Stable name for filters and tests, such as `ev2-ti-reversed`.
    pub code: &'static str,
    /// One sentence that says what was done.
    pub title: &'static str,
    /// One sentence that says what to do instead.
    pub fix: &'static str,
    /// Document and section of the rule.
    pub section: &'static str,
    /// What it is about.
    pub family: Family,
}

/// What mistakes are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// The IV of a cryptogram or of a CMAC of EV1.
    Iv,
    /// What a MAC covers and which of its bytes are sent.
    Mac,
    /// CmdCtr and TI.
    Counter,
    /// Checksums in enciphered data.
    Crc,
    /// The key data of ChangeKey.
    ChangeKey,
    /// Session keys.
    SessionKey,
    /// The cryptograms of an authentication.
    Handshake,
    /// Padding of enciphered data.
    Padding,
    /// Which protection a file asks for.
    Access,
    /// The Transaction MAC.
    Tmac,
}

impl Family {
    /// The name in JSON rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Iv => "iv",
            Self::Mac => "mac",
            Self::Counter => "counter",
            Self::Crc => "crc",
            Self::ChangeKey => "change key",
            Self::SessionKey => "session key",
            Self::Handshake => "handshake",
            Self::Padding => "padding",
            Self::Access => "access",
            Self::Tmac => "tmac",
        }
    }
}

/// Who sent the bytes that do not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The host.
    Command,
    /// The card.
    Response,
}

impl Side {
    /// The name in JSON rows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Response => "response",
        }
    }
}

/// The bytes of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputBytes {
    /// Anybody may see them.
    Clear(Vec<u8>),
    /// Keys and random numbers.
    Secret(Secret),
}

/// What the computation that fits starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What it is, such as `CmdCtr`.
    pub label: &'static str,
    /// Its bytes.
    pub bytes: InputBytes,
    /// Place of the row that it comes from, where it has one.
    pub row: Option<usize>,
}

impl Input {
    pub(super) fn clear(label: &'static str, bytes: &[u8], row: Option<usize>) -> Self {
        Self {
            label,
            bytes: InputBytes::Clear(bytes.to_vec()),
            row,
        }
    }

    pub(super) fn secret(label: &'static str, bytes: &Secret, row: Option<usize>) -> Self {
        Self {
            label,
            bytes: InputBytes::Secret(bytes.clone()),
            row,
        }
    }

    /// The bytes in hexadecimal; those of a secret only with `secrets`.
    pub fn text(&self, secrets: bool) -> String {
        match &self.bytes {
            InputBytes::Clear(bytes) => hex::upper(bytes),
            InputBytes::Secret(secret) if secrets => hex::upper(secret.expose()),
            InputBytes::Secret(_) => "hidden".to_owned(),
        }
    }
}

/// One or two mistakes with which the received bytes come out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// One or two.
    pub mistakes: Vec<&'static Mistake>,
    /// Who made them.
    pub side: Side,
    /// Bits of the received bytes that the rules do not give and the mistakes do; for two mistakes less the
    /// logarithm of the number of pairs that were tried.
    pub bits: u32,
    /// The bytes by the rules; empty where they can't be told.
    pub expected: Vec<u8>,
    /// The bytes that were there; of an enciphered checksum and of padding the deciphered ones.
    pub received: Vec<u8>,
    /// What the computation that fits starts from; what the mistakes took instead of the right value comes first.
    pub inputs: Vec<Input>,
}

impl Explanation {
    /// Whether chance is no explanation.
    pub const fn is_certain(&self) -> bool {
        self.bits >= CERTAIN
    }

    /// The first byte in which the received bytes differ from those by the rules.
    pub fn difference(&self) -> Option<usize> {
        if self.expected.is_empty() {
            return None;
        }
        let pairs = self.expected.iter().zip(&self.received);
        let differing = pairs.take_while(|(expected, got)| expected == got).count();
        (differing < self.expected.len().max(self.received.len())).then_some(differing)
    }

    /// What was done, and how much of what was received it gives. Rows are numbered from `first`.
    pub fn text(&self, first: usize) -> String {
        let titles: Vec<&str> = self.mistakes.iter().map(|mistake| mistake.title).collect();
        let taken = self.inputs.first().and_then(|input| {
            let row = input.row? + first;
            Some(format!("With the {} of row {row}", input.label))
        });
        let bytes = self.received.len();
        let fit = match (taken, self.is_certain()) {
            (_, false) => format!(
                "This would explain what was received, by {} bits.",
                self.bits
            ),
            (Some(taken), true) if bytes > 0 => format!("{taken}, all {bytes} bytes fit."),
            _ => "With it all bytes fit.".to_owned(),
        };
        format!("{} {fit}", titles.join(" "))
    }
}

/// Bits from which on a mistake is named and not only possible.
const CERTAIN: u32 = 32;

#[cfg(test)]
mod tests {
    use super::*;

    static REVERSED: Mistake = Mistake {
        code: "reversed",
        title: "The IV was reversed.",
        fix: "Leave it as it is.",
        section: "§1",
        family: Family::Iv,
    };

    fn explanation(bits: u32) -> Explanation {
        Explanation {
            mistakes: vec![&REVERSED],
            side: Side::Command,
            bits,
            expected: vec![1, 2, 3],
            received: vec![1, 5, 3],
            inputs: vec![Input::secret("IV", &Secret::new([0xAB; 4]), Some(30))],
        }
    }

    #[test]
    fn the_sentence_names_the_row_and_says_how_sure_it_is() {
        let sure = explanation(32);
        assert_eq!(
            sure.text(0),
            "The IV was reversed. With the IV of row 30, all 3 bytes fit."
        );
        assert_eq!(sure.difference(), Some(1));
        let possible = explanation(31);
        assert!(!possible.is_certain() && possible.text(0).ends_with("by 31 bits."));
    }

    #[test]
    fn a_secret_input_shows_only_when_asked_for() {
        let explanation = explanation(32);
        assert_eq!(explanation.inputs[0].text(false), "hidden");
        assert_eq!(explanation.inputs[0].text(true), "ABABABAB");
        assert!(
            !format!("{explanation:?}").contains("AB, AB")
                && !format!("{explanation:?}").contains("171")
        );
    }
}
