//! Other systems: libpcsclite is opened at the first call.
//!
//! Each function of the interface forwards to the library. Without it every one answers `SCARD_E_NO_SERVICE`, so that
//! no caller has to know; [`available`] tells the two apart.

use std::error::Error;
use std::ffi::{c_char, c_void};
use std::sync::OnceLock;

use libloading::Library;

use super::constants::{
    SCARD_E_NO_SERVICE, SCARD_F_UNKNOWN_ERROR, SCARD_PROTOCOL_RAW, SCARD_PROTOCOL_T0,
    SCARD_PROTOCOL_T1, SCARD_S_SUCCESS,
};
use super::types::{DWORD, LONG, SCARD_IO_REQUEST, SCARD_READERSTATE, SCARDCONTEXT, SCARDHANDLE};

/// For frames by T=0.
pub static g_rgSCardT0Pci: SCARD_IO_REQUEST = pci(SCARD_PROTOCOL_T0);
/// For frames by T=1.
pub static g_rgSCardT1Pci: SCARD_IO_REQUEST = pci(SCARD_PROTOCOL_T1);
/// For frames by no protocol.
pub static g_rgSCardRawPci: SCARD_IO_REQUEST = pci(SCARD_PROTOCOL_RAW);

const fn pci(protocol: DWORD) -> SCARD_IO_REQUEST {
    SCARD_IO_REQUEST {
        dwProtocol: protocol,
        cbPciLength: size_of::<SCARD_IO_REQUEST>() as DWORD,
    }
}

/// Whether PC/SC can be used at all.
///
/// # Errors
/// Why the library could not be opened.
pub fn available() -> Result<(), &'static str> {
    functions().map(|_| ())
}

/// The library's file, the one with a version first: the other belongs to the development package.
const FILES: [&str; 2] = ["libpcsclite.so.1", "libpcsclite.so"];

fn functions() -> Result<&'static Functions, &'static str> {
    static OPENED: OnceLock<Result<Functions, String>> = OnceLock::new();
    let opened = OPENED.get_or_init(|| open(&FILES));
    opened.as_ref().map_err(String::as_str)
}

/// Opens the first file that there is; the reason is the one of the first file.
fn open(files: &[&str]) -> Result<Functions, String> {
    let mut reason = None;
    for file in files {
        // SAFETY: the files are libpcsclite under its own names; loading it runs no code that needs care.
        match unsafe { Library::new(*file) } {
            Ok(library) => return Functions::find(library),
            Err(error) => reason = reason.or_else(|| Some(cause(&error))),
        }
    }
    Err(reason.unwrap_or_else(|| "no file to open".to_owned()))
}

