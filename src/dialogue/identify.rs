//! Asks a card what it is, by frames that change nothing on it.
//!
//! ```text
//! FF CA 00 00 00                 UID, from the reader
//! FF CA 01 00 00                 ATS, where the answer to reset does not tell the family
//! 90 60 00 00 00, 90 AF …        GetVersion, wrapped: DESFire, Light, NTAG, some Plus
//! 60, AF, AF                     GetVersion, native: where the wrapped one is not known
//! A8 90 90 <data(16)>            WritePerso of a block that no card has: tells the level of a Plus
//! ```
//! A card that the reader presents as a memory card is not asked at all: its commands are another protocol.

use crate::apdu::AF;
use crate::bytes::Reader;
use crate::card::Version;
use crate::card::atr::AtrHint;
use crate::card::identity::{Identity, Kind, Uid};

/// The question and what was answered so far.
#[derive(Clone, Debug)]
pub struct Identify {
    identity: Identity,
    next: Next,
    /// Version bytes of the frames so far.
    version: Vec<u8>,
}

/// The frame that is sent, or waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Uid,
    Ats,
    Wrapped { more: bool },
    Native { more: bool },
    Level,
    Nothing,
}

impl Identify {
    /// Starts with what the answer to reset tells.
    pub fn new(atr: &[u8]) -> Self {
        Self {
            identity: Identity::by_atr(atr),
            next: Next::Uid,
            version: Vec::new(),
        }
    }

    /// The next frame; `None` at the end.
    pub fn poll_transmit(&self) -> Option<Vec<u8>> {
        Some(match self.next {
            Next::Uid => vec![0xFF, 0xCA, 0x00, 0x00, 0x00],
            Next::Ats => vec![0xFF, 0xCA, 0x01, 0x00, 0x00],
            Next::Wrapped { more } => vec![0x90, if more { AF } else { 0x60 }, 0x00, 0x00, 0x00],
            Next::Native { more } => vec![if more { AF } else { 0x60 }],
            Next::Level => [&[0xA8, 0x90, 0x90][..], &[0; 16]].concat(),
            Next::Nothing => return None,
        })
    }

    /// Takes the answer; `None` when none came, for instance because the reader does not pass such a frame on.
    pub fn handle_response(&mut self, answer: Option<&[u8]>) {
        let answer = answer.unwrap_or_default();
        self.next = match self.next {
            Next::Uid => {
                if let [uid @ .., 0x90, 0x00] = answer {
                    self.identity.uid = Uid::of(uid);
                }
                self.after_uid()
            }
            Next::Ats => {
                if let [ats @ .., 0x90, 0x00] = answer {
                    self.identity.take_ats(ats);
                }
                Next::Wrapped { more: false }
            }
            Next::Wrapped { .. } => match answer {
                [data @ .., 0x91, status] => {
                    self.version(data, *status, Next::Wrapped { more: true })
                }
                _ => Next::Native { more: false },
            },
            Next::Native { .. } => match answer {
                [status, data @ ..] => self.version(data, *status, Next::Native { more: true }),
                [] => self.last_question(),
            },
            Next::Level => {
                if let [status] = answer {
                    self.identity.take_perso_status(*status);
                }
                Next::Nothing
            }
            Next::Nothing => Next::Nothing,
        };
    }

    /// What was found out.
    pub fn finish(self) -> Identity {
        self.identity
    }

    const fn after_uid(&self) -> Next {
        match self.identity.kind {
            Kind::Other(AtrHint::Contact | AtrHint::Contactless) => Next::Ats,
            Kind::Other(AtrHint::Storage { .. }) | Kind::Plus(_, Some(_)) => Next::Nothing,
            _ => Next::Wrapped { more: false },
        }
    }

    /// One frame of the version; what follows it.
    fn version(&mut self, data: &[u8], status: u8, more: Next) -> Next {
        self.version.extend_from_slice(data);
        match status {
            AF if self.version.len() <= MOST => return more,
            0x00 | 0x90 => {
                if let Ok(version) = Reader::all("GetVersion", &self.version, Version::read) {
                    self.identity.take_version(version);
                }
            }
            _ if more == (Next::Wrapped { more: true }) => {
                self.version.clear();
                return Next::Native { more: false };
            }
            _ => {}
        }
        self.last_question()
    }

    const fn last_question(&self) -> Next {
        match self.identity.kind {
            Kind::Plus(_, None) => Next::Level,
            _ => Next::Nothing,
        }
    }
}

