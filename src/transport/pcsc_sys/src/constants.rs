//! Codes of the interface (PC/SC part 5; `winscard.h`, pcsclite 1.9).

#![allow(missing_docs, reason = "the names are those of the specification")]

use super::types::{DWORD, LONG};

pub const SCARD_S_SUCCESS: LONG = 0;
pub const SCARD_F_INTERNAL_ERROR: LONG = status(0x01);
pub const SCARD_E_CANCELLED: LONG = status(0x02);
pub const SCARD_E_INVALID_HANDLE: LONG = status(0x03);
pub const SCARD_E_INVALID_PARAMETER: LONG = status(0x04);
pub const SCARD_E_INVALID_TARGET: LONG = status(0x05);
pub const SCARD_E_NO_MEMORY: LONG = status(0x06);
pub const SCARD_F_WAITED_TOO_LONG: LONG = status(0x07);
pub const SCARD_E_INSUFFICIENT_BUFFER: LONG = status(0x08);
pub const SCARD_E_UNKNOWN_READER: LONG = status(0x09);
pub const SCARD_E_TIMEOUT: LONG = status(0x0A);
pub const SCARD_E_SHARING_VIOLATION: LONG = status(0x0B);
pub const SCARD_E_NO_SMARTCARD: LONG = status(0x0C);
pub const SCARD_E_UNKNOWN_CARD: LONG = status(0x0D);
pub const SCARD_E_CANT_DISPOSE: LONG = status(0x0E);
pub const SCARD_E_PROTO_MISMATCH: LONG = status(0x0F);
pub const SCARD_E_NOT_READY: LONG = status(0x10);
pub const SCARD_E_INVALID_VALUE: LONG = status(0x11);
pub const SCARD_E_SYSTEM_CANCELLED: LONG = status(0x12);
pub const SCARD_F_COMM_ERROR: LONG = status(0x13);
pub const SCARD_F_UNKNOWN_ERROR: LONG = status(0x14);
pub const SCARD_E_INVALID_ATR: LONG = status(0x15);
pub const SCARD_E_NOT_TRANSACTED: LONG = status(0x16);
pub const SCARD_E_READER_UNAVAILABLE: LONG = status(0x17);
pub const SCARD_P_SHUTDOWN: LONG = status(0x18);
pub const SCARD_E_PCI_TOO_SMALL: LONG = status(0x19);
pub const SCARD_E_READER_UNSUPPORTED: LONG = status(0x1A);
pub const SCARD_E_DUPLICATE_READER: LONG = status(0x1B);
pub const SCARD_E_CARD_UNSUPPORTED: LONG = status(0x1C);
pub const SCARD_E_NO_SERVICE: LONG = status(0x1D);
pub const SCARD_E_SERVICE_STOPPED: LONG = status(0x1E);
pub const SCARD_E_UNEXPECTED: LONG = status(0x1F);
pub const SCARD_E_ICC_INSTALLATION: LONG = status(0x20);
pub const SCARD_E_ICC_CREATEORDER: LONG = status(0x21);
pub const SCARD_E_DIR_NOT_FOUND: LONG = status(0x23);
pub const SCARD_E_FILE_NOT_FOUND: LONG = status(0x24);
pub const SCARD_E_NO_DIR: LONG = status(0x25);
pub const SCARD_E_NO_FILE: LONG = status(0x26);
pub const SCARD_E_NO_ACCESS: LONG = status(0x27);
pub const SCARD_E_WRITE_TOO_MANY: LONG = status(0x28);
pub const SCARD_E_BAD_SEEK: LONG = status(0x29);
pub const SCARD_E_INVALID_CHV: LONG = status(0x2A);
pub const SCARD_E_UNKNOWN_RES_MNG: LONG = status(0x2B);
pub const SCARD_E_NO_SUCH_CERTIFICATE: LONG = status(0x2C);
pub const SCARD_E_CERTIFICATE_UNAVAILABLE: LONG = status(0x2D);
pub const SCARD_E_NO_READERS_AVAILABLE: LONG = status(0x2E);
pub const SCARD_E_COMM_DATA_LOST: LONG = status(0x2F);
pub const SCARD_E_NO_KEY_CONTAINER: LONG = status(0x30);
pub const SCARD_E_SERVER_TOO_BUSY: LONG = status(0x31);
pub const SCARD_W_UNSUPPORTED_CARD: LONG = status(0x65);
pub const SCARD_W_UNRESPONSIVE_CARD: LONG = status(0x66);
pub const SCARD_W_UNPOWERED_CARD: LONG = status(0x67);
pub const SCARD_W_RESET_CARD: LONG = status(0x68);
pub const SCARD_W_REMOVED_CARD: LONG = status(0x69);
pub const SCARD_W_SECURITY_VIOLATION: LONG = status(0x6A);
pub const SCARD_W_WRONG_CHV: LONG = status(0x6B);
pub const SCARD_W_CHV_BLOCKED: LONG = status(0x6C);
pub const SCARD_W_EOF: LONG = status(0x6D);
pub const SCARD_W_CANCELLED_BY_USER: LONG = status(0x6E);
pub const SCARD_W_CARD_NOT_AUTHENTICATED: LONG = status(0x6F);
pub const SCARD_W_CACHE_ITEM_NOT_FOUND: LONG = status(0x70);
pub const SCARD_W_CACHE_ITEM_STALE: LONG = status(0x71);
pub const SCARD_W_CACHE_ITEM_TOO_BIG: LONG = status(0x72);
/// The one code on which the platforms differ.
pub const SCARD_E_UNSUPPORTED_FEATURE: LONG = status(if cfg!(windows) { 0x22 } else { 0x1F });

