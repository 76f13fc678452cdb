//! The answer of GetVersion (DESFire reference §8.3).

use crate::bytes::{ParseError, Reader};

/// Hardware or software part: 7 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionPart {
    /// `04` is NXP.
    pub vendor: u8,
    /// `01` DESFire, `02` Plus, `04` NTAG, `08` DESFire Light, `8x` on a controller.
    pub kind: u8,
    /// Sub-type; pad capacitance and modulation.
    pub subtype: u8,
    /// Major version.
    pub major: u8,
    /// Minor version.
    pub minor: u8,
    /// Storage code.
    pub storage: u8,
    /// Protocol code.
    pub protocol: u8,
}

impl VersionPart {
    fn read(r: &mut Reader<'_>, names: [&'static str; 7]) -> Result<Self, ParseError> {
        let [vendor, kind, subtype, major, minor, storage, protocol] = names;
        let part = Self {
            vendor: r.u8(vendor)?,
            kind: r.u8(kind)?,
            subtype: r.u8(subtype)?,
            major: r.u8(major)?,
            minor: r.u8(minor)?,
            storage: r.u8(storage)?,
            protocol: r.u8(protocol)?,
        };
        Ok(part)
    }

    /// The 7 bytes.
    pub const fn bytes(self) -> [u8; 7] {
        [
            self.vendor,
            self.kind,
            self.subtype,
            self.major,
            self.minor,
            self.storage,
            self.protocol,
        ]
    }

    /// Storage in words: the code's upper 7 bits are an exponent of two, bit 0 says "up to the double".
    pub fn storage_text(self) -> String {
        let exponent = u32::from(self.storage >> 1);
        match 1_u64.checked_shl(exponent) {
            Some(bytes) if bytes >= 1024 && self.storage & 1 == 0 => format!("{} KB", bytes / 1024),
            Some(bytes) if self.storage & 1 == 0 => format!("{bytes} bytes"),
            Some(bytes) => format!("{bytes} to {} bytes", bytes * 2),
            None => format!("code {:02X}", self.storage),
        }
    }
}

/// All three parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Part 1.
    pub hardware: VersionPart,
    /// Part 2.
    pub software: VersionPart,
    /// UID; all zero with random UID and no session.
    pub uid: [u8; 7],
    /// Batch number and fabrication key, as sent.
    pub batch: [u8; 5],
    /// Bit 7 fabrication key, bits 6 to 0 calendar week in BCD.
    pub week: u8,
    /// Year in BCD.
    pub year: u8,
    /// Fabrication key identifier, present when the key field is all ones.
    pub fab_key_id: Option<u8>,
}

impl Version {
    /// Reads 28 or 29 bytes: the three frames one after the other.
    pub fn read(r: &mut Reader<'_>) -> Result<Self, ParseError> {
        let hardware = VersionPart::read(
            r,
            [
                "HWVendorID",
                "HWType",
                "HWSubType",
                "HWMajorVersion",
                "HWMinorVersion",
                "HWStorageSize",
                "HWProtocol",
            ],
        )?;
        let software = VersionPart::read(
            r,
            [
                "SWVendorID",
                "SWType",
                "SWSubType",
                "SWMajorVersion",
                "SWMinorVersion",
                "SWStorageSize",
                "SWProtocol",
            ],
        )?;
        let uid = r.array("UID")?;
        let batch = r.array("BatchNo")?;
        let week = r.u8("CWProd")?;
        r.describe(|| format!("week {:02X}", week & 0x7F));
        let year = r.u8("YearProd")?;
        r.describe(|| format!("20{year:02X}"));
        let fab_key_id = if r.is_empty() {
            None
        } else {
            Some(r.u8("FabKeyID")?)
        };
        Ok(Self {
            hardware,
            software,
            uid,
            batch,
            week,
            year,
            fab_key_id,
        })
    }

    /// The three frames of the answer.
    pub fn frames(&self) -> [Vec<u8>; 3] {
        let mut last = self.uid.to_vec();
        last.extend_from_slice(&self.batch);
        last.extend_from_slice(&[self.week, self.year]);
        last.extend(self.fab_key_id);
        [
            self.hardware.bytes().to_vec(),
            self.software.bytes().to_vec(),
            last,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    #[test]
    fn reads_a_real_ev3() {
        let bytes =
            hex::parse("04010133001805 04010103001805 04112233445566 2113623030 40 24").unwrap();
        let version = Reader::all("GetVersion", &bytes, Version::read).unwrap();
        assert_eq!(version.hardware.storage_text(), "4 KB");
        assert_eq!((version.week, version.year), (0x40, 0x24));
        assert_eq!(version.frames().concat(), bytes);
    }
}
