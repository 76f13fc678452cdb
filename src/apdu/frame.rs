//! A command after framing and chaining were removed, cut into the parts that secure messaging treats differently.

/// Which rules a command code belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// DESFire native commands, sent native or wrapped with CLA `90`.
    Desfire,
    /// ISO 7816-4 commands with CLA `00`.
    Iso,
    /// Pseudo-APDUs that the reader answers itself, CLA `FF` (PC/SC part 3).
    Reader,
}

/// A command: code, clear header and data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Whose code `ins` is.
    pub family: Family,
    /// Command code.
    pub ins: u8,
    /// P1 and P2; zero for DESFire commands.
    pub p1p2: [u8; 2],
    /// Le of an ISO command, `00` for all that there is up to 256 bytes; `None` asks for no data. DESFire commands and those
    /// for the reader always have `00`.
    pub le: Option<u8>,
    /// Parameters that always travel in clear.
    pub header: Vec<u8>,
    /// Parameters that CommMode.Full enciphers.
    pub data: Vec<u8>,
}

impl Frame {
    /// A DESFire command whose parameters are `body`, the first `header_len` of them in clear.
    pub fn desfire(ins: u8, mut body: Vec<u8>, header_len: usize) -> Self {
        let data = body.split_off(header_len.min(body.len()));
        Self {
            family: Family::Desfire,
            ins,
            p1p2: [0, 0],
            le: Some(0),
            header: body,
            data,
        }
    }

    /// Header and data one after the other.
    pub fn body(&self) -> Vec<u8> {
        [self.header.as_slice(), &self.data].concat()
    }
}
