//! The checksums of the DESFire family, as transmitted (least significant byte first).

use ::crc::{CRC_16_IBM_SDLC, CRC_16_ISO_IEC_14443_3_A, CRC_32_JAMCRC, Crc};

const A: Crc<u16> = Crc::<u16>::new(&CRC_16_ISO_IEC_14443_3_A);
const B: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_SDLC);
const JAM: Crc<u32> = Crc::<u32>::new(&CRC_32_JAMCRC);

/// CRC_A of ISO/IEC 14443-3 (preset 6363), used by D40.
pub fn crc16(data: &[u8]) -> [u8; 2] {
    A.checksum(data).to_le_bytes()
}

/// CRC_B of ISO/IEC 14443-3.
pub fn crc16b(data: &[u8]) -> [u8; 2] {
    B.checksum(data).to_le_bytes()
}

/// CRC-32 without final XOR (JAMCRC), used by EV1 and by ChangeKey.
pub fn crc32(data: &[u8]) -> [u8; 4] {
    JAM.checksum(data).to_le_bytes()
}

/// [`crc32`] over the concatenation of `parts`.
pub fn crc32_over(parts: &[&[u8]]) -> [u8; 4] {
    let mut digest = JAM.digest();
    for part in parts {
        digest.update(part);
    }
    digest.finalize().to_le_bytes()
}
