//! Where the data of an enciphered D40 or EV1 message ends (DESFire reference §4.2, §4.3).
//!
//! ```text
//! the command tells the length   data ‖ CRC ‖ 00…       nothing more when that fills a block
//! it does not                    data ‖ CRC ‖ 80 00…    a whole block more when aligned
//! ```
//! The second form is that of reads with Length 0 and of SetConfiguration 02.

use super::verdict::{Check, Verdict};
use crate::crypto::padding;

/// How the end of enciphered data is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The command tells how many bytes; zeros follow the checksum.
    Known(usize),
    /// `80 00…` follows the checksum.
    Marked,
    /// Not told: opening looks for the first place where the checksum fits and only padding of either form follows;
    /// sealing fills with zeros. With zeros one of 256 messages is read a byte short, as data may end like a checksum
    /// itself (answers of EV1: only data that ends in the status). So give the length where there is a way to know it.
    Search,
}

/// What [`Extent::find`] found.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// Length of the data; `None` when it can't be told.
    pub len: Option<usize>,
    /// The checksum.
    pub crc: Check,
    /// The padding.
    pub padding: Verdict,
}

impl Found {
    const UNKNOWN: Self = Self {
        len: None,
        crc: Check::UNKNOWN,
        padding: Verdict::Unknown,
    };
}

impl Extent {
    /// Appends the padding of what stands from `start` on.
    pub fn fill(self, out: &mut Vec<u8>, start: usize, block: usize) {
        match self {
            Self::Marked => padding::pad_m2(out, start, block),
            Self::Known(_) | Self::Search => fill_zeros(out, start, block),
        }
    }

    /// Finds the end of the data in a deciphered text of which the first `unread` bytes are not known. `crc` gives
    /// the checksum of so many bytes of it.
    pub fn find<const N: usize>(
        self,
        plain: &[u8],
        unread: usize,
        block: usize,
        crc: impl Fn(&[u8]) -> [u8; N],
    ) -> Found {
        let at = |len: usize| -> Option<Check> {
            let (data, rest) = plain.split_at_checked(len)?;
            let got = rest.first_chunk::<N>()?;
            Some(if unread == 0 {
                Check::compare(&crc(data), got)
            } else {
                Check::unchecked(rest.get(unread.saturating_sub(len)..N).unwrap_or_default())
            })
        };
        match self {
            Self::Known(len) => {
                let rest = plain.get(len.saturating_add(N).max(unread)..);
                Found {
                    len: at(len).map(|_| len),
                    crc: at(len).unwrap_or_else(Check::failed),
                    padding: match rest {
                        Some([]) if unread > 0 => Verdict::Unknown,
                        Some(rest) => Verdict::from_bool(is_zero(rest)),
                        None => Verdict::Bad,
                    },
                }
            }
            // The mark stands among the bytes that are not known.
            Self::Marked if unread > 0 && plain.get(unread..).is_none_or(is_zero) => Found::UNKNOWN,
            Self::Marked => {
                let len = marked_end(plain, unread, block).and_then(|end| end.checked_sub(N));
                Found {
                    len,
                    crc: len.and_then(at).unwrap_or_else(Check::failed),
                    padding: Verdict::from_bool(len.is_some()),
                }
            }
            Self::Search if unread > 0 => Found::UNKNOWN,
            Self::Search => {
                let marked = marked_end(plain, 0, block).and_then(|end| end.checked_sub(N));
                let last = plain.iter().rposition(|byte| *byte != 0);
                // The checksum's own last bytes may be zero.
                let first = last.map_or(0, |last| (last + 1).saturating_sub(N));
                let found = marked
                    .into_iter()
                    .chain(first..first + N + block)
                    .find_map(|len| {
                        let check = at(len).filter(|check| check.verdict == Verdict::Ok)?;
                        Some((len, check))
                    });
                Found {
                    len: found.map(|(len, _)| len),
                    crc: found.map_or_else(Check::failed, |(_, check)| check),
                    padding: found.map_or(Verdict::Unknown, |_| Verdict::Ok),
                }
            }
        }
    }
}