/// Facility `8010` with this number. Where LONG has 32 bits the code is negative, elsewhere it is not.
#[allow(
    clippy::cast_possible_wrap,
    reason = "where LONG has 32 bits the interface means the bits of an unsigned code"
)]
const fn status(number: u32) -> LONG {
    (0x8010_0000 | number) as LONG
}

pub const SCARD_SCOPE_USER: DWORD = 0;
pub const SCARD_SCOPE_TERMINAL: DWORD = 1;
pub const SCARD_SCOPE_SYSTEM: DWORD = 2;
pub const SCARD_SCOPE_GLOBAL: DWORD = 3;

pub const SCARD_PROTOCOL_UNDEFINED: DWORD = 0;
pub const SCARD_PROTOCOL_T0: DWORD = 1;
pub const SCARD_PROTOCOL_T1: DWORD = 2;
pub const SCARD_PROTOCOL_RAW: DWORD = if cfg!(windows) { 0x1_0000 } else { 4 };
pub const SCARD_PROTOCOL_ANY: DWORD = SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1;

pub const SCARD_SHARE_EXCLUSIVE: DWORD = 1;
pub const SCARD_SHARE_SHARED: DWORD = 2;
pub const SCARD_SHARE_DIRECT: DWORD = 3;

pub const SCARD_LEAVE_CARD: DWORD = 0;
pub const SCARD_RESET_CARD: DWORD = 1;
pub const SCARD_UNPOWER_CARD: DWORD = 2;
pub const SCARD_EJECT_CARD: DWORD = 3;

pub const SCARD_UNKNOWN: DWORD = card_state(0);
pub const SCARD_ABSENT: DWORD = card_state(1);
pub const SCARD_PRESENT: DWORD = card_state(2);
pub const SCARD_SWALLOWED: DWORD = card_state(3);
pub const SCARD_POWERED: DWORD = card_state(4);
pub const SCARD_NEGOTIABLE: DWORD = card_state(5);
pub const SCARD_SPECIFIC: DWORD = card_state(6);

/// A state of `SCardStatus`: a number on Windows, a bit elsewhere.
const fn card_state(number: DWORD) -> DWORD {
    if cfg!(windows) { number } else { 1 << number }
}

