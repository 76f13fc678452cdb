//! Applications (DESFire reference §2.4).
//!
//! Wire: `5A AID(3) [AID(3)]` · `6A`, answer `n × AID(3)` · `6D`, answer a frame for each application
//! `AID(3) ISO FID(2) DF name(0…16)` · `CA AID(3) KS1 KS2 [KS3 [AKSVersion NoKeySets
//! MaxKeySize AppKeySetSett]] [ISO FID(2)] [DF name 1…16]` · `DA AID(3) [DAMMAC(8)]`

use crate::bytes::{ParseError, Reader};
use crate::card::{Aid, ApplicationKeys, KeySettings};
use crate::command::Wire;

/// Selects an application, or the PICC level; ends the session and the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelectApplication {
    /// The application whose keys authenticate.
    pub aid: Aid,
    /// A second application for shared files (EV2 and later).
    pub second: Option<Aid>,
}

impl Wire for SelectApplication {
    const CODES: &'static [u8] = &[0x5A];

    fn ins(&self) -> u8 {
        0x5A
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.aid.wire());
        out.extend(self.second.into_iter().flat_map(Aid::wire));
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let aid = Aid::read(r, "AID")?;
        let second = if r.is_empty() {
            None
        } else {
            Some(Aid::read(r, "SecondaryAID")?)
        };
        Ok(Self { aid, second })
    }
}

/// Lists the applications of the PICC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetApplicationIds;

impl GetApplicationIds {
    /// Reads the list.
    pub fn read_answer(r: &mut Reader<'_>) -> Result<Vec<Aid>, ParseError> {
        let mut list = Vec::new();
        while !r.is_empty() {
            list.push(Aid::read(r, "AID")?);
        }
        Ok(list)
    }
}

impl Wire for GetApplicationIds {
    const CODES: &'static [u8] = &[0x6A];

    fn ins(&self) -> u8 {
        0x6A
    }

    fn emit(&self, _out: &mut Vec<u8>) {}

    fn parse(_ins: u8, _r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self)
    }

    fn answer(&self, r: &mut Reader<'_>) -> Result<(), ParseError> {
        Self::read_answer(r).map(drop)
    }
}

/// Creates an application; its keys start as the default application key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateApplication {
    /// The new AID.
    pub aid: Aid,
    /// KS1.
    pub settings: KeySettings,
    /// KS2.
    pub keys: ApplicationKeys,
    /// KS3 and the key-set bytes as sent; present when KS2 bit 4 is set.
    pub key_sets: Vec<u8>,
    /// ISO file identifier, least significant byte first as on the wire.
    pub iso_fid: Option<u16>,
    /// ISO DF name.
    pub df_name: Vec<u8>,
}

impl Wire for CreateApplication {
    const CODES: &'static [u8] = &[0xCA];

    fn ins(&self) -> u8 {
        0xCA
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.aid.wire());
        out.extend_from_slice(&[self.settings.0, self.keys.0]);
        out.extend_from_slice(&self.key_sets);
        out.extend(self.iso_fid.into_iter().flat_map(u16::to_le_bytes));
        out.extend_from_slice(&self.df_name);
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let aid = Aid::read(r, "AID")?;
        let settings = KeySettings(r.u8("KeySettings1")?);
        let keys = ApplicationKeys(r.u8("KeySettings2")?);
        r.describe(|| format!("{:02X} {} keys", keys.0, keys.count()));
        let mut key_sets = Vec::new();
        if keys.has_ks3() {
            let ks3 = r.u8("KeySettings3")?;
            key_sets.push(ks3);
            if ks3 & 0x01 != 0 {
                for name in ["AKSVersion", "NoKeySets", "MaxKeySize", "AppKeySetSett"] {
                    key_sets.push(r.u8(name)?);
                }
            }
        }
        let iso_fid = if r.is_empty() {
            None
        } else {
            Some(r.u16("ISOFileID")?)
        };
        let df_name = r.rest("DFName").to_vec();
        Ok(Self {
            aid,
            settings,
            keys,
            key_sets,
            iso_fid,
            df_name,
        })
    }
}

/// Lists the applications that have an ISO file identifier; a frame of the answer for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GetDfNames;

/// One frame of the answer to [`GetDfNames`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DfName {
    /// The application.
    pub aid: Aid,
    /// Its ISO file identifier; least significant byte first on the wire.
    pub iso_fid: u16,
    /// Its DF name, 0 to 16 bytes: the end of the frame is its only end.
    pub df_name: Vec<u8>,
}

impl DfName {
    /// Reads a frame.
    pub fn read(r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            aid: Aid::read(r, "AID")?,
            iso_fid: r.u16("ISOFileID")?,
            df_name: r.rest("DFName").to_vec(),
        })
    }
}

impl Wire for GetDfNames {
    const CODES: &'static [u8] = &[0x6D];

    fn ins(&self) -> u8 {
        0x6D
    }

    fn emit(&self, _out: &mut Vec<u8>) {}

    fn parse(_ins: u8, _r: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self)
    }

    fn answer(&self, r: &mut Reader<'_>) -> Result<(), ParseError> {
        if !r.is_empty() {
            DfName::read(r)?;
        }
        Ok(())
    }
}

/// Deletes an application with all its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteApplication {
    /// The application.
    pub aid: Aid,
    /// Proof of the delegated-application manager.
    pub dam_mac: Option<[u8; 8]>,
}

impl Wire for DeleteApplication {
    const CODES: &'static [u8] = &[0xDA];

    fn ins(&self) -> u8 {
        0xDA
    }

    fn emit(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.aid.wire());
        out.extend(self.dam_mac.into_iter().flatten());
    }

    fn parse(_ins: u8, r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let aid = Aid::read(r, "AID")?;
        let dam_mac = if r.is_empty() {
            None
        } else {
            Some(r.array("DAMMAC")?)
        };
        Ok(Self { aid, dam_mac })
    }
}
