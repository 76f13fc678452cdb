//! Top-up over the air: the example application of AN12113 and its sequences (top-up reference §3–§5).

pub mod application;
mod arrival;
mod decide;
mod files;
mod host;
mod personalise;
mod spend;
pub mod templates;
mod topup;

pub use decide::{Decide, Decision};
pub use host::{Ending, Messaging, TmvCheck, Unfinished};
pub use personalise::Personalise;
pub use spend::Spend;
pub use topup::{Booked, TopUp};