pub const SCARD_STATE_UNAWARE: DWORD = 0x0000;
pub const SCARD_STATE_IGNORE: DWORD = 0x0001;
pub const SCARD_STATE_CHANGED: DWORD = 0x0002;
pub const SCARD_STATE_UNKNOWN: DWORD = 0x0004;
pub const SCARD_STATE_UNAVAILABLE: DWORD = 0x0008;
pub const SCARD_STATE_EMPTY: DWORD = 0x0010;
pub const SCARD_STATE_PRESENT: DWORD = 0x0020;
pub const SCARD_STATE_ATRMATCH: DWORD = 0x0040;
pub const SCARD_STATE_EXCLUSIVE: DWORD = 0x0080;
pub const SCARD_STATE_INUSE: DWORD = 0x0100;
pub const SCARD_STATE_MUTE: DWORD = 0x0200;
pub const SCARD_STATE_UNPOWERED: DWORD = 0x0400;

/// Waits without an end.
pub const INFINITE: DWORD = 0xFFFF_FFFF;

pub const SCARD_CLASS_SYSTEM: DWORD = 0;
pub const SCARD_CLASS_VENDOR_INFO: DWORD = 1;
pub const SCARD_CLASS_COMMUNICATIONS: DWORD = 2;
pub const SCARD_CLASS_PROTOCOL: DWORD = 3;
pub const SCARD_CLASS_POWER_MGMT: DWORD = 4;
pub const SCARD_CLASS_SECURITY: DWORD = 5;
pub const SCARD_CLASS_MECHANICAL: DWORD = 6;
pub const SCARD_CLASS_VENDOR_DEFINED: DWORD = 7;
pub const SCARD_CLASS_IFD_PROTOCOL: DWORD = 8;
pub const SCARD_CLASS_ICC_STATE: DWORD = 9;

/// An attribute of a class.
const fn attribute(class: DWORD, number: DWORD) -> DWORD {
    (class << 16) | number
}

