//! The key table. Every change decodes the whole trace anew; one of a stored key changes the store.

use crate::workbench::action::Action;
use crate::workbench::effect::Effect;
use crate::workbench::key_store::KeyTable;
use crate::workbench::state::Workbench;

impl Workbench {
    pub(super) fn apply_key(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::AddKey(key) => self.edit_keys(|table| table.keyring.keys.push(key)),
            Action::EditKey { index, key } if index < self.table.keyring.keys.len() => self
                .edit_keys(|table| {
                    if let Some(entry) = table.keyring.keys.get_mut(index) {
                        *entry = key;
                    }
                }),
            Action::RemoveKey(index) if index < self.table.keyring.keys.len() => {
                self.edit_keys(|table| table.remove_key(index))
            }
            Action::Undo => self.step_keys(true),
            Action::Redo => self.step_keys(false),
            _ => Vec::new(),
        }
    }

    /// One edit that can be taken back. Keys that are added to an open store's table are the store's.
    pub(super) fn edit_keys(&mut self, edit: impl FnOnce(&mut KeyTable)) -> Vec<Effect> {
        let before = self.table.clone();
        self.key_edits.keep(&before);
        edit(&mut self.table);
        let open = self.store.as_ref().is_some_and(|store| !store.is_locked());
        self.table.own_new(open);
        self.stored_edited(&before);
        self.keys_changed()
    }

    fn step_keys(&mut self, back: bool) -> Vec<Effect> {
        let before = self.table.clone();
        if back {
            self.key_edits.undo(&mut self.table);
        } else {
            self.key_edits.redo(&mut self.table);
        }
        self.stored_edited(&before);
        self.keys_changed()
    }

    /// Counts an edit of the store, when it was one.
    fn stored_edited(&mut self, before: &KeyTable) {
        let edited = before.part(true) != self.table.part(true);
        if let Some(store) = self.store.as_mut().filter(|_| edited) {
            store.edits += 1;
        }
    }
}
