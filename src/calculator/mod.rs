//! The calculator: one topic a page, each a table of worked steps as in the application notes.
//!
//! A [`Topic`] names its inputs and computes its table; panel, command line and tests know nothing more about it. Each
//! step goes through a [`Sheet`], which gives back the step's bytes or what the user put in their place: so every value
//! in the middle can be changed and the rest follows, without a line of code in the topic. [`explain()`] leans on the
//! same thing: it computes the table again with one or two known mistakes made and names those that give the value the
//! user has.
//!
//! To add a topic, write its file in `topics/` and its line in [`TOPICS`]: subcommand, page, copying, checks of the
//! inputs and explanations are there then.

pub mod batch;
mod explain;
mod input;
pub mod ledger;
mod mine;
pub mod open;
mod print;
mod sheet;
mod topic;
mod topics;

pub use explain::{Explanation, explain};
pub use input::{Inputs, Place, Slip, Texts, Weight};
pub use mine::{Beside, Comparison, compare};
pub use print::{HIDDEN, markdown, text, value};
pub use sheet::{Content, Line, Overrides, Role, Sheet, StepBytes};
pub use topic::{Choice, Example, Field, Kind, Need, Outcome, Topic};
pub use topics::TOPICS;

/// The topic of a subcommand or page.
pub fn topic(id: &str) -> Option<&'static Topic> {
    TOPICS.iter().copied().find(|topic| topic.id == id)
}
