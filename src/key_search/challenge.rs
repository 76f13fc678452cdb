//! One recorded authentication, ready to be tried.

use std::sync::Arc;

use crate::card::{Aid, KeyType};
use crate::crypto::aes::{self, AesDecipher};
use crate::crypto::des::{self, DesKey};
use crate::secure_messaging::Verdict;
use crate::secure_messaging::handshake::{self, AuthKey, Observed, d40, ev1, iso};

/// Kinds of authentications (DESFire reference §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Authenticate, `0A`.
    D40,
    /// AuthenticateISO, `1A`.
    Iso,
    /// EXTERNAL and INTERNAL AUTHENTICATE, `82` and `88`.
    IsoCommands,
    /// AuthenticateAES, `AA`.
    Aes,
    /// AuthenticateEV2First, `71`.
    Ev2First,
    /// AuthenticateEV2NonFirst, `77`.
    Ev2NonFirst,
}

/// A recorded authentication.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// Row that shows it; of the ISO commands that of EXTERNAL AUTHENTICATE.
    pub row: usize,
    /// Which authentication.
    pub kind: Kind,
    /// The data sheet's name of the command.
    pub command: &'static str,
    /// Key number as the command names it, without type bits.
    pub key_no: u8,
    /// Selected application, where known.
    pub aid: Option<Aid>,
    /// UID of the card, where the trace shows it.
    pub uid: Option<Vec<u8>>,
    /// Label of the key that decoding found.
    pub known: Option<Arc<str>>,
    aes: Option<AesTest>,
    des: Option<DesTest>,
    transcript: Transcript,
}

/// The frames, for the handshake that confirms.
#[derive(Clone, Debug)]
pub(super) enum Transcript {
    D40(d40::Transcript),
    Ev1(ev1::Transcript),
    Iso(iso::Transcript),
    Ev2(handshake::Transcript),
}

/// A key with its schedule prepared.
#[derive(Clone, Debug)]
pub enum Trial {
    /// AES-128.
    Aes(AesDecipher),
    /// DES or 2K3DES.
    Des(DesKey),
    /// 3K3DES.
    ThreeKey(DesKey),
}

/// What the handshake says about a key that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// What the key is in truth: with equal halves it is single DES.
    pub key_type: KeyType,
    /// The host proved the key.
    pub host: Verdict,
    /// The card proved the key; `None` when it refused.
    pub card: Verdict,
}

impl Trial {
    /// Prepares a value as a key of a type; `None` when it has another length.
    pub fn new(key_type: KeyType, value: &[u8]) -> Option<Self> {
        Some(match (key_type, value.len()) {
            (KeyType::Aes128, _) => Self::Aes(AesDecipher::new(value.try_into().ok()?)),
            (KeyType::ThreeKey3Des, 24) => Self::ThreeKey(DesKey::new(value)?),
            (KeyType::Des | KeyType::TwoKey3Des, 8 | 16) => Self::Des(DesKey::new(value)?),
            _ => return None,
        })
    }
}

impl Challenge {
    /// Whether a key could be the right one: the second half of the host's cryptogram must show what the card drew. It
    /// allocates nothing. A wrong key passes once in 2^56 times.
    pub fn fits(&self, key: &Trial) -> bool {
        match (key, &self.aes, &self.des) {
            (Trial::Aes(key), Some(test), _) => test.fits(key),
            (Trial::Des(key), _, Some(test)) => !test.three && test.fits(key),
            (Trial::ThreeKey(key), _, Some(test)) => test.three && test.fits(key),
            _ => false,
        }
    }

    /// Whether keys of a type can have made it.
    pub const fn takes(&self, key_type: KeyType) -> bool {
        match (key_type, &self.des) {
            (KeyType::Aes128, _) => self.aes.is_some(),
            (KeyType::ThreeKey3Des, Some(test)) => test.three,
            (KeyType::Des | KeyType::TwoKey3Des, Some(test)) => !test.three,
            (_, None) => false,
        }
    }

