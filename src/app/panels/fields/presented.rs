//! The reader that a row happened at, and the card in it.

use eframe::egui::Ui;

use super::line::{Fold, Line, Lines, digits, words};
use crate::app::drafts::Drafts;
use crate::bytes::hex;
use crate::card::identity::Identity;
use crate::trace::Presented;

pub(super) fn presented_ui(
    ui: &mut Ui,
    drafts: &mut Drafts,
    lines: &mut Lines,
    presented: &Presented,
) {
    let head = Line {
        label: format!("Reader {}", presented.reader),
        name: "Reader",
        value: words(ui, presented.reader.clone()),
        fold: Some(Fold {
            key: "Reader",
            open: false,
        }),
        ..Line::default()
    };
    if !lines.add(ui, drafts, head) {
        return;
    }
    let atr = hex::upper(&presented.atr);
    let says = Identity::by_atr(&presented.atr).text();
    for (name, value, len) in [
        ("ATR", digits(ui, atr), Some(presented.atr.len())),
        ("Says", words(ui, says), None),
    ] {
        let line = Line {
            label: format!("{name} {}", value.text),
            name,
            value,
            len,
            depth: 1,
            ..Line::default()
        };
        lines.add(ui, drafts, line);
    }
}
