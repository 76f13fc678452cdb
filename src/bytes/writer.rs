//! Little-endian writers for fields that have no Rust type of their size.

/// Appends data-sheet integers, least significant byte first.
pub trait Put {
    /// Two bytes.
    fn put_u16(&mut self, value: u16);
    /// The lower three bytes of `value`.
    fn put_u24(&mut self, value: u32);
    /// Four bytes.
    fn put_u32(&mut self, value: u32);
    /// Four bytes, signed.
    fn put_i32(&mut self, value: i32);
}

impl Put for Vec<u8> {
    fn put_u16(&mut self, value: u16) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put_u24(&mut self, value: u32) {
        let [a, b, c, _] = value.to_le_bytes();
        self.extend_from_slice(&[a, b, c]);
    }

    fn put_u32(&mut self, value: u32) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put_i32(&mut self, value: i32) {
        self.extend_from_slice(&value.to_le_bytes());
    }
}