    /// The whole handshake with a key; `None` when neither side's cryptogram fits.
    pub fn confirm(&self, key_type: KeyType, value: &[u8]) -> Option<Confirmed> {
        if !self.takes(key_type) {
            return None;
        }
        if let Transcript::Ev2(transcript) = &self.transcript {
            let seen = transcript.observe(value.try_into().ok()?)?;
            return Some(Confirmed {
                key_type,
                host: seen.host,
                card: seen.card,
            });
        }
        let Observed {
            kind, host, card, ..
        } = self.observe(&AuthKey::new(key_type, value)?)?;
        Some(Confirmed {
            key_type: kind,
            host,
            card,
        })
    }

    fn observe(&self, key: &AuthKey) -> Option<Observed> {
        match &self.transcript {
            Transcript::D40(transcript) => transcript.observe(key),
            Transcript::Ev1(transcript) => transcript.observe(key),
            Transcript::Iso(transcript) => transcript.observe(key),
            Transcript::Ev2(_) => None,
        }
    }
}

/// Where and when an authentication happened.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) row: usize,
    pub(super) command: &'static str,
    pub(super) key_no: u8,
    pub(super) aid: Option<Aid>,
    pub(super) uid: Option<Vec<u8>>,
    pub(super) known: Option<Arc<str>>,
}

impl Place {
    /// The authentication with these frames; `None` when they do not have their lengths.
    pub(super) fn challenge(self, kind: Kind, transcript: Transcript) -> Option<Challenge> {
        let (aes, des) = match &transcript {
            Transcript::D40(frames) => {
                let test = DesTest::echo(&frames.challenge, &frames.token)?;
                (None, Some(DesTest { d40: true, ..test }))
            }
            Transcript::Ev1(frames) if kind == Kind::Aes => {
                (Some(AesTest::echo(&frames.challenge, &frames.token)?), None)
            }
            Transcript::Ev1(frames) => {
                (None, Some(DesTest::echo(&frames.challenge, &frames.token)?))
            }
            Transcript::Iso(frames) => (
                AesTest::known(&frames.rpicc1, &frames.token),
                DesTest::known(&frames.rpicc1, &frames.token),
            ),
            Transcript::Ev2(frames) => {
                (Some(AesTest::echo(&frames.challenge, &frames.token)?), None)
            }
        };
        (aes.is_some() || des.is_some()).then_some(Challenge {
            row: self.row,
            kind,
            command: self.command,
            key_no: self.key_no,
            aid: self.aid,
            uid: self.uid,
            known: self.known,
            aes,
            des,
            transcript,
        })
    }
}

impl Challenge {
    /// Adds data and answer of INTERNAL AUTHENTICATE.
    pub(super) fn answered(&mut self, rpcd2: Vec<u8>, proof: Vec<u8>) {
        if let Transcript::Iso(frames) = &mut self.transcript {
            frames.internal = Some((rpcd2, proof));
        }
    }

    /// Leaves only the types that the command names.
    pub(super) fn only(mut self, aes: bool, des: bool) -> Option<Self> {
        self.aes = self.aes.filter(|_| aes);
        self.des = self.des.filter(|_| des);
        (self.aes.is_some() || self.des.is_some()).then_some(self)
    }
}

/// The blocks that tell an AES key.
#[derive(Clone, Debug)]
struct AesTest {
    /// The cryptogram before the last one: CBC mixed it into the last one.
    before: u128,
    /// The last cryptogram of the token, which holds RndB' or RPICC1.
    last: [u8; aes::BLOCK],
    other: Other,
}

/// What the last cryptogram is compared with.
#[derive(Clone, Debug)]
enum Other {
    /// The cryptogram that holds RndB.
    Challenge([u8; aes::BLOCK]),
    /// RPICC1, which was sent in clear.
    Known(u128),
}

impl AesTest {
    fn echo(challenge: &[u8], token: &[u8]) -> Option<Self> {
        let (before, last) = token.split_first_chunk::<{ aes::BLOCK }>()?;
        Some(Self {
            before: u128::from_be_bytes(*before),
            last: last.try_into().ok()?,
            other: Other::Challenge(challenge.try_into().ok()?),
        })
    }

