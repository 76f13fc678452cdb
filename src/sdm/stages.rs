//! Each stage of SDM as a function of its own, so that any value on the way can be replaced (DESFire reference §7.4;
//! AN12196 §3).
//!
//! ```text
//! AES   SV1 = C3 3C 00 01 00 80 ‖ [UID] ‖ [SDMReadCtr] ‖ 00…     KSesSDMFileReadENC = CMAC(SDMFileReadKey, SV1)
//!       SV2 = 3C C3 00 01 00 80 ‖ [UID] ‖ [SDMReadCtr] ‖ 00…     KSesSDMFileReadMAC = CMAC(SDMFileReadKey, SV2)
//! LRP   SV  = 00 01 00 80 ‖ [UID] ‖ [SDMReadCtr] ‖ 00… ‖ 1E E1   SesSDMFileReadMaster = CMAC_LRP(SDMFileReadKey, SV),
//!                                                                updated key 0 for the MAC, 1 for enciphering
//! ```

use super::{Mirrored, Mode, ReadCtr, SdmError};
use crate::crypto::aes::{AesKey, BLOCK};
use crate::crypto::cmac::aes_cmac;
use crate::crypto::lrp::Lrp;

/// The two session vectors; with LRP they are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionVectors {
    /// SV1, for KSesSDMFileReadENC.
    pub enc: [u8; BLOCK],
    /// SV2, for KSesSDMFileReadMAC.
    pub mac: [u8; BLOCK],
}

/// Session vectors of what a message mirrors.
pub fn session_vectors(mode: Mode, mirrored: &Mirrored) -> SessionVectors {
    let mirrored = mirrored.bytes();
    let aes = |label: [u8; 2]| {
        let [first, second] = label;
        let mut vector = [0; BLOCK];
        if let Some((head, rest)) = vector.split_first_chunk_mut()
            && let Some(place) = rest.first_chunk_mut()
        {
            *head = [first, second, 0x00, 0x01, 0x00, 0x80];
            *place = mirrored;
        }
        vector
    };
    match mode {
        Mode::Aes => SessionVectors {
            enc: aes([0xC3, 0x3C]),
            mac: aes([0x3C, 0xC3]),
        },
        Mode::Lrp => {
            let mut vector = [0; BLOCK];
            if let Some((head, rest)) = vector.split_first_chunk_mut()
                && let Some((place, tail)) = rest.split_first_chunk_mut()
                && let Some(tail) = tail.first_chunk_mut()
            {
                *head = [0x00, 0x01, 0x00, 0x80];
                *place = mirrored;
                *tail = [0x1E, 0xE1];
            }
            SessionVectors {
                enc: vector,
                mac: vector,
            }
        }
    }
}

/// KSesSDMFileReadMAC or KSesSDMFileReadENC of SDMFileReadKey and the session vector; with LRP the master of both.
pub fn session_key(mode: Mode, file_key: &[u8; BLOCK], vector: &[u8; BLOCK]) -> [u8; BLOCK] {
    match mode {
        Mode::Aes => aes_cmac(file_key, &[vector]),
        Mode::Lrp => Lrp::new(file_key, MAC_KEY).mac(&[vector]),
    }
}

/// The MAC over the dynamic file content, not truncated; [`crate::crypto::cmac::odd_bytes`] makes SDMMAC of it.
pub fn file_mac(mode: Mode, session_key: &[u8; BLOCK], input: &[u8]) -> [u8; BLOCK] {
    match mode {
        Mode::Aes => aes_cmac(session_key, &[input]),
        Mode::Lrp => Lrp::new(session_key, MAC_KEY).mac(&[input]),
    }
}

/// PICC data in the clear, [`Mirrored::from_picc_data`] reads it. AES: CBC from a zero IV. LRP: LRICB, whose counter
/// are the 8 random bytes in front.
pub fn decrypt_picc_data(
    mode: Mode,
    meta_key: &[u8; BLOCK],
    data: &[u8],
) -> Result<[u8; BLOCK], SdmError> {
    let wrong = || SdmError::PiccLength {
        expected: mode.picc_data_len(),
        got: data.len(),
    };
    match mode {
        Mode::Aes => {
            let block = data.try_into().map_err(|_| wrong())?;
            Ok(AesKey::new(meta_key).decrypt_block(block))
        }
        Mode::Lrp => {
            let (random, block) = data.split_first_chunk::<PICC_RAND>().ok_or_else(wrong)?;
            let block = block.try_into().map_err(|_| wrong())?;
            Ok(lrp_picc_data(&Lrp::new(meta_key, MAC_KEY), *random, block))
        }
    }
}

pub(super) fn lrp_picc_data(
    meta: &Lrp,
    mut random: [u8; PICC_RAND],
    mut block: [u8; BLOCK],
) -> [u8; BLOCK] {
    meta.decrypt(&mut random, &mut block);
    block
}

