//! Bytes in and out: the cursor that names what was missing, little-endian writers, hex.

pub mod hex;
mod reader;
mod writer;

pub use reader::{ParseError, Reader, Span};
pub use writer::Put;
