//! Windows and macOS: PC/SC is part of the system and linked as usual.

use std::ffi::{c_char, c_void};

use super::types::{DWORD, LONG, SCARD_IO_REQUEST, SCARD_READERSTATE, SCARDCONTEXT, SCARDHANDLE};

/// PC/SC is always there.
///
/// # Errors
/// None on this system.
pub const fn available() -> Result<(), &'static str> {
    Ok(())
}

// SAFETY: the signatures are those of `winscard.h`, on macOS of the PCSC framework's header.
#[cfg_attr(windows, link(name = "winscard"))]
#[cfg_attr(target_os = "macos", link(name = "PCSC", kind = "framework"))]
unsafe extern "system" {
    /// For frames by T=0.
    pub static g_rgSCardT0Pci: SCARD_IO_REQUEST;
    /// For frames by T=1.
    pub static g_rgSCardT1Pci: SCARD_IO_REQUEST;
    /// For frames by no protocol.
    pub static g_rgSCardRawPci: SCARD_IO_REQUEST;

    /// Opens a connection to the service.
    pub fn SCardEstablishContext(
        scope: DWORD,
        reserved_1: *const c_void,
        reserved_2: *const c_void,
        context: *mut SCARDCONTEXT,
    ) -> LONG;

    /// Closes a connection to the service.
    pub fn SCardReleaseContext(context: SCARDCONTEXT) -> LONG;

    /// Whether the service still knows the connection.
    pub fn SCardIsValidContext(context: SCARDCONTEXT) -> LONG;

    /// Ends the waiting calls of a connection.
    pub fn SCardCancel(context: SCARDCONTEXT) -> LONG;

    /// Names the readers.
    #[cfg_attr(windows, link_name = "SCardListReadersA")]
    pub fn SCardListReaders(
        context: SCARDCONTEXT,
        groups: *const c_char,
        readers: *mut c_char,
        length: *mut DWORD,
    ) -> LONG;

    /// Waits until a reader's state differs from the one known.
    #[cfg_attr(windows, link_name = "SCardGetStatusChangeA")]
    pub fn SCardGetStatusChange(
        context: SCARDCONTEXT,
        timeout_ms: DWORD,
        states: *mut SCARD_READERSTATE,
        count: DWORD,
    ) -> LONG;

    /// Connects to a card.
    #[cfg_attr(windows, link_name = "SCardConnectA")]
    pub fn SCardConnect(
        context: SCARDCONTEXT,
        reader: *const c_char,
        share_mode: DWORD,
        protocols: DWORD,
        card: *mut SCARDHANDLE,
        active: *mut DWORD,
    ) -> LONG;

    /// Connects again, after a reset or with another sharing.
    pub fn SCardReconnect(
        card: SCARDHANDLE,
        share_mode: DWORD,
        protocols: DWORD,
        initialization: DWORD,
        active: *mut DWORD,
    ) -> LONG;

    /// Ends the connection to a card.
    pub fn SCardDisconnect(card: SCARDHANDLE, disposition: DWORD) -> LONG;

    /// Keeps other programs away from the card.
    pub fn SCardBeginTransaction(card: SCARDHANDLE) -> LONG;

    /// Lets other programs to the card again.
    pub fn SCardEndTransaction(card: SCARDHANDLE, disposition: DWORD) -> LONG;

    /// Says where the card is and what its answer to reset was.
    #[cfg_attr(windows, link_name = "SCardStatusA")]
    pub fn SCardStatus(
        card: SCARDHANDLE,
        names: *mut c_char,
        names_length: *mut DWORD,
        state: *mut DWORD,
        protocol: *mut DWORD,
        atr: *mut u8,
        atr_length: *mut DWORD,
    ) -> LONG;

    /// Reads an attribute of the reader.
    pub fn SCardGetAttrib(
        card: SCARDHANDLE,
        attribute: DWORD,
        value: *mut u8,
        length: *mut DWORD,
    ) -> LONG;

    /// Sets an attribute of the reader.
    pub fn SCardSetAttrib(
        card: SCARDHANDLE,
        attribute: DWORD,
        value: *const u8,
        length: DWORD,
    ) -> LONG;

    /// Sends a frame to the card and takes its answer.
    pub fn SCardTransmit(
        card: SCARDHANDLE,
        send_pci: *const SCARD_IO_REQUEST,
        command: *const u8,
        command_length: DWORD,
        receive_pci: *mut SCARD_IO_REQUEST,
        answer: *mut u8,
        answer_length: *mut DWORD,
    ) -> LONG;

    /// Sends the reader a command of its own.
    #[cfg_attr(target_os = "macos", link_name = "SCardControl132")]
    pub fn SCardControl(
        card: SCARDHANDLE,
        code: DWORD,
        command: *const u8,
        command_length: DWORD,
        answer: *mut u8,
        answer_room: DWORD,
        answer_length: *mut DWORD,
    ) -> LONG;
}
