//! What costs more than a look-up at a row, kept while its row is in view.

use std::collections::BTreeMap;

use eframe::egui::{Id, Ui};

use crate::trace::Exchange;
use crate::workbench::{AidOrder, Workbench};

/// Findings about rows by row, valid until what they are made of changes.
#[derive(Clone)]
struct Kept<T> {
    made_for: (u64, u64, AidOrder),
    made: BTreeMap<usize, T>,
}

/// Some screenfuls; more is thrown away as a whole.
const MOST: usize = 512;

/// What was found about a row, made when it was not made lately. `what` names it.
pub(super) fn kept<T: Clone + Send + Sync + 'static>(
    bench: &Workbench,
    ui: &Ui,
    what: &'static str,
    row: &Exchange,
    make: impl FnOnce() -> T,
) -> T {
    let id = Id::unique(("kept of rows", what));
    let made_for = (
        bench.rows_no(),
        bench.looks_no(),
        bench.settings().aid_order,
    );
    let empty = || Kept::<T> {
        made_for,
        made: BTreeMap::new(),
    };
    let known = ui.data_mut(|data| {
        let kept = data.get_temp_mut_or_insert_with(id, empty);
        if kept.made_for != made_for || kept.made.len() > MOST {
            *kept = empty();
        }
        kept.made.get(&row.index).cloned()
    });
    known.unwrap_or_else(|| {
        let one = make();
        ui.data_mut(|data| {
            let kept = data.get_temp_mut_or_insert_with(id, empty);
            kept.made.insert(row.index, one.clone());
        });
        one
    })
}
