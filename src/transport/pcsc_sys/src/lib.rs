//! What the `pcsc` crate needs of PC/SC (PC/SC part 5; `winscard.h`, pcsclite 1.9).
//!
//! It takes the place of the crate of the same name: that one links libpcsclite, so that a program with it neither
//! builds without the development package nor starts without the library. Windows and macOS always have PC/SC and
//! are linked here too. Everywhere else the library is opened at the first call, and [`available`] says why not.
//!
//! Names and types are those of the C interface, because `pcsc` uses them by name.

#![allow(
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    reason = "the names of the C interface"
)]

mod constants;
#[cfg(any(windows, target_os = "macos"))]
mod linked;
#[cfg(not(any(windows, target_os = "macos")))]
mod loaded;
mod types;

pub use constants::*;
#[cfg(any(windows, target_os = "macos"))]
pub use linked::*;
#[cfg(not(any(windows, target_os = "macos")))]
pub use loaded::*;
pub use types::*;