/// From what the file data is deciphered: the IV `E(KSesSDMFileReadENC, SDMReadCtr ‖ 00…)` of AES, 16 bytes, or the
/// counter `SDMReadCtr ‖ 00 00 00` of LRP.
pub fn file_data_start(mode: Mode, session_key: &[u8; BLOCK], ctr: ReadCtr) -> Vec<u8> {
    match mode {
        Mode::Aes => aes_iv(&AesKey::new(session_key), ctr).to_vec(),
        Mode::Lrp => lrp_counter(ctr).to_vec(),
    }
}

pub(super) fn aes_iv(key: &AesKey, ctr: ReadCtr) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    if let Some(start) = block.first_chunk_mut() {
        *start = ctr.lsb();
    }
    key.encrypt_block(block)
}

pub(super) const fn lrp_counter(ctr: ReadCtr) -> [u8; 6] {
    let [low, middle, high] = ctr.lsb();
    [low, middle, high, 0, 0, 0]
}

/// The file data in the clear, without padding: half as long as its placeholder in the URL.
pub fn decrypt_file_data(
    mode: Mode,
    session_key: &[u8; BLOCK],
    start: &[u8],
    data: &[u8],
) -> Result<Vec<u8>, SdmError> {
    let mut data = whole_blocks(data)?.to_vec();
    let wrong = |what, expected| SdmError::Start {
        what,
        expected,
        got: start.len(),
    };
    match mode {
        Mode::Aes => {
            let iv = start.try_into().map_err(|_| wrong("IV", BLOCK))?;
            AesKey::new(session_key).cbc_decrypt(iv, &mut data);
        }
        Mode::Lrp => {
            let counter: [u8; 6] = start.try_into().map_err(|_| wrong("counter", 6))?;
            Lrp::new(session_key, ENC_KEY).decrypt(&mut counter.clone(), &mut data);
        }
    }
    Ok(data)
}

pub(super) fn whole_blocks(data: &[u8]) -> Result<&[u8], SdmError> {
    if data.len().is_multiple_of(BLOCK) {
        Ok(data)
    } else {
        Err(SdmError::FileLength { got: data.len() })
    }
}

/// Length of the random number in front of PICC data of LRP.
pub(super) const PICC_RAND: usize = 8;
/// Number of the updated key for MACs, session keys and PICC data.
pub(super) const MAC_KEY: u8 = 0;
/// Number of the updated key for file data.
pub(super) const ENC_KEY: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 16] = *b"\x5B\xC1\x07\xE9\x22\x9D\x40\xF6\x3A\x88\x15\xD3\x6E\xB4\x71\x0C";

    #[test]
    fn lengths_that_do_not_fit_are_named() {
        let sentence = |error: SdmError| error.to_string();
        assert_eq!(
            decrypt_picc_data(Mode::Aes, &KEY, &[0x5A; 24]).map_err(sentence),
            Err("PICC data has 24 bytes, 16 expected".to_owned())
        );
        assert_eq!(
            decrypt_picc_data(Mode::Lrp, &KEY, &[0x5A; 16]).map_err(sentence),
            Err("PICC data has 16 bytes, 24 expected".to_owned())
        );
        assert_eq!(
            decrypt_file_data(Mode::Aes, &KEY, &[0x5A; 16], &[1; 17]).map_err(sentence),
            Err("enciphered file data has 17 bytes, a multiple of 16 expected".to_owned())
        );
        assert_eq!(
            decrypt_file_data(Mode::Lrp, &KEY, &[0x5A; 16], &[1; 16]).map_err(sentence),
            Err("the counter of the file data has 16 bytes, 6 expected".to_owned())
        );
    }

    #[test]
    fn what_is_not_mirrored_is_not_in_the_session_vectors() {
        let both = Mirrored {
            uid: Some([4, 1, 2, 3, 4, 5, 6]),
            ctr: Some(ReadCtr::from_lsb([7, 8, 9])),
        };
        let ctr = Mirrored { uid: None, ..both };
        let sv = session_vectors(Mode::Aes, &both);
        assert_eq!(
            sv.enc,
            [0xC3, 0x3C, 0, 1, 0, 0x80, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9]
        );
        let sv = session_vectors(Mode::Aes, &ctr);
        assert_eq!(
            sv.mac,
            [0x3C, 0xC3, 0, 1, 0, 0x80, 7, 8, 9, 0, 0, 0, 0, 0, 0, 0]
        );
        let sv = session_vectors(Mode::Lrp, &ctr);
        assert_eq!(
            sv.enc,
            [0, 1, 0, 0x80, 7, 8, 9, 0, 0, 0, 0, 0, 0, 0, 0x1E, 0xE1]
        );
        assert_eq!(sv.enc, sv.mac);
    }
}
