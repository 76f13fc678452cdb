//! `decode --explain`: what known mistakes explain of a row, as text and as JSON.

use crate::bytes::hex;
use crate::explain::{Explanation, Input, InputBytes, Mistake};
use crate::session::rows::{self, Explained, ExplainedInput, ExplainedMistake};
use crate::trace::{Event, Exchange};

use super::text;

/// A row with its explanations.
pub(super) struct Line<'a> {
    /// Numbered as printed.
    pub(super) row: &'a Exchange,
    pub(super) events: &'a [Event],
    pub(super) conversation: Option<&'a str>,
    pub(super) secrets: bool,
    /// Printed number of the row at place 0.
    pub(super) first: usize,
    /// `None` where they were not asked for.
    pub(super) explanations: Option<&'a Vec<Explanation>>,
}

impl Line<'_> {
    /// One JSON object.
    pub(super) fn json(&self) -> String {
        let explained: Option<Vec<Explained>> = self.explanations.map(|explanations| {
            let explanations = explanations.iter();
            explanations
                .map(|explanation| self.explained(explanation))
                .collect()
        });
        let explained = explained.as_deref();
        let (row, conversation) = (self.row, self.conversation);
        rows::explained_row(row, self.events, conversation, self.secrets, explained)
    }

    /// A few lines.
    pub(super) fn text(&self) -> String {
        let mut lines = text::exchange(self.row, self.events, self.secrets);
        for explanation in self.explanations.into_iter().flatten() {
            let mut line = |mark: &str, content: &str| {
                lines.push_str("\n      ");
                lines.push_str(mark);
                lines.push_str(content);
            };
            let codes: Vec<&str> = explanation
                .mistakes
                .iter()
                .map(|mistake| mistake.code)
                .collect();
            let certain = if explanation.is_certain() {
                ""
            } else {
                "possible, "
            };
            let head = format!(
                "{} ({}{} bits) {}",
                codes.join(" + "),
                certain,
                explanation.bits,
                explanation.text(self.first)
            );
            line("? ", &head);
            for mistake in &explanation.mistakes {
                line("    ", &format!("{} {}", mistake.fix, mistake.section));
            }
            let at = explanation.difference();
            if !explanation.expected.is_empty() {
                line("    expected ", &marked(&explanation.expected, at));
            }
            if !explanation.received.is_empty() {
                line("    received ", &marked(&explanation.received, at));
            }
            let inputs: Vec<String> = explanation
                .inputs
                .iter()
                .map(|input| self.input_text(input))
                .collect();
            if !inputs.is_empty() {
                line("    from ", &inputs.join(", "));
            }
        }
        lines
    }

    fn input_text(&self, input: &Input) -> String {
        let row = input
            .row
            .map_or_else(String::new, |row| format!(" (row {})", row + self.first));
        format!("{} {}{row}", input.label, input.text(self.secrets))
    }

    fn explained(&self, explanation: &Explanation) -> Explained {
        let expected = Some(&explanation.expected).filter(|bytes| !bytes.is_empty());
        Explained {
            mistakes: explanation
                .mistakes
                .iter()
                .map(|mistake| named(mistake))
                .collect(),
            side: explanation.side.name(),
            certain: explanation.is_certain(),
            bits: explanation.bits,
            expected: expected.map(hex::upper),
            received: hex::upper(&explanation.received),
            difference: explanation.difference(),
            inputs: explanation
                .inputs
                .iter()
                .map(|input| {
                    let shown = self.secrets || matches!(input.bytes, InputBytes::Clear(_));
                    ExplainedInput {
                        label: input.label,
                        bytes: shown.then(|| input.text(self.secrets)),
                        row: input.row.map(|row| row + self.first),
                    }
                })
                .collect(),
        }
    }
}

const fn named(mistake: &Mistake) -> ExplainedMistake {
    ExplainedMistake {
        code: mistake.code,
        title: mistake.title,
        fix: mistake.fix,
        section: mistake.section,
        family: mistake.family.name(),
    }
}

/// Bytes with the first one that differs in brackets.
fn marked(bytes: &[u8], at: Option<usize>) -> String {
    let Some((before, [byte, after @ ..])) = at.and_then(|at| bytes.split_at_checked(at)) else {
        return hex::upper(bytes);
    };
    format!("{}[{byte:02X}]{}", hex::upper(before), hex::upper(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_that_differs_is_marked() {
        assert_eq!(marked(&[1, 2, 3], Some(1)), "01[02]03");
        assert_eq!(marked(&[1, 2, 3], Some(0)), "[01]0203");
        assert_eq!(marked(&[1, 2], Some(2)), "0102");
        assert_eq!(marked(&[1, 2], None), "0102");
    }
}
