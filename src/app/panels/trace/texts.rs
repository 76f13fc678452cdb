//! Texts of rows that cost more than a look-up, kept while their rows are in view.

use std::collections::BTreeMap;

use eframe::egui::{Id, Ui};

use crate::trace::Exchange;
use crate::workbench::{AidOrder, Workbench};

/// Texts by row, valid until the rows are replaced.
#[derive(Clone, Default)]
struct Texts {
    rows_no: u64,
    aid_order: AidOrder,
    made: BTreeMap<usize, String>,
}

/// Some screenfuls; more is thrown away as a whole.
const MOST: usize = 512;

/// The text of a row, made when it was not made lately.
pub(super) fn kept(
    bench: &Workbench,
    ui: &Ui,
    row: &Exchange,
    make: impl FnOnce(&Workbench, &Exchange) -> String,
) -> String {
    let id = Id::unique("texts of rows");
    let known = ui.data_mut(|data| {
        let kept = data.get_temp_mut_or_default::<Texts>(id);
        let aid_order = bench.settings().aid_order;
        let old = (kept.rows_no, kept.aid_order) != (bench.rows_no(), aid_order);
        if old || kept.made.len() > MOST {
            *kept = Texts {
                rows_no: bench.rows_no(),
                aid_order,
                made: BTreeMap::new(),
            };
        }
        kept.made.get(&row.index).cloned()
    });
    known.unwrap_or_else(|| {
        let text = make(bench, row);
        ui.data_mut(|data| {
            let kept = data.get_temp_mut_or_default::<Texts>(id);
            kept.made.insert(row.index, text.clone());
        });
        text
    })
}