/// What the system said; the error itself only names the call.
fn cause(error: &libloading::Error) -> String {
    error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

/// The code itself, or "unknown" for one that `pcsc` has no name for: it would take it for a bug of its own.
const fn named(code: LONG) -> LONG {
    let number = code & 0xFFFF;
    let facility = code - number;
    let known = matches!(number, 0x01..=0x21 | 0x23..=0x31 | 0x65..=0x72);
    if code == SCARD_S_SUCCESS || known && facility == SCARD_F_UNKNOWN_ERROR & !0xFFFF {
        code
    } else {
        SCARD_F_UNKNOWN_ERROR
    }
}

/// Declares the functions of the interface: where they are kept, how they are found, and how they are called.
macro_rules! forward {
    ($($(#[$about:meta])* $name:ident($($argument:ident: $kind:ty),* $(,)?);)*) => {
        /// The library's functions.
        struct Functions {
            $($name: unsafe extern "system" fn($($kind),*) -> LONG,)*
            /// Kept open, or the functions would be gone.
            _library: Library,
        }

        impl Functions {
            fn find(library: Library) -> Result<Self, String> {
                Ok(Self {
                    $($name: {
                        // SAFETY: pcsclite's header gives the function of this name these types.
                        let found = unsafe { library.get(stringify!($name)) };
                        *found.map_err(|error| cause(&error))?
                    },)*
                    _library: library,
                })
            }
        }

        $(
            $(#[$about])*
            ///
            /// # Safety
            /// Pointers and lengths must be those that the function of this name in the PC/SC interface asks for.
            #[allow(clippy::too_many_arguments, reason = "as the C interface has them")]
            pub unsafe fn $name($($argument: $kind),*) -> LONG {
                functions().map_or(SCARD_E_NO_SERVICE, |functions| {
                    // SAFETY: the caller keeps the interface's rules; the library stays open for good.
                    named(unsafe { (functions.$name)($($argument),*) })
                })
            }
        )*
    };
}

forward! {
    /// Opens a connection to the service.
    SCardEstablishContext(
        scope: DWORD,
        reserved_1: *const c_void,
        reserved_2: *const c_void,
        context: *mut SCARDCONTEXT,
    );
    /// Closes a connection to the service.
    SCardReleaseContext(context: SCARDCONTEXT);
    /// Whether the service still knows the connection.
    SCardIsValidContext(context: SCARDCONTEXT);
    /// Ends the waiting calls of a connection.
    SCardCancel(context: SCARDCONTEXT);
    /// Names the readers.
    SCardListReaders(
        context: SCARDCONTEXT,
        groups: *const c_char,
        readers: *mut c_char,
        length: *mut DWORD,
    );
    /// Waits until a reader's state differs from the one known.
    SCardGetStatusChange(
        context: SCARDCONTEXT,
        timeout_ms: DWORD,
        states: *mut SCARD_READERSTATE,
        count: DWORD,
    );
    /// Connects to a card.
    SCardConnect(
        context: SCARDCONTEXT,
        reader: *const c_char,
        share_mode: DWORD,
        protocols: DWORD,
        card: *mut SCARDHANDLE,
        active: *mut DWORD,
    );
    /// Connects again, after a reset or with another sharing.
    SCardReconnect(
        card: SCARDHANDLE,
        share_mode: DWORD,
        protocols: DWORD,
        initialization: DWORD,
        active: *mut DWORD,
    );
    /// Ends the connection to a card.
    SCardDisconnect(card: SCARDHANDLE, disposition: DWORD);
    /// Keeps other programs away from the card.
    SCardBeginTransaction(card: SCARDHANDLE);
    /// Lets other programs to the card again.
    SCardEndTransaction(card: SCARDHANDLE, disposition: DWORD);
    /// Says where the card is and what its answer to reset was.
    SCardStatus(
        card: SCARDHANDLE,
        names: *mut c_char,
        names_length: *mut DWORD,
        state: *mut DWORD,
        protocol: *mut DWORD,
        atr: *mut u8,
        atr_length: *mut DWORD,
    );
    /// Reads an attribute of the reader.
    SCardGetAttrib(card: SCARDHANDLE, attribute: DWORD, value: *mut u8, length: *mut DWORD);
    /// Sets an attribute of the reader.
    SCardSetAttrib(card: SCARDHANDLE, attribute: DWORD, value: *const u8, length: DWORD);
    /// Sends a frame to the card and takes its answer.
    SCardTransmit(
        card: SCARDHANDLE,
        send_pci: *const SCARD_IO_REQUEST,
        command: *const u8,
        command_length: DWORD,
        receive_pci: *mut SCARD_IO_REQUEST,
        answer: *mut u8,
        answer_length: *mut DWORD,
    );
    /// Sends the reader a command of its own.
    SCardControl(
        card: SCARDHANDLE,
        code: DWORD,
        command: *const u8,
        command_length: DWORD,
        answer: *mut u8,
        answer_room: DWORD,
        answer_length: *mut DWORD,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::constants::SCARD_E_NO_ACCESS;

    #[test]
    fn a_missing_library_is_named() {
        let missing = open(&["libno-such-1.so", "libno-such-2.so"]);
        let reason = missing.err().expect("there is none");
        assert!(reason.contains("libno-such-1.so"), "{reason}");
    }

    #[cfg(target_env = "gnu")]
    #[test]
    fn a_foreign_library_lacks_the_functions() {
        let foreign = open(&["libc.so.6"]);
        let reason = foreign.err().expect("the C library has no readers");
        assert!(reason.contains("SCardEstablishContext"), "{reason}");
    }

    #[test]
    fn codes_without_a_name_become_unknown() {
        for code in [SCARD_S_SUCCESS, SCARD_E_NO_SERVICE, SCARD_E_NO_ACCESS] {
            assert_eq!(named(code), code);
        }
        for code in [SCARD_E_NO_SERVICE + 5, 1, 0x8010_0073, 0x8011_0001, -1] {
            assert_eq!(named(code), SCARD_F_UNKNOWN_ERROR, "{code:X}");
        }
    }

    #[test]
    fn the_service_says_no_where_the_library_is_missing() {
        let mut context = 0;
        let nothing = std::ptr::null();
        // SAFETY: the reserved pointers are null and the context outlives the call.
        let status = unsafe { SCardEstablishContext(0, nothing, nothing, &raw mut context) };
        if available().is_err() {
            assert_eq!(status, SCARD_E_NO_SERVICE);
        } else {
            assert_eq!(status == SCARD_S_SUCCESS, context != 0);
            // SAFETY: a context that was not opened is refused.
            unsafe { SCardReleaseContext(context) };
        }
    }
}
