//! Keys and key settings (DESFire reference §2.3, §4.6).
//!
//! Wire: `54 ; KS1` · `45`, answer `KS1 KS2 [AKSVersion NoKeySets MaxKeySize AppKeySetSett]` · `64 KeyNo [KeySetNo]`,
//! answer `KeyVer`, or one byte a key set · `C4 KeyNo ; key data` · `C6 KeySetNo KeyNo ; key data`.
//! Key data under EV2: `new ‖ version` for the session's own key, `(new ⊕ old) ‖ version ‖ CRC32(new)` for another.

use crate::bytes::{ParseError, Reader};
use crate::card::{ApplicationKeys, KeySettings};
use crate::command::Wire;

/// Asks for KS1 and KS2 of the selected level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetKeySettings;

/// The answer of [`GetKeySettings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySettingsAnswer {
    /// KS1.
    pub settings: KeySettings,
    /// KS2.
    pub keys: ApplicationKeys,
}

impl KeySettingsAnswer {
    /// Reads the two bytes; the key-set bytes that may follow are named and passed over.
    pub fn read(r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let settings = KeySettings(r.u8("KeySettings1")?);
        let keys = ApplicationKeys(r.u8("KeySettings2")?);
        r.rest("KeySets");
        Ok(Self { settings, keys })
    }
}

impl Wire for GetKeySettings {
    const CODES: &'static [u8] = &[0x45];

    fn ins(&self) -> u8 {
        0x45
    }

    fn emit(&self, _out: &mut Vec<u8>) {}

    fn parse(_ins: u8, _r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self)
    }

    fn answer(&self, r: &mut Reader<'_>) -> Result<(), ParseError> {
        KeySettingsAnswer::read(r).map(drop)
    }
}

/// Changes KS1 of the selected level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeKeySettings {
    /// The new KS1.
    pub settings: KeySettings,
}

impl Wire for ChangeKeySettings {
    const CODES: &'static [u8] = &[0x54];

    fn ins(&self) -> u8 {
        0x54
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.push(self.settings.0);
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let settings = KeySettings(r.u8("KeySettings1")?);
        Ok(Self { settings })
    }
}

/// Asks for the version byte of one key; needs no authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetKeyVersion {
    /// Key number; bit 6 announces `key_set`.
    pub key_no: u8,
    /// Key set; bit 7 asks for the versions of all sets.
    pub key_set: Option<u8>,
}

impl Wire for GetKeyVersion {
    const CODES: &'static [u8] = &[0x64];

    fn ins(&self) -> u8 {
        0x64
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.push(self.key_no);
        out.extend(self.key_set);
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let key_no = r.u8("KeyNo")?;
        let key_set = if r.is_empty() {
            None
        } else {
            Some(r.u8("KeySetNo")?)
        };
        Ok(Self { key_no, key_set })
    }

    fn answer(&self, r: &mut Reader<'_>) -> Result<(), ParseError> {
        r.u8("KeyVersion")?;
        r.rest("KeyVersions");
        Ok(())
    }
}

/// Replaces a key of the selected level.
#[derive(Clone, PartialEq, Eq)]
pub struct ChangeKey {
    /// Key number; at PICC level bits 7 and 6 are the new key's type.
    pub key_no: u8,
    /// Key data as the file comment says, without padding.
    pub key_data: Vec<u8>,
}

impl Wire for ChangeKey {
    const CODES: &'static [u8] = &[0xC4];

    fn ins(&self) -> u8 {
        0xC4
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.push(self.key_no);
        out.extend_from_slice(&self.key_data);
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let key_no = r.u8("KeyNo")?;
        let key_data = r.rest("KeyData").to_vec();
        r.describe(|| "hidden".into());
        Ok(Self { key_no, key_data })
    }
}

impl std::fmt::Debug for ChangeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "ChangeKey {{ key_no: {:02X}, key_data: hidden }}",
            self.key_no
        )
    }
}

/// Replaces a key in a key set (EV2 and later).
#[derive(Clone, PartialEq, Eq)]
pub struct ChangeKeyEv2 {
    /// Key set; `00` is the active one.
    pub key_set: u8,
    /// Key number.
    pub key_no: u8,
    /// Key data as the file comment says, without padding.
    pub key_data: Vec<u8>,
}

impl Wire for ChangeKeyEv2 {
    const CODES: &'static [u8] = &[0xC6];

    fn ins(&self) -> u8 {
        0xC6
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.key_set, self.key_no]);
        out.extend_from_slice(&self.key_data);
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let key_set = r.u8("KeySetNo")?;
        let key_no = r.u8("KeyNo")?;
        let key_data = r.rest("KeyData").to_vec();
        r.describe(|| "hidden".into());
        Ok(Self {
            key_set,
            key_no,
            key_data,
        })
    }
}

impl std::fmt::Debug for ChangeKeyEv2 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "ChangeKeyEv2 {{ key_set: {:02X}, key_no: {:02X}, key_data: hidden }}",
            self.key_set, self.key_no
        )
    }
}