    fn known(clear: &[u8], token: &[u8]) -> Option<Self> {
        let known = u128::from_be_bytes(clear.try_into().ok()?);
        let test = Self::echo(clear, token)?;
        Some(Self {
            other: Other::Known(known),
            ..test
        })
    }

    fn fits(&self, key: &AesDecipher) -> bool {
        let challenge = match self.other {
            Other::Challenge(challenge) => challenge,
            Other::Known(_) => self.last,
        };
        let clear = key.decrypt_pair([self.last, challenge]);
        let [last, rnd_b] = clear.map(u128::from_be_bytes);
        let got = last ^ self.before;
        match self.other {
            Other::Challenge(_) => got == rnd_b.rotate_left(8),
            Other::Known(known) => got == known,
        }
    }
}

/// The blocks that tell a key of the DES family. Of 3K3DES, whose random numbers have two blocks, the first ones.
#[derive(Clone, Debug)]
struct DesTest {
    challenge: [u8; des::BLOCK],
    before: [u8; des::BLOCK],
    last: [u8; des::BLOCK],
    known: Option<u64>,
    /// The host deciphered where others encipher.
    d40: bool,
    three: bool,
}

impl DesTest {
    fn echo(challenge: &[u8], token: &[u8]) -> Option<Self> {
        let (first, second) = token.split_at_checked(token.len() / 2)?;
        let three = match (challenge.len(), first.len(), second.len()) {
            (8, 8, 8) => false,
            (16, 16, 16) => true,
            _ => return None,
        };
        Some(Self {
            challenge: *challenge.first_chunk()?,
            before: *first.last_chunk()?,
            last: *second.first_chunk()?,
            known: None,
            d40: false,
            three,
        })
    }

    fn known(clear: &[u8], token: &[u8]) -> Option<Self> {
        let test = Self::echo(clear, token)?;
        Some(Self {
            known: Some(u64::from_be_bytes(test.challenge)),
            ..test
        })
    }

