//! GET CHALLENGE, EXTERNAL AUTHENTICATE and INTERNAL AUTHENTICATE of ISO 7816-4 (DESFire reference §1.5).
//!
//! ```text
//! 00 84 00 00 Le                        →  RPICC1
//! 00 82 alg KeyNo Lc E(K, RPCD1 ‖ RPICC1)  →  9000
//! 00 88 alg KeyNo Lc RPCD2 Le           →  E(K, RPICC2 ‖ RPCD2)
//! ```
//! The first cryptogram starts from a zero IV, the second from the last block of the first. RndA is RPCD1, RndB is
//! RPICC2; after it the session is one of EV1 secure messaging.

use super::auth_key::{AuthKey, Observed};
use super::ev1::{exact, session};
use super::ev2::HostError;
use crate::crypto::Secret;
use crate::crypto::cipher::Block;
use crate::secure_messaging::{Ev1, Verdict};

/// The host's side of one authentication.
#[derive(Clone, Debug)]
pub struct Host {
    key: AuthKey,
    rpcd1: Secret,
    rpcd2: Vec<u8>,
    iv: Block,
}

impl Host {
    /// Starts; `None` when a random number has not the length that goes with the key.
    pub fn new(key: &AuthKey, rpcd1: &[u8], rpcd2: &[u8]) -> Option<Self> {
        let len = key.rnd_len();
        ((rpcd1.len(), rpcd2.len()) == (len, len)).then(|| Self {
            key: key.clone(),
            rpcd1: Secret::new(rpcd1),
            rpcd2: rpcd2.to_vec(),
            iv: key.cipher().zero(),
        })
    }

    /// Takes RPICC1 and gives the data of EXTERNAL AUTHENTICATE.
    pub fn external(&mut self, rpicc1: &[u8]) -> Result<Vec<u8>, HostError> {
        exact(rpicc1, self.key.rnd_len())?;
        let mut token = [self.rpcd1.expose(), rpicc1].concat();
        let cipher = self.key.cipher();
        self.iv = cipher.encrypt(&cipher.zero(), &mut token);
        Ok(token)
    }

    /// The data of INTERNAL AUTHENTICATE.
    pub fn internal(&self) -> &[u8] {
        &self.rpcd2
    }

    /// Takes the answer to INTERNAL AUTHENTICATE; gives session key and channel.
    pub fn finish(&self, proof: &[u8]) -> Result<(Secret, Ev1), HostError> {
        exact(proof, 2 * self.key.rnd_len())?;
        let mut clear = proof.to_vec();
        self.key.cipher().decrypt(&self.iv, &mut clear);
        let (rpicc2, rpcd2) = clear
            .split_at_checked(self.key.rnd_len())
            .unwrap_or_default();
        if rpcd2 != self.rpcd2 {
            return Err(HostError::RndA);
        }
        session(&self.key, self.rpcd1.expose(), rpicc2).ok_or(HostError::RndA)
    }
}

/// The card's side from EXTERNAL AUTHENTICATE on.
#[derive(Clone, Debug)]
pub struct Card {
    key: AuthKey,
    rpcd1: Secret,
    iv: Block,
}

impl Card {
    /// Checks the data of EXTERNAL AUTHENTICATE against the challenge that the card gave; `None` when the host did
    /// not prove the key.
    pub fn external(key: &AuthKey, rpicc1: &[u8], token: &[u8]) -> Option<Self> {
        let len = key.rnd_len();
        if (rpicc1.len(), token.len()) != (len, 2 * len) {
            return None;
        }
        let mut clear = token.to_vec();
        let iv = key.cipher().decrypt(&key.cipher().zero(), &mut clear);
        let (rpcd1, got) = clear.split_at_checked(len)?;
        (got == rpicc1).then(|| Self {
            key: key.clone(),
            rpcd1: Secret::new(rpcd1),
            iv,
        })
    }

    /// Answers INTERNAL AUTHENTICATE; `None` when a random number has the wrong length.
    pub fn internal(&self, rpcd2: &[u8], rpicc2: &[u8]) -> Option<(Vec<u8>, Secret, Ev1)> {
        let len = self.key.rnd_len();
        if (rpcd2.len(), rpicc2.len()) != (len, len) {
            return None;
        }
        let mut proof = [rpicc2, rpcd2].concat();
        self.key.cipher().encrypt(&self.iv, &mut proof);
        let (key, channel) = session(&self.key, self.rpcd1.expose(), rpicc2)?;
        Some((proof, key, channel))
    }
}

/// A recorded authentication, as an observer has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// RPICC1, in clear.
    pub rpicc1: Vec<u8>,
    /// The data of EXTERNAL AUTHENTICATE.
    pub token: Vec<u8>,
    /// The data of INTERNAL AUTHENTICATE and its answer; `None` where they did not happen or the card refused.
    pub internal: Option<(Vec<u8>, Vec<u8>)>,
}

