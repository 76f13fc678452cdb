//! What holds for the text of every file.
use std::path::Path;

use super::rules::Complaint;

/// The longest file, tests counted. Above some 500 lines, ask whether it is one idea.
pub(crate) const MOST_LINES: usize = 800;

/// Too many lines, and tabs.
pub(crate) fn check(file: &Path, text: &str) -> Vec<Complaint> {
    let lines = text.lines().count();
    let too_long = (lines > MOST_LINES).then(|| {
        Complaint::new(
            file,
            MOST_LINES + 1,
            format!("{lines} lines; a file has at most {MOST_LINES}"),
        )
    });
    let tabs = (1..)
        .zip(text.lines())
        .filter(|(_, line)| line.contains('\t'));
    let tabs =
        tabs.map(|(line, _)| Complaint::new(file, line, "a tab; indent with spaces".to_owned()));
    too_long.into_iter().chain(tabs).collect()
}
