//! Bytes that must not be seen: wiped when dropped, redacted in `Debug`, without `Display`.

use std::fmt;

use zeroize::Zeroizing;

/// A key or session key.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes over.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// The bytes, where a computation needs them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as an AES-128 key, when there are 16.
    pub fn aes128(&self) -> Option<[u8; 16]> {
        <[u8; 16]>::try_from(self.expose()).ok()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_only_the_length() {
        assert_eq!(format!("{:?}", Secret::new([0xA5; 16])), "Secret(16 bytes)");
    }
}
