//! Hexadecimal text, upper case as the data sheets print it.

/// Why text is not hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HexError {
    /// A character that is no hexadecimal digit.
    #[error("character {position} is {found:?}, a hexadecimal digit expected")]
    Character {
        /// Which character, from 1.
        position: usize,
        /// The character.
        found: char,
    },
    /// An odd number of digits.
    #[error("{digits} digits, an even number expected")]
    Odd {
        /// How many digits there are.
        digits: usize,
    },
    /// A length that does not fit.
    #[error("{got} bytes, {expected} expected")]
    Length {
        /// Bytes that fit.
        expected: usize,
        /// Bytes that were given.
        got: usize,
    },
}

/// Upper-case digits without separators.
pub fn upper(bytes: impl AsRef<[u8]>) -> String {
    ::hex::encode_upper(bytes)
}

/// Reads digits of either case; spaces, `:` and `-` between them are skipped.
pub fn parse(text: &str) -> Result<Vec<u8>, HexError> {
    let mut bytes = vec![0; text.len() / 2];
    if read_into(text.as_bytes(), &mut bytes).is_some() {
        return Ok(bytes);
    }
    let mut digits = String::with_capacity(text.len());
    for (index, found) in text.chars().enumerate() {
        match found {
            found if found.is_ascii_hexdigit() => digits.push(found),
            found if found.is_whitespace() || found == ':' || found == '-' => {}
            found => {
                return Err(HexError::Character {
                    position: index + 1,
                    found,
                });
            }
        }
    }
    ::hex::decode(&digits).map_err(|_| HexError::Odd {
        digits: digits.len(),
    })
}

/// Reads bytes as they stand in other people's text: digits of either case with spaces, `:`, `-`, commas and line ends,
/// each byte with `0x` or `\x`, in brackets, braces or quotes, as in an array of C, Python or Rust.
///
/// A byte with `0x` that has one digit only is read as that digit.
pub fn pasted(text: &str) -> Result<Vec<u8>, HexError> {
    let separator = |letter: char| letter.is_whitespace() || ":-,;[](){}\"'".contains(letter);
    let mut digits = String::with_capacity(text.len());
    let mut letters = text.char_indices().peekable();
    while let Some((at, found)) = letters.next() {
        let after = letters.peek().map(|(_, letter)| *letter);
        let opens = (found == '0' && matches!(after, Some('x' | 'X')))
            || (found == '\\' && after == Some('x'));
        if opens && digits.len().is_multiple_of(2) {
            letters.next();
            let rest = text.get(at + 2..).unwrap_or_default();
            let run = rest.chars().take_while(char::is_ascii_hexdigit).count();
            if run == 1 {
                digits.push('0');
            }
        } else if found.is_ascii_hexdigit() {
            digits.push(found);
        } else if !separator(found) {
            let position = text.get(..at).map_or(0, |before| before.chars().count()) + 1;
            return Err(HexError::Character { position, found });
        }
    }
    ::hex::decode(&digits).map_err(|_| HexError::Odd {
        digits: digits.len(),
    })
}

/// Reads digits without separators into `room`, allocating nothing; gives what was read, or `None` for other text and
/// for more than fits.
pub fn read_into<'a>(digits: &[u8], room: &'a mut [u8]) -> Option<&'a [u8]> {
    let (pairs, odd) = digits.as_chunks::<2>();
    let room = room.get_mut(..pairs.len())?;
    let mut all = 0;
    for (byte, [high, low]) in room.iter_mut().zip(pairs) {
        let (high, low) = (nibble(*high), nibble(*low));
        all |= high | low;
        *byte = high << 4 | low;
    }
    (all < 0x10 && odd.is_empty()).then_some(room)
}

/// The value of a digit, above 15 for anything else. Without a branch, which nobody could foretell on digits of a cipher.
const fn nibble(digit: u8) -> u8 {
    let number = digit.wrapping_sub(b'0');
    let letter = (digit | 0x20).wrapping_sub(b'a');
    if number < 10 {
        number
    } else if letter < 6 {
        letter + 10
    } else {
        0xFF
    }
}

/// Whether all are digits, of either case.
pub fn is_hex(text: &[u8]) -> bool {
    text.iter().fold(0, |all, digit| all | nibble(*digit)) < 0x10
}

/// Reads exactly `N` bytes.
pub fn array<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    let bytes = parse(text)?;
    <[u8; N]>::try_from(bytes.as_slice()).map_err(|_| HexError::Length {
        expected: N,
        got: bytes.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_into_room_that_is_there() {
        let mut room = [0; 3];
        assert_eq!(
            read_into(b"905aFf", &mut room),
            Some(&[0x90, 0x5A, 0xFF][..])
        );
        assert_eq!(read_into(b"", &mut room), Some(&[][..]));
        for byte in 0..=u8::MAX {
            let digit = char::from(byte).to_digit(16);
            let read = read_into(&[b'0', byte], &mut room).map(|read| u32::from(read[0]));
            assert_eq!(read, digit, "{byte:02X}");
            assert_eq!(is_hex(&[b'7', byte, b'F']), digit.is_some());
        }
        for other in [&b"905AFF00"[..], b"905", b"90 5A", b"9x"] {
            assert_eq!(read_into(other, &mut room), None);
        }
    }

    #[test]
    fn bytes_are_read_as_programs_print_them() {
        for text in [
            "01 a2-03:FF",
            "0x01, 0xA2, 0x3, 0xff",
            "{0x01,0xA2,0x03,0xFF};",
            "b'\\x01\\xa2\\x03\\xff'".trim_start_matches('b'),
            "0x01A203FF",
            "[0x1, 0xA2, 03, FF]",
        ] {
            assert_eq!(pasted(text), Ok(vec![0x01, 0xA2, 0x03, 0xFF]), "{text}");
        }
        assert_eq!(pasted("012"), Err(HexError::Odd { digits: 3 }));
        let wrong = HexError::Character {
            position: 4,
            found: 'g',
        };
        assert_eq!(pasted("01 g2"), Err(wrong));
    }

    #[test]
    fn reads_spaces_and_names_what_is_wrong() {
        assert_eq!(parse("90 5a:00-00"), Ok(vec![0x90, 0x5A, 0, 0]));
        assert_eq!(
            parse("9g"),
            Err(HexError::Character {
                position: 2,
                found: 'g'
            })
        );
        assert_eq!(parse("123"), Err(HexError::Odd { digits: 3 }));
        assert_eq!(
            array::<2>("12"),
            Err(HexError::Length {
                expected: 2,
                got: 1
            })
        );
    }
}
