//! Pieces that stand in a row without names: in the path, in one parameter, divided by `x` or by nothing.
//!
//! The number of digits says what a run is. 48 digits alone are PICC data of AES with the MAC behind, as sdm-backend
//! reads them; with a MAC elsewhere they are PICC data of LRP.

use super::names::Role;

/// Of UID and counter what is known while a run is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Identity {
    /// Nothing.
    #[default]
    None,
    /// The UID, in the clear.
    Uid,
    /// The counter, in the clear.
    Ctr,
    /// All that the message has.
    Whole,
}

/// What of the message is known while a run is read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) identity: Identity,
    pub(super) file_data: bool,
    /// Here or further on.
    pub(super) mac: bool,
}

/// The pieces of a run of digits with their lengths; `None` when no row of pieces has that length.
pub(super) fn pieces(digits: usize, seen: Seen) -> Option<Vec<(Role, usize)>> {
    let tail = if seen.mac { 0 } else { MAC };
    let head = match seen.identity {
        Identity::None => first(digits, tail)?,
        _ => known(digits, seen, tail)?,
    };
    let taken: usize = head.iter().map(|(_, len)| len).sum();
    let mut row = head;
    if digits == taken + MAC && !seen.mac {
        row.push((Role::Mac, MAC));
    }
    Some(row)
}

/// A run that starts with UID, counter or PICC data.
fn first(digits: usize, tail: usize) -> Option<Vec<(Role, usize)>> {
    for plain in [&[UID, CTR][..], &[UID], &[CTR]] {
        let len: usize = plain.iter().map(|(_, len)| len).sum();
        // Six digits alone are a word as often as a counter.
        let alone = digits == len && plain.contains(&UID);
        if alone || (tail > 0 && digits == len + tail) {
            return Some(plain.to_vec());
        }
    }
    if digits == AES {
        return Some(vec![(Role::PiccData, AES)]);
    }
    let rest = digits.checked_sub(tail)?;
    let picc = if rest.is_multiple_of(BLOCK) { AES } else { LRP };
    let file = rest.checked_sub(picc)?;
    if !file.is_multiple_of(BLOCK) {
        return None;
    }
    let mut row = vec![(Role::PiccData, picc)];
    if file > 0 {
        row.push((Role::FileData, file));
    }
    Some(row)
}

/// A run after the identity.
fn known(digits: usize, seen: Seen, tail: usize) -> Option<Vec<(Role, usize)>> {
    if digits == MAC && tail > 0 {
        return Some(Vec::new());
    }
    let missing = match seen.identity {
        Identity::Uid => Some(CTR),
        Identity::Ctr => Some(UID),
        _ => None,
    };
    if let Some((role, len)) = missing
        && (digits == len || (tail > 0 && digits == len + tail))
    {
        return Some(vec![(role, len)]);
    }
    let file = if digits.is_multiple_of(BLOCK) {
        digits
    } else {
        digits.checked_sub(tail)?
    };
    let fits = file > 0 && file.is_multiple_of(BLOCK) && !seen.file_data;
    fits.then(|| vec![(Role::FileData, file)])
}

const UID: (Role, usize) = (Role::Uid, 14);
const CTR: (Role, usize) = (Role::Ctr, 6);
/// Digits of SDMMAC.
const MAC: usize = 16;
/// Digits of PICC data of AES.
const AES: usize = 32;
/// Digits of PICC data of LRP.
const LRP: usize = 48;
/// Digits of a block of file data.
const BLOCK: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    type Row<'a> = &'a [(Role, usize)];

    #[test]
    fn the_number_of_digits_says_what_stands_in_a_row() {
        use Role::{Ctr, FileData, Mac, PiccData, Uid};
        let (none, mac) = (
            Seen::default(),
            Seen {
                mac: true,
                ..Seen::default()
            },
        );
        let picc = Seen {
            identity: Identity::Whole,
            ..none
        };
        let uid = Seen {
            identity: Identity::Uid,
            ..none
        };
        let cases: [(usize, Seen, Row<'_>); 15] = [
            (32, none, &[(PiccData, 32)]),
            (48, none, &[(PiccData, 32), (Mac, 16)]),
            (48, mac, &[(PiccData, 48)]),
            (64, none, &[(PiccData, 48), (Mac, 16)]),
            (64, mac, &[(PiccData, 32), (FileData, 32)]),
            (80, none, &[(PiccData, 32), (FileData, 32), (Mac, 16)]),
            (80, mac, &[(PiccData, 48), (FileData, 32)]),
            (96, none, &[(PiccData, 48), (FileData, 32), (Mac, 16)]),
            (36, none, &[(Uid, 14), (Ctr, 6), (Mac, 16)]),
            (22, none, &[(Ctr, 6), (Mac, 16)]),
            (14, mac, &[(Uid, 14)]),
            (16, picc, &[(Mac, 16)]),
            (64, picc, &[(FileData, 64)]),
            (48, picc, &[(FileData, 32), (Mac, 16)]),
            (6, uid, &[(Ctr, 6)]),
        ];
        for (digits, seen, expected) in cases {
            assert_eq!(
                pieces(digits, seen).as_deref(),
                Some(expected),
                "{digits} {seen:?}"
            );
        }
        for (digits, seen) in [
            (6, none),
            (16, none),
            (31, none),
            (8, uid),
            (6, picc),
            (0, none),
        ] {
            assert_eq!(pieces(digits, seen), None, "{digits} {seen:?}");
        }
    }
}
