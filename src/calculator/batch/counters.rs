//! The counters of one card in the order of a file: replays, what came late, what is between and never came.

use std::collections::BTreeMap;

/// Where a row stands among those of its card, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The first of its card.
    First,
    /// One more than the highest before.
    Next,
    /// Higher, with others between that did not come so far; the first of those.
    Jump(u32),
    /// Lower than one before, but new.
    Late,
    /// The same as in this line, with the same content.
    Duplicate(u64),
    /// The counter of this line, with other content: a card counts each number once only.
    Conflict(u64),
    /// Not known.
    None,
}

impl Order {
    /// Whether the counter came before.
    pub const fn is_replay(self) -> bool {
        matches!(self, Self::Duplicate(_) | Self::Conflict(_))
    }
}

/// Rows by their counter.
#[derive(Debug, Default)]
pub(super) struct Counters(BTreeMap<u32, usize>);

impl Counters {
    /// Takes the counter of a row; `earlier` gives line and sameness of an earlier row that had it.
    pub(super) fn place(
        &mut self,
        counter: u32,
        row: usize,
        earlier: impl FnOnce(usize) -> Option<(u64, bool)>,
    ) -> Order {
        let highest = self.ends().map(|(_, highest)| highest);
        if let Some((line, same)) = self.0.get(&counter).and_then(|before| earlier(*before)) {
            return if same {
                Order::Duplicate(line)
            } else {
                Order::Conflict(line)
            };
        }
        self.0.insert(counter, row);
        match highest {
            None => Order::First,
            Some(highest) if counter < highest => Order::Late,
            Some(highest) if counter - highest == 1 => Order::Next,
            Some(highest) => Order::Jump(highest + 1),
        }
    }

    /// Different counters that came.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Lowest and highest.
    pub(super) fn ends(&self) -> Option<(u32, u32)> {
        let (first, _) = self.0.first_key_value()?;
        let (last, _) = self.0.last_key_value()?;
        Some((*first, *last))
    }

    /// Between them what never came, first and last of each gap.
    pub(super) fn gaps(&self) -> impl Iterator<Item = (u32, u32)> {
        let pairs = self.0.keys().zip(self.0.keys().skip(1));
        pairs
            .filter(|(one, next)| **next - **one > 1)
            .map(|(one, next)| (one + 1, next - 1))
    }
}
