//! TTStatus of a TagTamper tag: TTPermStatus and TTCurrStatus, one letter each (DESFire reference §7.2 and §7.4).

/// One of the two letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loop {
    /// `C`: the loop is closed.
    Closed,
    /// `O`: it is, or was once, open.
    Open,
    /// `I`: the measurement is not enabled yet.
    Invalid,
}

impl Loop {
    const fn from_letter(letter: u8) -> Option<Self> {
        match letter {
            b'C' => Some(Self::Closed),
            b'O' => Some(Self::Open),
            b'I' => Some(Self::Invalid),
            _ => None,
        }
    }
}

/// What a tag says of its tamper loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TamperStatus {
    /// TTPermStatus: whether it was ever found open.
    pub permanent: Loop,
    /// TTCurrStatus: how it was found at this tap.
    pub current: Loop,
}

impl TamperStatus {
    /// Reads the two letters; `None` when they are no status.
    pub fn from_letters([permanent, current]: [u8; 2]) -> Option<Self> {
        Some(Self {
            permanent: Loop::from_letter(permanent)?,
            current: Loop::from_letter(current)?,
        })
    }

    /// Reads the two letters at an offset of the deciphered file data, which is TTStatusOffset − SDMENCOffset.
    pub fn in_file_data(data: &[u8], offset: usize) -> Option<Self> {
        Self::from_letters(*data.get(offset..)?.first_chunk()?)
    }

    /// What the status means, for people.
    pub const fn meaning(self) -> &'static str {
        match (self.permanent, self.current) {
            (Loop::Closed, Loop::Closed) => "not tampered",
            (Loop::Open, Loop::Closed) => "tampered, the loop is closed again",
            (Loop::Open, Loop::Open) => "tampered, the loop is open",
            (Loop::Invalid, Loop::Invalid) => "not initialised",
            // A tag stores the opening before it answers, and both letters become valid together.
            _ => "a state that tags do not have",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_wherever_they_stand() {
        let status = TamperStatus::in_file_data(b"xxOC5678", 2).unwrap();
        assert_eq!(
            (status.permanent, status.current),
            (Loop::Open, Loop::Closed)
        );
        assert_eq!(status.meaning(), "tampered, the loop is closed again");
        for (letters, meaning) in [
            (b"CC", "not tampered"),
            (b"OO", "tampered, the loop is open"),
            (b"II", "not initialised"),
            (b"CO", "a state that tags do not have"),
        ] {
            assert_eq!(
                TamperStatus::from_letters(*letters).unwrap().meaning(),
                meaning
            );
        }
        assert_eq!(TamperStatus::from_letters(*b"NT"), None);
        assert_eq!(TamperStatus::in_file_data(b"CC", 1), None);
        assert_eq!(TamperStatus::in_file_data(b"CC", 9), None);
    }
}
