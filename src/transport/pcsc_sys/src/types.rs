//! Numbers and structures, with the widths of each platform.

use std::ffi::{c_char, c_void};

/// Unsigned number of the interface: `unsigned long`, on macOS `uint32_t`.
#[cfg(not(target_os = "macos"))]
pub type DWORD = std::ffi::c_ulong;
/// Signed number of the interface, among them all status codes: `long`, on macOS `int32_t`.
#[cfg(not(target_os = "macos"))]
pub type LONG = std::ffi::c_long;

/// Unsigned number of the interface: `unsigned long`, on macOS `uint32_t`.
#[cfg(target_os = "macos")]
pub type DWORD = u32;
/// Signed number of the interface, among them all status codes: `long`, on macOS `int32_t`.
#[cfg(target_os = "macos")]
pub type LONG = i32;

/// A connection to the service.
#[cfg(windows)]
pub type SCARDCONTEXT = usize;
/// A connection to a card.
#[cfg(windows)]
pub type SCARDHANDLE = usize;

/// A connection to the service.
#[cfg(not(windows))]
pub type SCARDCONTEXT = LONG;
/// A connection to a card.
#[cfg(not(windows))]
pub type SCARDHANDLE = LONG;

/// Longest answer to reset (ISO 7816-3).
pub const MAX_ATR_SIZE: usize = 33;
/// Room for an answer to reset in [`SCARD_READERSTATE`], in bytes.
pub const ATR_BUFFER_SIZE: usize = if cfg!(windows) { 36 } else { MAX_ATR_SIZE };
/// Longest short APDU or answer, with room for what a driver adds, in bytes.
pub const MAX_BUFFER_SIZE: usize = 264;
/// Longest extended APDU or answer: header, three length bytes, 65536 bytes of data, three more, status.
pub const MAX_BUFFER_SIZE_EXTENDED: usize = 4 + 3 + 0x1_0000 + 3 + 2;

/// Which protocol a frame goes by.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(target_os = "macos", repr(C, packed))]
#[cfg_attr(not(target_os = "macos"), repr(C))]
pub struct SCARD_IO_REQUEST {
    /// One of the `SCARD_PROTOCOL_` values.
    pub dwProtocol: DWORD,
    /// Length of this structure in bytes.
    pub cbPciLength: DWORD,
}

/// What is known of a reader, and what is new.
#[derive(Debug)]
#[cfg_attr(target_os = "macos", repr(C, packed))]
#[cfg_attr(not(target_os = "macos"), repr(C))]
pub struct SCARD_READERSTATE {
    /// Name of the reader, ended by a zero byte.
    pub szReader: *const c_char,
    /// The caller's own.
    pub pvUserData: *mut c_void,
    /// `SCARD_STATE_` bits that the caller knows.
    pub dwCurrentState: DWORD,
    /// `SCARD_STATE_` bits as they are now; the upper half counts insertions and removals.
    pub dwEventState: DWORD,
    /// Length of the answer to reset in bytes.
    pub cbAtr: DWORD,
    /// The answer to reset.
    pub rgbAtr: [u8; ATR_BUFFER_SIZE],
}