impl Transcript {
    /// Tries a key; `None` when it goes with other lengths or neither side's cryptogram fits.
    pub fn observe(&self, key: &AuthKey) -> Option<Observed> {
        let len = key.rnd_len();
        if (self.rpicc1.len(), self.token.len()) != (len, 2 * len) {
            return None;
        }
        let cipher = key.cipher();
        let mut clear = self.token.clone();
        let iv = cipher.decrypt(&cipher.zero(), &mut clear);
        let (rpcd1, got) = clear.split_at_checked(len)?;
        let proved = self.internal.as_ref().map(|(rpcd2, proof)| {
            let mut clear = proof.clone();
            cipher.decrypt(&iv, &mut clear);
            clear
                .split_at_checked(len)
                .filter(|(_, echo)| echo == rpcd2)
                .map(|(rpicc2, _)| Secret::new(rpicc2))
        });
        let observed = Observed {
            kind: key.kind(),
            rnd_a: Secret::new(rpcd1),
            host: Verdict::from_bool(got == self.rpicc1),
            card: match &proved {
                None => Verdict::None,
                Some(rpicc2) => Verdict::from_bool(rpicc2.is_some()),
            },
            rnd_b: proved.flatten(),
        };
        observed.if_proved()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;
    use crate::card::KeyType;

    const RPCD1: &str = "A0B1C2D3E4F5061728394A5B6C7D8E9F";
    const RPICC1: &str = "1122334455667788A1B2C3D4E5F60718";
    const RPCD2: &str = "C0FFEE0123456789ABCDEF9876543210";
    const RPICC2: &str = "0D1C2B3A495867768594A3B2C1D0EFFE";

    /// Key type, bytes of [`KEY`], token and proof. No capture is public: the rule of the reference, computed with
    /// `openssl enc` 3.
    const CASES: [(KeyType, usize, &str, &str); 4] = [
        (
            KeyType::Des,
            8,
            "8608FF9B819049C0750E9FB2E5CDD9A2",
            "1F67731BD42D3EC333EC8CDE1EC52ED5",
        ),
        (
            KeyType::TwoKey3Des,
            16,
            "22C38698750E507224A433B7F8C59A64",
            "5DAD3A13005A61B5EC36FCCF80834C46",
        ),
        (
            KeyType::ThreeKey3Des,
            24,
            "63CC7DA649FBA9EA79CF08F6792B53915446591E9ED1AB4FDD9B24256596A1A7",
            "FBF2E0A3AB7268B01E3D22B2F305BDAFDA53BB186CA052C13DDCA2404C1C5DEB",
        ),
        (
            KeyType::Aes128,
            16,
            "0E2E476113410C84F08506320018F6B5D6A332DF3600CE4E63726195E6A40AA6",
            "643AEE32B613F8AEC55485DA10B2D8BA38C89A60046913F6A3FE929372A05C5C",
        ),
    ];
    const KEY: &str = "1F2E3D4C5B6A79880897A6B5C4D3E2F10F1E2D3C4B5A6978";

    #[test]
    fn host_card_and_observer_agree_on_the_bytes_and_a_wrong_key_is_refused() {
        for (kind, len, token, proof) in CASES {
            let value = hex::parse(KEY).unwrap();
            let key = AuthKey::new(kind, &value[..len]).unwrap();
            let other: Vec<u8> = value[..len].iter().map(|byte| byte ^ 0x24).collect();
            let other = AuthKey::new(kind, &other).unwrap();
            let rnd = |text| hex::parse(text).unwrap()[..key.rnd_len()].to_vec();
            let (rpcd1, rpicc1, rpcd2, rpicc2) = (rnd(RPCD1), rnd(RPICC1), rnd(RPCD2), rnd(RPICC2));

            let mut host = Host::new(&key, &rpcd1, &rpcd2).unwrap();
            let sent = host.external(&rpicc1).unwrap();
            assert_eq!(hex::upper(&sent), token);
            let card = Card::external(&key, &rpicc1, &sent).unwrap();
            let (answer, of_card, _) = card.internal(host.internal(), &rpicc2).unwrap();
            assert_eq!(hex::upper(&answer), proof);
            let (of_host, _) = host.finish(&answer).unwrap();
            assert_eq!(of_host, of_card);

            let mut transcript = Transcript {
                rpicc1: rpicc1.clone(),
                token: sent.clone(),
                internal: Some((rpcd2.clone(), answer.clone())),
            };
            let seen = transcript.observe(&key).unwrap();
            assert_eq!((seen.host, seen.card), (Verdict::Ok, Verdict::Ok));
            assert_eq!(seen.session_key(), Some(of_host));
            assert_eq!(transcript.observe(&other), None);
            transcript.internal = None;
            let seen = transcript.observe(&key).unwrap();
            assert_eq!((seen.card, seen.session_key()), (Verdict::None, None));

            assert!(Card::external(&other, &rpicc1, &sent).is_none());
            assert!(Card::external(&key, &rpcd2, &sent).is_none());
            let mut wrong = answer;
            *wrong.last_mut().unwrap() ^= 1;
            assert_eq!(host.finish(&wrong).unwrap_err(), HostError::RndA);
            assert!(
                host.finish(&wrong[1..]).is_err() && card.internal(&rpcd2[1..], &rpicc2).is_none()
            );
        }
    }
}
