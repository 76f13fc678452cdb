//! DESFire commands, a file per family of the command table (DESFire reference §2).

pub mod application;
pub mod auth;
pub mod config;
pub mod data;
pub mod files;
pub mod identity;
pub mod keys;
pub mod picc;
pub mod record;
pub mod settings;
pub mod transaction;
pub mod value;