/// Longest version: 7 + 7 + 15 bytes.
const MOST: usize = 29;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    /// A card as a list of frames and answers; what was sent, and what came of it.
    fn ask(atr: &str, card: &[(&str, &str)]) -> (Vec<String>, Identity) {
        let mut identify = Identify::new(&hex::parse(atr).unwrap());
        let (mut sent, mut card) = (Vec::new(), card.iter());
        while let Some(frame) = identify.poll_transmit() {
            sent.push(hex::upper(&frame));
            let (expected, answer) = card.next().expect("no further frame");
            assert_eq!(hex::upper(&frame), *expected);
            let answer = hex::parse(answer).unwrap();
            identify.handle_response(
                Some(&answer)
                    .filter(|answer| !answer.is_empty())
                    .map(Vec::as_slice),
            );
        }
        assert_eq!(card.next(), None);
        (sent, identify.finish())
    }

    const DESFIRE: &str = "3B8180018080";
    const PLUS_S: &str = "3B878001C1052F2F0035C730";
    const LEVEL: &str = "A8909000000000000000000000000000000000";

    #[test]
    fn a_desfire_says_its_version() {
        // A real EV3 (DESFire reference §8.3); its UID is replaced.
        let (_, identity) = ask(
            DESFIRE,
            &[
                ("FFCA000000", "045A31C29B61809000"),
                ("9060000000", "0401013300180591AF"),
                ("90AF000000", "0401010300180591AF"),
                ("90AF000000", "045A31C29B6180211362303040249100"),
            ],
        );
        assert_eq!(identity.text(), "MIFARE DESFire EV3, 4 KB");
        let uid = hex::parse("045A31C29B6180").unwrap();
        assert_eq!(identity.uid, Uid::Fixed(uid));
        assert_eq!(identity.evidence[0].deciding, [1, 3, 4, 5]);
    }

    #[test]
    fn a_random_uid_stays_random_though_the_version_has_none() {
        let (_, identity) = ask(
            DESFIRE,
            &[
                ("FFCA000000", "08A1B2C39000"),
                ("9060000000", "0401013300180591AF"),
                ("90AF000000", "0401010300180591AF"),
                ("90AF000000", "00000000000000211362303040249100"),
            ],
        );
        assert_eq!(identity.uid, Uid::Random(vec![0x08, 0xA1, 0xB2, 0xC3]));
    }

    #[test]
    fn a_plus_ev1_answers_native_and_tells_its_level() {
        // Version bytes of MIFARE Plus reference §1.3; the status bytes are those of §1.1.
        let (_, identity) = ask(
            DESFIRE,
            &[
                ("FFCA000000", "6300"),
                ("9060000000", "06"),
                ("60", "AF04020111001604"),
                ("AF", "AF04020101011604"),
                ("AF", "90041122334455662113623030 23 19"),
                (LEVEL, "0B"),
            ],
        );
        assert_eq!(identity.text(), "MIFARE Plus EV1, security level 3, 2 KB");
        assert_eq!(
            identity.uid.bytes(),
            hex::parse("04112233445566").ok().as_deref()
        );
    }

    #[test]
    fn a_plus_without_version_is_told_by_its_historical_bytes_and_a_probe() {
        let (_, identity) = ask(
            PLUS_S,
            &[
                ("FFCA000000", "04505D1AB768809000"),
                ("9060000000", "06"),
                ("60", "0B"),
                (LEVEL, "09"),
            ],
        );
        assert_eq!(identity.text(), "MIFARE Plus S, security level 0");
    }

    #[test]
    fn a_reader_with_an_answer_to_reset_of_its_own_is_asked_for_the_ats() {
        // ATS of MIFARE Plus reference §1.2, whole and as its historical bytes.
        for ats in ["0C75778002C1052F2F0035C7", "C1052F2F0035C7"] {
            let answer = format!("{ats}9000");
            let (_, identity) = ask(
                "3B6500002063CB6600",
                &[
                    ("FFCA000000", "04505D1AB768809000"),
                    ("FFCA010000", &answer),
                    ("9060000000", "06"),
                    ("60", "0B"),
                    (LEVEL, "0B"),
                ],
            );
            assert_eq!(identity.text(), "MIFARE Plus S, security level 3");
            let seen = identity.evidence.iter().find(|seen| seen.what == "ATS");
            let seen = seen.expect("the ATS");
            assert_eq!(hex::upper(&seen.bytes), ats);
            assert_eq!(seen.deciding.len(), 7);
            assert_eq!(seen.deciding.last(), Some(&(seen.bytes.len() - 1)));
        }
    }

    #[test]
    fn a_memory_card_is_asked_for_nothing_but_its_uid() {
        let (sent, identity) = ask(
            "3B8F8001804F0CA000000306030001000000006A",
            &[("FFCA000000", "DEADBEEF9000")],
        );
        assert_eq!(sent.len(), 1);
        assert_eq!(identity.uid, Uid::Fixed(vec![0xDE, 0xAD, 0xBE, 0xEF]));
    }

    #[test]
    fn something_else_stays_something_else() {
        let (_, identity) = ask(
            "3B6500002063CB6600",
            &[
                ("FFCA000000", ""),
                ("FFCA010000", "6A81"),
                ("9060000000", "6E00"),
                ("60", ""),
            ],
        );
        assert_eq!(identity.text(), "a contact card, or a reader of its own");
        let (_, odd) = ask(
            DESFIRE,
            &[
                ("FFCA000000", "9000"),
                ("9060000000", "911C"),
                ("60", "0102"),
            ],
        );
        assert_eq!((odd.version, odd.uid), (None, Uid::Unknown));
    }

    #[test]
    fn a_card_that_never_ends_its_version_is_left() {
        let mut identify = Identify::new(&hex::parse(DESFIRE).unwrap());
        let mut count = 0;
        while identify.poll_transmit().is_some() {
            count += 1;
            identify.handle_response(Some(&[1, 2, 3, 4, 5, 6, 7, 0x91, 0xAF]));
        }
        assert!(count < 10, "{count} frames");
    }
}
