//! AuthenticateLRPFirst and NonFirst (DESFire reference §4.5; AN12321 §4, AN12343 table 19).
//!
//! ```text
//! part 1   71 KeyNo 06 02 00…  | 77 KeyNo       →  01 ‖ RndB                   RndB in the clear
//! part 2   RndA ‖ CMAC_LRP(SesMAC, RndA ‖ RndB) →  First: C ‖ CMAC_LRP(SesMAC, RndB ‖ RndA ‖ C),
//!                                                  C = LRICB(SesENC, TI ‖ PDcap2 ‖ PCDcap2), counter 0
//!                                                  NonFirst: CMAC_LRP(SesMAC, RndB ‖ RndA)
//! ```
//! The MACs are not truncated. Both random numbers are in the clear, so that an observer needs the key for the session
//! keys only.

use super::ev2::context;
use crate::crypto::aes::BLOCK;
use crate::crypto::lrp::{Lrp, plaintexts, updated_key};
use crate::report::Worked;
use crate::secure_messaging::Verdict;

/// The session's master key and its two updated keys.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKeys {
    /// SesAuthMaster, whose plaintexts both directions use.
    pub master: [u8; BLOCK],
    /// KSesAuthMAC: updated key 0 of the master.
    pub mac: [u8; BLOCK],
    /// KSesAuthENC: updated key 1 of the master.
    pub enc: [u8; BLOCK],
}

impl std::fmt::Debug for SessionKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKeys(hidden)")
    }
}

impl SessionKeys {
    /// The primitive for MACs.
    pub fn mac_primitive(&self) -> Lrp {
        Lrp::from_parts(plaintexts(&self.master), self.mac.into())
    }

    /// The primitive for enciphering.
    pub fn enc_primitive(&self) -> Lrp {
        Lrp::from_parts(plaintexts(&self.master), self.enc.into())
    }
}

/// The session vector `00 01 00 80 ‖ context ‖ 96 69`.
pub fn session_vector(rnd_a: &[u8; BLOCK], rnd_b: &[u8; BLOCK]) -> [u8; 32] {
    let mut bytes = [0x00, 0x01, 0x00, 0x80]
        .into_iter()
        .chain(context(rnd_a, rnd_b))
        .chain([0x96, 0x69]);
    std::array::from_fn(|_| bytes.next().unwrap_or_default())
}

/// Session keys from the authentication key and both random numbers, with the session vector as a step.
pub fn session_keys(
    key: &[u8; BLOCK],
    rnd_a: &[u8; BLOCK],
    rnd_b: &[u8; BLOCK],
) -> Worked<SessionKeys> {
    const SECTION: &str = "AN12343 table 19, DESFire reference §4.5";
    let sv = session_vector(rnd_a, rnd_b);
    let master = Lrp::new(key, 0).mac(&[&sv]);
    let keys = SessionKeys {
        master,
        mac: *updated_key(&master, 0),
        enc: *updated_key(&master, 1),
    };
    Worked::new(keys.clone())
        .step("SV", sv, SECTION)
        .step("SesAuthMaster", keys.master, SECTION)
        .step("KSesAuthMAC", keys.mac, SECTION)
        .step("KSesAuthENC", keys.enc, SECTION)
}

/// A recorded authentication, as an observer has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// First rather than NonFirst.
    pub first: bool,
    /// RndB, after the leading `01` of the answer.
    pub challenge: [u8; BLOCK],
    /// The host's RndA and MAC.
    pub token: [u8; 32],
    /// The card's proof: 32 bytes of First, 16 of NonFirst; `None` when the card refused.
    pub proof: Option<Vec<u8>>,
}

/// What a key makes of a recorded authentication; the session keys are secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Observation {
    /// RndA.
    pub rnd_a: [u8; BLOCK],
    /// RndB.
    pub rnd_b: [u8; BLOCK],
    /// The host proved the key.
    pub host: Verdict,
    /// The card proved the key; `None` when it refused.
    pub card: Verdict,
    /// Transaction identifier, of First.
    pub ti: Option<[u8; 4]>,
    /// Card capabilities, of First.
    pub pdcap2: Option<[u8; 6]>,
    /// Reader capabilities as echoed, of First.
    pub pcdcap2: Option<[u8; 6]>,
    /// Session keys.
    pub keys: SessionKeys,
}

