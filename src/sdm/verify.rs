//! The whole verification of a message, fast: with keys prepared once for many messages.

use std::borrow::Cow;

use super::stages::{self, ENC_KEY, MAC_KEY, PICC_RAND};
use super::{Mirrored, Mode, SdmError, SessionVectors};
use crate::crypto::aes::{AesKey, BLOCK};
use crate::crypto::cmac::{CmacKey, odd_bytes};
use crate::crypto::lrp::Lrp;

/// SDMMetaReadKey and SDMFileReadKey; both may be the same.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// Deciphers PICC data; not needed where UID and counter are plain.
    pub meta: Option<[u8; BLOCK]>,
    /// Gives the session keys of MAC and file data.
    pub file: [u8; BLOCK],
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(hidden)")
    }
}

/// Where UID and counter of a message are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity<'a> {
    /// Enciphered: 16 bytes of AES, 24 of LRP.
    PiccData(&'a [u8]),
    /// In the clear.
    Plain(Mirrored),
}

/// A message of a tag, taken out of its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// UID and counter.
    pub identity: Identity<'a>,
    /// SDMENCFileData, enciphered.
    pub file_data: Option<Cow<'a, [u8]>>,
    /// What the MAC covers: the file's text from SDMMACInputOffset up to the MAC; empty when both offsets are the same.
    pub mac_input: Cow<'a, [u8]>,
    /// SDMMAC; `None` when the message has none.
    pub mac: Option<[u8; 8]>,
}

/// What keys make of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// UID and counter.
    pub mirrored: Mirrored,
    /// File data in the clear.
    pub file_data: Option<Vec<u8>>,
    /// Whether the MAC is right; `None` when the message has none.
    pub mac_ok: Option<bool>,
}

/// Keys with their schedules, for any number of messages.
#[derive(Clone, Debug)]
pub struct Prepared(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Aes {
        meta: Option<Box<AesKey>>,
        file: Box<CmacKey>,
    },
    Lrp {
        meta: Option<Box<Lrp>>,
        file: Box<Lrp>,
    },
}

impl Prepared {
    /// Prepares the schedules.
    pub fn new(mode: Mode, keys: &Keys) -> Self {
        let meta = keys.meta.as_ref();
        Self(match mode {
            Mode::Aes => Kind::Aes {
                meta: meta.map(|key| Box::new(AesKey::new(key))),
                file: Box::new(CmacKey::new(&keys.file)),
            },
            Mode::Lrp => Kind::Lrp {
                meta: meta.map(|key| Box::new(Lrp::new(key, MAC_KEY))),
                file: Box::new(Lrp::new(&keys.file, MAC_KEY)),
            },
        })
    }

    /// The mode the keys are prepared for.
    pub const fn mode(&self) -> Mode {
        match self.0 {
            Kind::Aes { .. } => Mode::Aes,
            Kind::Lrp { .. } => Mode::Lrp,
        }
    }

    fn picc_data(&self, data: &[u8]) -> Result<[u8; BLOCK], SdmError> {
        let wrong = || SdmError::PiccLength {
            expected: self.mode().picc_data_len(),
            got: data.len(),
        };
        match &self.0 {
            Kind::Aes { meta, .. } => {
                let block = data.try_into().map_err(|_| wrong())?;
                let meta = meta.as_ref().ok_or(SdmError::NoMetaKey)?;
                Ok(meta.decrypt_block(block))
            }
            Kind::Lrp { meta, .. } => {
                let (random, block) = data.split_first_chunk::<PICC_RAND>().ok_or_else(wrong)?;
                let block = block.try_into().map_err(|_| wrong())?;
                let meta = meta.as_ref().ok_or(SdmError::NoMetaKey)?;
                Ok(stages::lrp_picc_data(meta, *random, block))
            }
        }
    }

    /// UID and counter of a message.
    pub fn mirrored(&self, identity: &Identity<'_>) -> Result<Mirrored, SdmError> {
        match identity {
            Identity::Plain(mirrored) => Ok(*mirrored),
            Identity::PiccData(data) => Mirrored::from_picc_data(&self.picc_data(data)?),
        }
    }

    /// Session keys of MAC and file data, the second only where there is some; with LRP the master of both.
    fn session_keys(&self, vectors: &SessionVectors, enc: bool) -> ([u8; BLOCK], [u8; BLOCK]) {
        match &self.0 {
            Kind::Aes { file, .. } => {
                let key = if enc {
                    file.mac(&[&vectors.enc])
                } else {
                    [0; BLOCK]
                };
                (file.mac(&[&vectors.mac]), key)
            }
            Kind::Lrp { file, .. } => {
                let master = file.mac(&[&vectors.mac]);
                (master, master)
            }
        }
    }
}

/// Verifies one message. A wrong MAC is a result, not an error.
pub fn verify(prepared: &Prepared, message: &Message<'_>) -> Result<Verified, SdmError> {
    let mode = prepared.mode();
    let mirrored = prepared.mirrored(&message.identity)?;
    let vectors = stages::session_vectors(mode, &mirrored);
    let (mac_key, enc_key) = prepared.session_keys(&vectors, message.file_data.is_some());
    let mac_ok = message.mac.map(|mac| {
        let full = stages::file_mac(mode, &mac_key, &message.mac_input);
        odd_bytes(full) == mac
    });
    let file_data = message.file_data.as_deref().map(|data| {
        let mut data = stages::whole_blocks(data)?.to_vec();
        let ctr = mirrored.ctr.ok_or(SdmError::NoCounter)?;
        match mode {
            Mode::Aes => {
                let key = AesKey::new(&enc_key);
                key.cbc_decrypt(&stages::aes_iv(&key, ctr), &mut data);
            }
            Mode::Lrp => {
                Lrp::new(&enc_key, ENC_KEY).decrypt(&mut stages::lrp_counter(ctr), &mut data);
            }
        }
        Ok(data)
    });
    Ok(Verified {
        mirrored,
        file_data: file_data.transpose()?,
        mac_ok,
    })
}
