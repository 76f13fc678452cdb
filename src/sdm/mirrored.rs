//! What a tag mirrors of itself: UID and SDMReadCtr, plain or in PICC data (DESFire reference §7.3 and §7.4).

use super::SdmError;

/// Which primitive the tag works with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// AES-128.
    Aes,
    /// The leakage-resilient primitive.
    Lrp,
}

impl Mode {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Aes, Self::Lrp];

    /// The name people see.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Aes => "AES",
            Self::Lrp => "LRP",
        }
    }

    /// Length of enciphered PICC data in bytes; LRP puts 8 random ones in front.
    pub const fn picc_data_len(self) -> usize {
        match self {
            Self::Aes => 16,
            Self::Lrp => 24,
        }
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Aes => Self::Lrp,
            Self::Lrp => Self::Aes,
        }
    }
}

/// SDMReadCtr, 24 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReadCtr([u8; 3]);

impl ReadCtr {
    /// From PICC data and session vectors, least significant byte first.
    pub const fn from_lsb(bytes: [u8; 3]) -> Self {
        Self(bytes)
    }

    /// From text in the URL, most significant byte first.
    pub const fn from_msb([high, middle, low]: [u8; 3]) -> Self {
        Self([low, middle, high])
    }

    /// Least significant byte first.
    pub const fn lsb(self) -> [u8; 3] {
        self.0
    }

    /// The same bytes in the other order: what a tag does not send.
    pub const fn swapped(self) -> Self {
        Self::from_msb(self.0)
    }

    /// The count.
    pub fn number(self) -> u32 {
        let [low, middle, high] = self.0;
        u32::from_le_bytes([low, middle, high, 0])
    }
}

/// What a message tells of the tag. Only what is mirrored enters the session vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mirrored {
    /// UID, 7 bytes.
    pub uid: Option<[u8; UID]>,
    /// SDMReadCtr.
    pub ctr: Option<ReadCtr>,
}

impl Mirrored {
    /// From deciphered PICC data: `PICCDataTag ‖ [UID] ‖ [SDMReadCtr] ‖ random`. Bit 7 of the tag: UID, bit 6:
    /// counter, bits 3 to 0: length of the UID. `C7`, `87` and `40` exist; another tag most often means another key.
    pub fn from_picc_data(plain: &[u8; 16]) -> Result<Self, SdmError> {
        let (tag, rest) = plain.split_first().unwrap_or((&0, &[]));
        let (has_uid, has_ctr) = match tag {
            0xC7 => (true, true),
            0x87 => (true, false),
            0x40 => (false, true),
            _ => return Err(SdmError::PiccTag { got: *tag }),
        };
        let mut bytes = rest.iter().copied();
        let mut next = || bytes.next().unwrap_or_default();
        Ok(Self {
            uid: has_uid.then(|| std::array::from_fn(|_| next())),
            ctr: has_ctr.then(|| ReadCtr(std::array::from_fn(|_| next()))),
        })
    }

    /// UID and counter as they stand in session vectors, zeros behind in place of what is not mirrored.
    pub fn bytes(&self) -> [u8; UID + CTR] {
        let mut bytes = [0; UID + CTR];
        if let (Some(uid), Some(place)) = (self.uid, bytes.first_chunk_mut()) {
            *place = uid;
        }
        let behind = if self.uid.is_some() { UID } else { 0 };
        let rest = bytes.get_mut(behind..).unwrap_or_default();
        if let (Some(ReadCtr(ctr)), Some(place)) = (self.ctr, rest.first_chunk_mut()) {
            *place = ctr;
        }
        bytes
    }
}

/// Length of a mirrored UID in bytes.
pub const UID: usize = 7;
/// Length of SDMReadCtr in bytes.
const CTR: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    #[test]
    fn the_tag_says_what_is_mirrored() {
        let rest = "0415161718191A2B3C4D112233";
        let read = |tag: &str| {
            let plain = hex::parse(&format!("{tag}{rest}4455")).unwrap();
            Mirrored::from_picc_data(&plain.try_into().unwrap())
        };
        let both = read("C7").unwrap();
        assert_eq!(both.uid, Some(hex::array("0415161718191A").unwrap()));
        assert_eq!(both.ctr.unwrap().number(), 0x4D_3C2B);
        assert_eq!(both.ctr.unwrap().swapped().number(), 0x2B_3C4D);
        let uid = read("87").unwrap();
        assert_eq!((uid.uid, uid.ctr), (both.uid, None));
        let ctr = read("40").unwrap();
        assert_eq!(
            (ctr.uid, ctr.ctr.unwrap().lsb()),
            (None, [0x04, 0x15, 0x16])
        );
        for tag in ["00", "80", "47", "C4", "CA", "E7", "FF"] {
            let error = read(tag).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("PICCDataTag is {tag}, C7, 87 or 40 expected")
            );
        }
    }

    #[test]
    fn a_counter_in_text_is_the_other_way_round() {
        let ctr = ReadCtr::from_msb([0x00, 0x01, 0x23]);
        assert_eq!((ctr.number(), ctr.lsb()), (291, [0x23, 0x01, 0x00]));
    }
}
