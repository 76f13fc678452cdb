//! The host's end, without I/O: one command with its frames, and scripts of commands.
//!
//! The caller moves bytes: it asks [`Runner::poll_transmit`] for the next frame, sends it, and hands the
//! answer to [`Runner::handle_response`].

mod authenticate;
mod host;
mod identify;
mod iso;
mod protection;
mod request;
mod runner;
mod script;

pub use host::Host;
pub use identify::Identify;
pub use request::{HostError, Reply, Request};
pub use runner::{RunError, Runner};
pub use script::{Outcome, Script, Step};
