//! What every layer reports with: fields of a message, findings about it, worked steps of a computation, sentences.

mod capital;
mod field;
mod finding;
mod worked;

pub use capital::capital;
pub use field::{Field, Place};
pub use finding::{Finding, Severity};
pub use worked::{Step, Worked};