/// Appends zeros up to a whole block, counted from `start`.
pub(super) fn fill_zeros(out: &mut Vec<u8>, start: usize, block: usize) {
    let filled = out.len().saturating_sub(start).next_multiple_of(block);
    out.resize(start + filled, 0);
}

pub(super) fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// Where the mark stands that ends checksum and data.
fn marked_end(plain: &[u8], unread: usize, block: usize) -> Option<usize> {
    padding::unpad_m2(plain, block).filter(|end| *end >= unread)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::crc::{crc16, crc32, crc32_over};

    #[test]
    fn every_length_is_found_again_by_each_way() {
        for len in 1..70_usize {
            let data: Vec<u8> = (1..=len)
                .map(|i| (i * i * 37 % 251).to_le_bytes()[0])
                .collect();
            for extent in [Extent::Known(len), Extent::Marked] {
                let mut padded = [&data[..], &crc32(&data)].concat();
                extent.fill(&mut padded, 0, 16);
                assert_eq!(padded.len() % 16, 0);
                for reader in [extent, Extent::Search] {
                    let found = reader.find(&padded, 0, 16, crc32);
                    assert_eq!(found.len, Some(len), "{extent:?} read as {reader:?}");
                    assert_eq!(
                        (found.crc.verdict, found.padding),
                        (Verdict::Ok, Verdict::Ok)
                    );
                }
                *padded.first_mut().unwrap() ^= 1;
                let found = extent.find(&padded, 0, 16, crc32);
                assert_eq!((found.len, found.crc.verdict), (Some(len), Verdict::Bad));
            }
        }
    }

    #[test]
    fn a_checksum_that_ends_in_zero_is_not_cut_where_the_status_follows_the_data() {
        let crc = |data: &[u8]| crc32_over(&[data, &[0]]);
        let ends_in_zero = (0..=u16::MAX).map(u16::to_le_bytes);
        let data = ends_in_zero
            .into_iter()
            .find(|data| data[1] != 0 && crc(data)[3] == 0)
            .unwrap();
        let mut padded = [&data[..], &crc(&data)].concat();
        fill_zeros(&mut padded, 0, 8);
        assert_eq!(Extent::Search.find(&padded, 0, 8, crc).len, Some(2));
    }

    #[test]
    fn data_that_ends_as_its_own_checksum_begins_needs_a_known_length() {
        let data = [0x3C, crc16(&[0x3C])[0]];
        let mut padded = [data, crc16(&data)].concat();
        fill_zeros(&mut padded, 0, 8);
        assert_eq!(Extent::Known(2).find(&padded, 0, 8, crc16).len, Some(2));
        assert_eq!(Extent::Search.find(&padded, 0, 8, crc16).len, Some(1));
    }

    #[test]
    fn what_is_too_short_or_wrongly_padded_is_said() {
        let found = Extent::Known(6).find(&[1; 8], 0, 8, crc32);
        assert_eq!(
            (found.len, found.crc.verdict, found.padding),
            (None, Verdict::Bad, Verdict::Bad)
        );
        let mut padded = [&[5, 6, 7][..], &crc32(&[5, 6, 7]), &[1]].concat();
        let found = Extent::Known(3).find(&padded, 0, 8, crc32);
        assert_eq!(
            (found.crc.verdict, found.padding),
            (Verdict::Ok, Verdict::Bad)
        );
        assert_eq!(
            Extent::Marked.find(&padded, 0, 8, crc32).padding,
            Verdict::Bad
        );
        *padded.last_mut().unwrap() = 0x80;
        assert_eq!(Extent::Marked.find(&padded, 0, 8, crc32).len, Some(3));
        assert_eq!(
            Extent::Search.find(&[0x11; 16], 0, 8, crc32).crc.verdict,
            Verdict::Bad
        );
    }
}
