//! A command and an answer before a channel protects them, and what is done wrong to them.

/// Communication mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Plain,
    Mac,
    Full,
}

impl Mode {
    pub(crate) const ALL: [Self; 3] = [Self::Plain, Self::Mac, Self::Full];

    /// Bits 1 and 0 of FileOption.
    pub(crate) const fn bits(self) -> u8 {
        match self {
            Self::Plain => 0,
            Self::Mac => 1,
            Self::Full => 3,
        }
    }
}

/// Which rule a command follows beside its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Data of a file.
    File,
    /// ChangeKey: the key data has its checksums already.
    Key,
    /// All else: nothing is enciphered.
    Management,
    /// An answer after which the session is gone: without protection.
    Ending,
}

/// A command.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub(crate) ins: u8,
    pub(crate) header: Vec<u8>,
    pub(crate) data: Vec<u8>,
    pub(crate) mode: Mode,
    pub(crate) rule: Rule,
}

impl Command {
    pub(crate) fn is_sealed(&self) -> bool {
        self.mode == Mode::Full && !self.data.is_empty()
    }
}

/// An answer with success.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) data: Vec<u8>,
    pub(crate) mode: Mode,
    pub(crate) rule: Rule,
}

impl Answer {
    pub(crate) fn is_sealed(&self) -> bool {
        self.mode == Mode::Full && !self.data.is_empty()
    }
}

/// Status of success as it enters MACs.
pub(crate) const OK: u8 = 0x00;

/// The mistakes of one side in one message, by their codes; none for the side that is right.
#[derive(Clone, Debug, Default)]
pub(crate) struct Knobs(pub(crate) Vec<&'static str>);

impl Knobs {
    pub(crate) fn on(&self, code: &str) -> bool {
        self.0.contains(&code)
    }
}

/// `90 INS 00 00 Lc`, as on the wire in front of `len` bytes.
pub(crate) fn wrapping(ins: u8, len: usize) -> Vec<u8> {
    vec![0x90, ins, 0x00, 0x00, u8::try_from(len).unwrap()]
}
