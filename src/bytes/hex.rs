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
    if let Ok(bytes) = ::hex::decode(text) {
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

/// Reads digits without separators into `room`, allocating nothing; gives what was read, or `None` for other text and
/// for more than fits.
pub fn read_into<'a>(digits: &[u8], room: &'a mut [u8]) -> Option<&'a [u8]> {
    let room = room.get_mut(..digits.len() / 2)?;
    ::hex::decode_to_slice(digits, room).ok()?;
    Some(room)
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
        for other in [&b"905AFF00"[..], b"905", b"90 5A", b"9x"] {
            assert_eq!(read_into(other, &mut room), None);
        }
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