pub const SCARD_ATTR_VENDOR_NAME: DWORD = attribute(SCARD_CLASS_VENDOR_INFO, 0x0100);
pub const SCARD_ATTR_VENDOR_IFD_TYPE: DWORD = attribute(SCARD_CLASS_VENDOR_INFO, 0x0101);
pub const SCARD_ATTR_VENDOR_IFD_VERSION: DWORD = attribute(SCARD_CLASS_VENDOR_INFO, 0x0102);
pub const SCARD_ATTR_VENDOR_IFD_SERIAL_NO: DWORD = attribute(SCARD_CLASS_VENDOR_INFO, 0x0103);
pub const SCARD_ATTR_CHANNEL_ID: DWORD = attribute(SCARD_CLASS_COMMUNICATIONS, 0x0110);
pub const SCARD_ATTR_ASYNC_PROTOCOL_TYPES: DWORD = attribute(SCARD_CLASS_PROTOCOL, 0x0120);
pub const SCARD_ATTR_DEFAULT_CLK: DWORD = attribute(SCARD_CLASS_PROTOCOL, 0x0121);
pub const SCARD_ATTR_MAX_CLK: DWORD = attribute(SCARD_CLASS_PROTOCOL, 0x0122);
pub const SCARD_ATTR_DEFAULT_DATA_RATE: DWORD = attribute(SCARD_CLASS_PROTOCOL, 0x0123);
pub const SCARD_ATTR_MAX_DATA_RATE: DWORD = attribute(SCARD_CLASS_PROTOCOL, 0x0124);
pub const SCARD_ATTR_MAX_IFSD: DWORD = attribute(SCARD_CLASS_PROTOCOL, 0x0125);
pub const SCARD_ATTR_SYNC_PROTOCOL_TYPES: DWORD = attribute(SCARD_CLASS_PROTOCOL, 0x0126);
pub const SCARD_ATTR_POWER_MGMT_SUPPORT: DWORD = attribute(SCARD_CLASS_POWER_MGMT, 0x0131);
pub const SCARD_ATTR_USER_TO_CARD_AUTH_DEVICE: DWORD = attribute(SCARD_CLASS_SECURITY, 0x0140);
pub const SCARD_ATTR_USER_AUTH_INPUT_DEVICE: DWORD = attribute(SCARD_CLASS_SECURITY, 0x0142);
pub const SCARD_ATTR_CHARACTERISTICS: DWORD = attribute(SCARD_CLASS_MECHANICAL, 0x0150);
pub const SCARD_ATTR_CURRENT_PROTOCOL_TYPE: DWORD = attribute(SCARD_CLASS_IFD_PROTOCOL, 0x0201);
pub const SCARD_ATTR_CURRENT_CLK: DWORD = attribute(SCARD_CLASS_IFD_PROTOCOL, 0x0202);
pub const SCARD_ATTR_CURRENT_F: DWORD = attribute(SCARD_CLASS_IFD_PROTOCOL, 0x0203);
pub const SCARD_ATTR_CURRENT_D: DWORD = attribute(SCARD_CLASS_IFD_PROTOCOL, 0x0204);
pub const SCARD_ATTR_CURRENT_N: DWORD = attribute(SCARD_CLASS_IFD_PROTOCOL, 0x0205);
pub const SCARD_ATTR_CURRENT_W: DWORD = attribute(SCARD_CLASS_IFD_PROTOCOL, 0x0206);
pub const SCARD_ATTR_CURRENT_IFSC: DWORD = attribute(SCARD_CLASS_IFD_PROTOCOL, 0x0207);
pub const SCARD_ATTR_CURRENT_IFSD: DWORD = attribute(SCARD_CLASS_IFD_PROTOCOL, 0x0208);
pub const SCARD_ATTR_CURRENT_BWT: DWORD = attribute(SCARD_CLASS_IFD_PROTOCOL, 0x0209);
pub const SCARD_ATTR_CURRENT_CWT: DWORD = attribute(SCARD_CLASS_IFD_PROTOCOL, 0x020A);
pub const SCARD_ATTR_CURRENT_EBC_ENCODING: DWORD = attribute(SCARD_CLASS_IFD_PROTOCOL, 0x020B);
pub const SCARD_ATTR_EXTENDED_BWT: DWORD = attribute(SCARD_CLASS_IFD_PROTOCOL, 0x020C);
pub const SCARD_ATTR_ICC_PRESENCE: DWORD = attribute(SCARD_CLASS_ICC_STATE, 0x0300);
pub const SCARD_ATTR_ICC_INTERFACE_STATUS: DWORD = attribute(SCARD_CLASS_ICC_STATE, 0x0301);
pub const SCARD_ATTR_CURRENT_IO_STATE: DWORD = attribute(SCARD_CLASS_ICC_STATE, 0x0302);
pub const SCARD_ATTR_ATR_STRING: DWORD = attribute(SCARD_CLASS_ICC_STATE, 0x0303);
pub const SCARD_ATTR_ICC_TYPE_PER_ATR: DWORD = attribute(SCARD_CLASS_ICC_STATE, 0x0304);
pub const SCARD_ATTR_ESC_RESET: DWORD = attribute(SCARD_CLASS_VENDOR_DEFINED, 0xA000);
pub const SCARD_ATTR_ESC_CANCEL: DWORD = attribute(SCARD_CLASS_VENDOR_DEFINED, 0xA003);
pub const SCARD_ATTR_ESC_AUTHREQUEST: DWORD = attribute(SCARD_CLASS_VENDOR_DEFINED, 0xA005);
pub const SCARD_ATTR_MAXINPUT: DWORD = attribute(SCARD_CLASS_VENDOR_DEFINED, 0xA007);
pub const SCARD_ATTR_DEVICE_UNIT: DWORD = attribute(SCARD_CLASS_SYSTEM, 0x0001);
pub const SCARD_ATTR_DEVICE_IN_USE: DWORD = attribute(SCARD_CLASS_SYSTEM, 0x0002);
pub const SCARD_ATTR_DEVICE_FRIENDLY_NAME: DWORD = attribute(SCARD_CLASS_SYSTEM, 0x0003);
pub const SCARD_ATTR_DEVICE_SYSTEM_NAME: DWORD = attribute(SCARD_CLASS_SYSTEM, 0x0004);
pub const SCARD_ATTR_SUPRESS_T1_IFS_REQUEST: DWORD = attribute(SCARD_CLASS_SYSTEM, 0x0007);

/// The number of a reader's own command.
#[must_use]
pub const fn SCARD_CTL_CODE(code: DWORD) -> DWORD {
    if cfg!(windows) {
        0x0031_0000 | (code << 2)
    } else {
        0x4200_0000 + code
    }
}
