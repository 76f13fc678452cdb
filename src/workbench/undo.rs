//! Undo by snapshots: small states, kept whole.

/// Earlier and later states of one edited thing.
#[derive(Clone, Debug, Default)]
pub(super) struct Undo<T> {
    past: Vec<T>,
    future: Vec<T>,
}

/// How many steps can be taken back.
const DEPTH: usize = 100;

impl<T: Clone> Undo<T> {
    /// Keeps the state before an edit.
    pub(super) fn keep(&mut self, state: &T) {
        self.future.clear();
        self.past.push(state.clone());
        if self.past.len() > DEPTH {
            self.past.remove(0);
        }
    }

    /// Goes one step back.
    pub(super) fn undo(&mut self, state: &mut T) -> bool {
        let Some(before) = self.past.pop() else {
            return false;
        };
        self.future.push(std::mem::replace(state, before));
        true
    }

    /// Goes one step forward.
    pub(super) fn redo(&mut self, state: &mut T) -> bool {
        let Some(after) = self.future.pop() else {
            return false;
        };
        self.past.push(std::mem::replace(state, after));
        true
    }

    pub(super) const fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    pub(super) const fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}
