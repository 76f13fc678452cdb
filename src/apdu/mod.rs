//! Frames: native, ISO-wrapped, plain ISO 7816-4 and reader pseudo-APDUs, told apart per frame; status codes.

mod chain;
mod frame;
mod framing;
mod status;

pub use chain::{Chunks, chunks};
pub use frame::{Family, Frame};
pub use framing::{CommandApdu, FrameForm, FrameProblem, ResponseApdu};
pub use status::{Status, StatusMeaning};

/// Code of the additional frame, as command and as status.
pub const AF: u8 = 0xAF;
