//! Padding method 2 of ISO/IEC 9797-1: `80` and zeros, a whole block more when already aligned.

/// Appends the padding of the data from `start` on, for blocks of `block` bytes.
pub fn pad_m2(data: &mut Vec<u8>, start: usize, block: usize) {
    data.push(0x80);
    let padded = data.len().saturating_sub(start).next_multiple_of(block);
    data.resize(start + padded, 0);
}

/// Length of the data before the padding, when `padded` ends in `80 00…` within its last block.
pub fn unpad_m2(padded: &[u8], block: usize) -> Option<usize> {
    if padded.is_empty() || !padded.len().is_multiple_of(block) {
        return None;
    }
    let end = padded.iter().rposition(|byte| *byte != 0)?;
    (padded.get(end) == Some(&0x80) && padded.len() - end <= block).then_some(end)
}

/// Appends zeros up to a multiple of `block`; nothing when already aligned.
pub fn pad_zero(data: &mut Vec<u8>, block: usize) {
    data.resize(data.len().next_multiple_of(block), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pads_a_full_block_more_and_takes_it_back() {
        for len in 0..40 {
            let mut data: Vec<u8> = (0..len).map(|i: u8| i.wrapping_mul(37)).collect();
            let plain = data.len();
            pad_m2(&mut data, 0, 16);
            assert_eq!(data.len() % 16, 0);
            assert!(data.len() > plain);
            assert_eq!(unpad_m2(&data, 16), Some(plain));
        }
        assert_eq!(unpad_m2(&[0; 16], 16), None);
        assert_eq!(unpad_m2(&[0x80; 15], 16), None);
    }
}
