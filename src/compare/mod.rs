//! Two traces by meaning: commands aligned, and what differs told at plaintext bytes.
//!
//! Two runs of one sequence share no cryptogram, no MAC and no counter, so their bytes on the wire say nothing. Here their
//! plaintext is compared, with application, key, protection and status; [`Ignore`] says what is passed over.
//!
//! What could not be read is not compared, and never counts as the same: two opaque exchanges of equal length are
//! [`Pair::Unread`]. Keys are compared and never shown.
//!
//! Not known here: that a file read with ReadData is a TransactionMAC file (its TMC and TMV count as data), and that the
//! exchanges of several readers lie between each other by chance (their order counts).

mod align;
mod difference;
mod fields;
mod ignore;
mod matching;
mod meaning;
mod pair;
mod view;

pub use difference::{Difference, FieldDifference, Piece, Side, What};
pub use ignore::{Aspect, Ignore};
pub use view::Unread;

use crate::trace::{Event, Exchange};

use view::View;

/// A decoded trace.
#[derive(Clone, Copy, Debug)]
pub struct Decoded<'a> {
    /// Its exchanges.
    pub rows: &'a [Exchange],
    /// The events that they came from.
    pub events: &'a [Event],
}

/// Two exchanges that stand for each other, or one that nothing stands for. `a` and `b` are indices of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pair {
    /// Nothing differs.
    Same {
        /// Row of A.
        a: usize,
        /// Row of B.
        b: usize,
    },
    /// Nothing differs in what could be read, which was not all.
    Unread {
        /// Row of A.
        a: usize,
        /// Row of B.
        b: usize,
        /// What could not be read.
        unread: Unread,
    },
    /// Something differs.
    Differs {
        /// Row of A.
        a: usize,
        /// Row of B.
        b: usize,
        /// What; at least one.
        differences: Vec<Difference>,
        /// What could not be read beside.
        unread: Unread,
    },
    /// An exchange that B does not have.
    OnlyA {
        /// Row of A.
        a: usize,
    },
    /// An exchange that A does not have.
    OnlyB {
        /// Row of B.
        b: usize,
    },
}

impl Pair {
    /// The rows in A and B.
    pub const fn rows(&self) -> (Option<usize>, Option<usize>) {
        match self {
            Self::Same { a, b } | Self::Unread { a, b, .. } | Self::Differs { a, b, .. } => {
                (Some(*a), Some(*b))
            }
            Self::OnlyA { a } => (Some(*a), None),
            Self::OnlyB { b } => (None, Some(*b)),
        }
    }

    /// Whether the traces differ here.
    pub const fn differs(&self) -> bool {
        matches!(
            self,
            Self::Differs { .. } | Self::OnlyA { .. } | Self::OnlyB { .. }
        )
    }

    /// The name used in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Same { .. } => "same",
            Self::Unread { .. } => "not compared",
            Self::Differs { .. } => "differs",
            Self::OnlyA { .. } => "only in A",
            Self::OnlyB { .. } => "only in B",
        }
    }
}

/// How many pairs there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Pairs without a difference.
    pub same: usize,
    /// Pairs that differ.
    pub differs: usize,
    /// Exchanges that B does not have.
    pub only_a: usize,
    /// Exchanges that A does not have.
    pub only_b: usize,
    /// Pairs without a difference in what could be read, which was not all.
    pub unread: usize,
}

/// Two traces side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// All exchanges of both, in order; of those that stand alone between two pairs, A's come first.
    pub pairs: Vec<Pair>,
    /// Their numbers.
    pub counts: Counts,
}

impl Comparison {
    /// Whether everything was read and nothing differs.
    pub const fn is_identical(&self) -> bool {
        self.counts.unread == 0 && !self.differs()
    }

    /// Whether something differs.
    pub const fn differs(&self) -> bool {
        self.counts.differs + self.counts.only_a + self.counts.only_b > 0
    }

    fn push(&mut self, pair: Pair) {
        let counts = &mut self.counts;
        let count = match pair {
            Pair::Same { .. } => &mut counts.same,
            Pair::Unread { .. } => &mut counts.unread,
            Pair::Differs { .. } => &mut counts.differs,
            Pair::OnlyA { .. } => &mut counts.only_a,
            Pair::OnlyB { .. } => &mut counts.only_b,
        };
        *count += 1;
        self.pairs.push(pair);
    }

    fn push_lone(&mut self, only_a: std::ops::Range<usize>, only_b: std::ops::Range<usize>) {
        only_a.for_each(|a| self.push(Pair::OnlyA { a }));
        only_b.for_each(|b| self.push(Pair::OnlyB { b }));
    }
}

/// Compares two traces.
pub fn compare(a: Decoded<'_>, b: Decoded<'_>, ignore: Ignore) -> Comparison {
    compare_while(a, b, ignore, &mut |_| true).unwrap_or_default()
}

/// Compares two traces as long as it is wanted: `go_on` is asked at each exchange, with a number that grows up to twice
/// the exchanges of both. `None` when it said no.
pub fn compare_while(
    a: Decoded<'_>,
    b: Decoded<'_>,
    ignore: Ignore,
    go_on: &mut dyn FnMut(usize) -> bool,
) -> Option<Comparison> {
    let mut done = 0;
    let mut step = |by: usize| {
        done += by;
        go_on(done)
    };
    let mut tokens = |trace: Decoded<'_>| {
        let mut all = Vec::with_capacity(trace.rows.len());
        for row in trace.rows {
            all.push(meaning::tokens(trace.view(row), ignore));
            if !step(1) {
                return None;
            }
        }
        Some(all)
    };
    let (of_a, of_b) = (tokens(a)?, tokens(b)?);
    let mut whole = Comparison::default();
    let (mut next_a, mut next_b) = (0, 0);
    for at in align::align(&of_a, &of_b) {
        if !step(2) {
            return None;
        }
        let (Some(row_a), Some(row_b)) = (a.rows.get(at.0), b.rows.get(at.1)) else {
            continue;
        };
        whole.push_lone(next_a..at.0, next_b..at.1);
        whole.push(pair::pair(a.view(row_a), b.view(row_b), at, ignore));
        (next_a, next_b) = (at.0 + 1, at.1 + 1);
    }
    whole.push_lone(next_a..a.rows.len(), next_b..b.rows.len());
    Some(whole)
}

impl<'a> Decoded<'a> {
    const fn view(self, row: &'a Exchange) -> View<'a> {
        View {
            row,
            events: self.events,
        }
    }
}
