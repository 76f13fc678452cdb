//! The ways from a row of the trace into the calculator.

use std::sync::Arc;

use eframe::egui::Ui;

use crate::app::drafts::Drafts;
use crate::app::panels::Panel;
use crate::calculator::open::{self, Side, Way};
use crate::workbench::Workbench;

/// What of a row can be computed again.
fn ways(bench: &Workbench, drafts: &mut Drafts, row: usize) -> Arc<Vec<Way>> {
    let events = bench.log().events();
    let make = || open::from_row(bench.rows(), row, events, bench.keyring());
    drafts.calculator.ways((bench.rows_no(), row), make)
}

/// Opens a page with the inputs of a row.
fn open_way(bench: &Workbench, drafts: &mut Drafts, row: usize, way: &Way) {
    let name = bench.rows().get(row).map_or("", |row| row.name());
    drafts.calculator.open(way, (row, name, bench.trace_no()));
    drafts.show = Some(Panel::Calculator);
}

/// The entries of a row's menu.
pub(in crate::app::panels) fn menu_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    row: usize,
    ui: &mut Ui,
) {
    let ways = ways(bench, drafts, row);
    if ways.is_empty() {
        return;
    }
    ui.menu_button("Open in calculator", |ui| {
        for way in ways.iter() {
            if ui.button(way.title).clicked() {
                open_way(bench, drafts, row, way);
            }
        }
    });
    ui.separator();
}

/// Opens the page of the MAC of a side.
pub(in crate::app::panels) fn open_mac(
    bench: &Workbench,
    drafts: &mut Drafts,
    row: usize,
    side: Side,
) {
    let ways = ways(bench, drafts, row);
    if let Some(way) = ways.iter().find(|way| way.is_mac_of(side)) {
        open_way(bench, drafts, row, way);
    }
}

/// Whether the MAC of a side has a page.
pub(in crate::app::panels) fn has_mac(
    bench: &Workbench,
    drafts: &mut Drafts,
    row: usize,
    side: Side,
) -> bool {
    ways(bench, drafts, row)
        .iter()
        .any(|way| way.is_mac_of(side))
}
