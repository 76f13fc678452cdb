//! The key table. Every change decodes the whole trace anew.

use crate::workbench::action::Action;
use crate::workbench::effect::Effect;
use crate::workbench::state::Workbench;

impl Workbench {
    pub(super) fn apply_key(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::AddKey(key) => {
                self.key_edits.keep(&self.keyring);
                self.keyring.keys.push(key);
            }
            Action::EditKey { index, key } => {
                let before = self.keyring.clone();
                let Some(entry) = self.keyring.keys.get_mut(index) else {
                    return Vec::new();
                };
                *entry = key;
                self.key_edits.keep(&before);
            }
            Action::RemoveKey(index) if index < self.keyring.keys.len() => {
                self.key_edits.keep(&self.keyring);
                self.keyring.keys.remove(index);
            }
            Action::Undo => {
                self.key_edits.undo(&mut self.keyring);
            }
            Action::Redo => {
                self.key_edits.redo(&mut self.keyring);
            }
            _ => return Vec::new(),
        }
        self.keys_changed()
    }
}