impl std::fmt::Debug for Observation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Observation {{ host: {:?}, card: {:?}, secrets hidden }}",
            self.host, self.card
        )
    }
}

impl Transcript {
    /// Tries a key; `None` when neither side's MAC fits.
    pub fn observe(&self, key: &[u8; BLOCK]) -> Option<Observation> {
        let (rnd_a, host_mac) = halves(self.token);
        let rnd_b = self.challenge;
        let keys = session_keys(key, &rnd_a, &rnd_b).result;
        let mac = keys.mac_primitive();
        let host = Verdict::from_bool(mac.mac(&[&rnd_a, &rnd_b]) == host_mac);
        let cipher = self.cipher_block();
        let card = match (&self.proof, &cipher) {
            (None, _) => Verdict::None,
            (Some(proof), Some(cipher)) if self.first => {
                let expected = mac.mac(&[&rnd_b, &rnd_a, cipher]);
                Verdict::from_bool(proof.get(BLOCK..) == Some(&expected[..]))
            }
            (Some(proof), _) if !self.first => {
                Verdict::from_bool(*proof == mac.mac(&[&rnd_b, &rnd_a]))
            }
            _ => Verdict::Bad,
        };
        if host != Verdict::Ok && card != Verdict::Ok {
            return None;
        }
        let clear = cipher.map(|block| FirstClear::open(&keys, block));
        Some(Observation {
            rnd_a,
            rnd_b,
            host,
            card,
            ti: clear.map(|clear| clear.ti),
            pdcap2: clear.map(|clear| clear.pdcap2),
            pcdcap2: clear.map(|clear| clear.pcdcap2),
            keys,
        })
    }

    /// The enciphered block of First's proof.
    fn cipher_block(&self) -> Option<[u8; BLOCK]> {
        let proof = self.proof.as_deref().filter(|_| self.first)?;
        Some(halves(proof.try_into().ok()?).0)
    }
}

/// What First's proof has enciphered.
#[derive(Clone, Copy)]
struct FirstClear {
    ti: [u8; 4],
    pdcap2: [u8; 6],
    pcdcap2: [u8; 6],
}

impl FirstClear {
    fn open(keys: &SessionKeys, mut block: [u8; BLOCK]) -> Self {
        keys.enc_primitive().decrypt(&mut [0; 4], &mut block);
        let mut bytes = block.into_iter();
        let mut next = || bytes.next().unwrap_or_default();
        Self {
            ti: std::array::from_fn(|_| next()),
            pdcap2: std::array::from_fn(|_| next()),
            pcdcap2: std::array::from_fn(|_| next()),
        }
    }
}

fn halves(bytes: [u8; 32]) -> ([u8; BLOCK], [u8; BLOCK]) {
    let mut bytes = bytes.into_iter();
    let mut next = || bytes.next().unwrap_or_default();
    (
        std::array::from_fn(|_| next()),
        std::array::from_fn(|_| next()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    #[test]
    fn a_refusal_leaves_the_hosts_half_and_a_short_proof_proves_nothing() {
        // AN12321 table 2.
        let refused = Transcript {
            first: true,
            challenge: hex::array("56109A31977C855319CD4618C9D2AED2").unwrap(),
            token: hex::array("74D7DF6A2CEC0B72B412DE0D2B1117E6189B59DCEDC31A3D3F38EF8D4810B3B4")
                .unwrap(),
            proof: None,
        };
        let seen = refused.observe(&[0; BLOCK]).unwrap();
        assert_eq!((seen.host, seen.card), (Verdict::Ok, Verdict::None));
        assert_eq!((seen.ti, seen.pdcap2), (None, None));
        for (first, len) in [(true, 16), (true, 31), (false, 32), (false, 0)] {
            let cut = Transcript {
                first,
                proof: Some(vec![0x5A; len]),
                ..refused.clone()
            };
            let seen = cut.observe(&[0; BLOCK]).unwrap();
            assert_eq!((seen.host, seen.card), (Verdict::Ok, Verdict::Bad));
            assert_eq!(seen.ti, None);
        }
        assert!(!format!("{seen:?}").contains("132D"));
    }
}
