//! Key files of every form.

use crate::report::Finding;
use crate::session::keys::{self, AidOrder, ImportOptions};

use crate::workbench::effect::Effect;
use crate::workbench::notice::NoticeKind;
use crate::workbench::searching::KeyText;
use crate::workbench::state::Workbench;

impl Workbench {
    /// A key file was read; a table with AIDs waits until somebody says how these are written.
    pub(super) fn keys_read(&mut self, name: String, bytes: Vec<u8>) -> Vec<Effect> {
        if keys::asks_aid_order(&bytes, None) {
            self.asking = Some((name, KeyText(bytes)));
            return Vec::new();
        }
        self.import(&name, &bytes, None)
    }

    /// Imports the table that asked, or lets it go.
    pub(super) fn import_as(&mut self, order: Option<AidOrder>) -> Vec<Effect> {
        match (self.asking.take(), order) {
            (Some((name, bytes)), Some(order)) => self.import(&name, &bytes.0, Some(order)),
            _ => Vec::new(),
        }
    }

    fn import(&mut self, name: &str, bytes: &[u8], aid_order: Option<AidOrder>) -> Vec<Effect> {
        let options = ImportOptions {
            format: None,
            aid_order,
            name,
        };
        let mut reading = match keys::import(bytes, options) {
            Ok(reading) => reading,
            Err(error) => {
                self.notify(NoticeKind::Failure, format!("{name}: {error}"), "");
                return Vec::new();
            }
        };
        let own = &self.table.keyring;
        reading.value.keys.retain(|key| !own.keys.contains(key));
        reading
            .value
            .sessions
            .retain(|session| !own.sessions.contains(session));
        let count = reading.value.keys.len() + reading.value.sessions.len();
        let effects = self.edit_keys(|table| table.keyring.extend(reading.value));
        let bad = reading.findings.len();
        let (kind, text) = match bad {
            0 => (
                NoticeKind::Info,
                format!("{count} keys imported from {name}"),
            ),
            1 => (
                NoticeKind::Warning,
                format!("{count} keys imported from {name}, 1 line can't be read"),
            ),
            bad => (
                NoticeKind::Warning,
                format!("{count} keys imported from {name}, {bad} lines can't be read"),
            ),
        };
        self.notify(kind, text, told(&reading.findings));
        effects
    }
}

/// The first findings in lines.
fn told(findings: &[Finding]) -> String {
    const MOST: usize = 20;
    let lines = findings
        .iter()
        .take(MOST)
        .map(|finding| match (&finding.expected, &finding.got) {
            (Some(expected), Some(got)) => {
                format!("{}, expected {expected}, got {got}", finding.text)
            }
            _ => finding.text.clone(),
        });
    let mut lines: Vec<String> = lines.collect();
    if findings.len() > MOST {
        lines.push(format!("and {} more", findings.len() - MOST));
    }
    lines.join("\n")
}