    fn fits(&self, key: &DesKey) -> bool {
        let clear = if self.d40 {
            key.encrypt_block(self.last)
        } else {
            key.decrypt_block(self.last)
        };
        let got = u64::from_be_bytes(clear) ^ u64::from_be_bytes(self.before);
        if let Some(known) = self.known {
            return got == known;
        }
        let rnd_b = u64::from_be_bytes(key.decrypt_block(self.challenge));
        if self.three {
            // The byte that is rotated in stands in the other block.
            got & !0xFF == rnd_b << 8
        } else {
            got == rnd_b.rotate_left(8)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secure_messaging::handshake::{CardFirst, Host};

    /// Key type, key, and a challenge made with it.
    fn challenges() -> Vec<(KeyType, Vec<u8>, Challenge)> {
        let bytes = |len: usize, seed: u8| -> Vec<u8> {
            let index = (0..len).map(|index| u8::try_from(index).unwrap());
            index.map(|i| i.wrapping_mul(seed) ^ 0x5A).collect()
        };
        let mut all = Vec::new();
        for (key_type, len) in [
            (KeyType::Des, 8),
            (KeyType::TwoKey3Des, 16),
            (KeyType::ThreeKey3Des, 24),
            (KeyType::Aes128, 16),
        ] {
            let value = bytes(len, 29);
            let key = AuthKey::new(key_type, &value).unwrap();
            let (rnd_a, rnd_b) = (bytes(key.rnd_len(), 71), bytes(key.rnd_len(), 83));
            if let Ok(short) = <[u8; 8]>::try_from(rnd_a.as_slice()) {
                let card = d40::Card::new(&key, rnd_b.as_slice().try_into().unwrap()).unwrap();
                let mut host = d40::Host::new(&key, short).unwrap();
                let token = host.answer(&card.challenge()).unwrap();
                let transcript = d40::Transcript {
                    challenge: card.challenge(),
                    token,
                    proof: Some(card.finish(&token).unwrap().0.to_vec()),
                };
                let challenge = place().challenge(Kind::D40, Transcript::D40(transcript));
                all.push((key_type, value.clone(), challenge.unwrap()));
            }
            let card = ev1::Card::new(&key, &rnd_b).unwrap();
            let mut host = ev1::Host::new(&key, &rnd_a).unwrap();
            let token = host.answer(&card.challenge()).unwrap();
            let transcript = ev1::Transcript {
                challenge: card.challenge(),
                token: token.clone(),
                proof: None,
            };
            let kind = match key_type {
                KeyType::Aes128 => Kind::Aes,
                _ => Kind::Iso,
            };
            let challenge = place().challenge(kind, Transcript::Ev1(transcript));
            all.push((key_type, value.clone(), challenge.unwrap()));

            let mut host = iso::Host::new(&key, &rnd_a, &rnd_b).unwrap();
            let rpicc1 = bytes(key.rnd_len(), 97);
            let token = host.external(&rpicc1).unwrap();
            let transcript = iso::Transcript {
                rpicc1,
                token,
                internal: None,
            };
            let challenge = place().challenge(Kind::IsoCommands, Transcript::Iso(transcript));
            all.push((key_type, value, challenge.unwrap()));
        }
        let key: [u8; 16] = bytes(16, 29).try_into().unwrap();
        let card = CardFirst::new(key, bytes(16, 83).try_into().unwrap());
        let mut host = Host::new(key, bytes(16, 71).try_into().unwrap(), true);
        let transcript = handshake::Transcript {
            first: true,
            challenge: card.challenge(),
            token: host.answer(&card.challenge()).unwrap(),
            proof: None,
        };
        let challenge = place().challenge(Kind::Ev2First, Transcript::Ev2(transcript));
        all.push((KeyType::Aes128, key.to_vec(), challenge.unwrap()));
        all
    }

    fn place() -> Place {
        Place {
            row: 0,
            command: "Authenticate",
            key_no: 0,
            aid: None,
            uid: None,
            known: None,
        }
    }

    #[test]
    fn only_the_right_key_fits_and_the_handshake_agrees() {
        for (key_type, value, challenge) in challenges() {
            let fits = |value: &[u8]| challenge.fits(&Trial::new(key_type, value).unwrap());
            let kind = challenge.kind;
            assert!(
                challenge.takes(key_type) && fits(&value),
                "{kind:?} {key_type:?}"
            );
            let confirmed = challenge.confirm(key_type, &value).unwrap();
            assert_eq!(confirmed.host, Verdict::Ok);
            for at in 0..value.len() {
                let mut other = value.clone();
                other[at] ^= 0x10;
                assert!(!fits(&other), "{kind:?} {key_type:?}, byte {at}");
                assert_eq!(challenge.confirm(key_type, &other), None);
                other[at] = value[at] ^ 0x01;
                let same = key_type != KeyType::Aes128;
                assert_eq!(fits(&other), same, "a parity bit of byte {at}");
            }
        }
    }

    #[test]
    fn a_key_of_another_type_or_length_never_fits() {
        for (key_type, value, challenge) in challenges() {
            for other in [
                KeyType::Des,
                KeyType::TwoKey3Des,
                KeyType::ThreeKey3Des,
                KeyType::Aes128,
            ] {
                let trial = Trial::new(other, &value);
                assert_eq!(
                    trial.is_some(),
                    other.accepts(value.len()) || value.len() == 8 && other == KeyType::TwoKey3Des
                );
                if !challenge.takes(other) {
                    assert!(trial.is_none_or(|trial| !challenge.fits(&trial)));
                    assert_eq!(challenge.confirm(other, &value), None);
                }
            }
            assert!(challenge.takes(key_type));
            assert!(Trial::new(key_type, &value[1..]).is_none());
        }
    }

    #[test]
    fn frames_without_their_lengths_are_no_challenge() {
        let transcript = |challenge: usize, token: usize| {
            Transcript::Ev1(ev1::Transcript {
                challenge: vec![3; challenge],
                token: vec![5; token],
                proof: None,
            })
        };
        for (challenge, token) in [(8, 24), (16, 16), (0, 0), (24, 48)] {
            for kind in [Kind::Iso, Kind::Aes] {
                let made = place().challenge(kind, transcript(challenge, token));
                assert!(made.is_none(), "{challenge} and {token} bytes");
            }
        }
        assert!(place().challenge(Kind::Aes, transcript(8, 16)).is_none());
    }
}
