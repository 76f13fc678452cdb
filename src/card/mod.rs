//! The data sheet as values, without cryptography.

mod access;
mod aid;
pub mod atr;
pub mod identity;
pub mod inventory;
mod keys;
pub mod known;
pub mod memory;
pub mod product;
pub mod settings;
mod version;

pub use access::{Access, AccessRights, CommMode, Right};
pub use aid::Aid;
pub use keys::{ApplicationKeys, KeySettings, KeyType};
pub use version::{Version, VersionPart};
