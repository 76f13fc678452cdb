//! Why a message can't be computed through.

/// What does not fit, with what was expected and got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdmError {
    /// PICC data of the other mode, or cut.
    #[error("PICC data has {got} bytes, {expected} expected")]
    PiccLength {
        /// Length that the mode has.
        expected: usize,
        /// Given length.
        got: usize,
    },
    /// The deciphered PICC data does not start as PICC data does: most often the key is another one.
    #[error("PICCDataTag is {got:02X}, C7, 87 or 40 expected")]
    PiccTag {
        /// The deciphered byte.
        got: u8,
    },
    /// Enciphered file data is not made of blocks.
    #[error("enciphered file data has {got} bytes, a multiple of 16 expected")]
    FileLength {
        /// Given length.
        got: usize,
    },
    /// The start of the file data's decipherment has a length of the other mode.
    #[error("the {what} of the file data has {got} bytes, {expected} expected")]
    Start {
        /// `IV` or `counter`.
        what: &'static str,
        /// Length that the mode has.
        expected: usize,
        /// Given length.
        got: usize,
    },
    /// File data is enciphered under the counter.
    #[error("the message has no SDMReadCtr, but enciphered file data, which needs it")]
    NoCounter,
    /// PICC data without a key for it.
    #[error("the message has PICC data, but no SDMMetaRead key is given")]
    NoMetaKey,
}
