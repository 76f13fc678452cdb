//! `--choice NAME=VALUE`: what an embedded card does where sources conflict, and the list of these points.

use std::io::Write;

use crate::virtual_card::{Profile, Values};

use super::args::ChoiceOptions;
use super::{BadInput, Outcome, files};

/// Chooses as the options say; what they do not name stays.
pub(super) fn apply(options: &ChoiceOptions, profile: &mut Profile) -> Result<(), BadInput> {
    for choice in &options.choice {
        let (name, value) = choice
            .split_once('=')
            .ok_or_else(|| BadInput(format!("--choice is {choice:?}, expected NAME=VALUE")))?;
        profile
            .set(name, value)
            .map_err(|error| BadInput(format!("--choice: {error}")))?;
    }
    Ok(())
}

/// Prints all points: name, values, what conflicts.
pub(super) fn list(out: &mut impl Write) -> Result<Outcome, BadInput> {
    for choice in Profile::choices() {
        let default = choice.default_value();
        let values = match choice.values() {
            Values::Words(words) => words.join("|"),
            number @ Values::Number => format!("{number}, default {default}"),
        };
        files::print(out, &format!("{}={values}", choice.name()))?;
        files::print(out, &format!("    {}", choice.reason()))?;
    }
    Ok(Outcome::Fine)
}
