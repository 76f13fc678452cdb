//! The panels: a registry line each; a test visits every one.

mod bytes;
mod calculator;
mod card;
mod compare;
mod explain;
mod fields;
mod keys;
mod known;
mod lending;
mod log;
mod readers;
mod sessions;
mod trace;

use eframe::egui::{Key, Ui};

use super::drafts::Drafts;
use super::widgets;
use crate::workbench::{Action, Workbench};

pub(super) use calculator::CalculatorDraft;

/// All panels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Panel {
    /// Readers and the card in them.
    Readers,
    /// List of exchanges.
    Trace,
    /// Field tree of the selected exchange.
    Fields,
    /// Its bytes.
    Bytes,
    /// Key table.
    Keys,
    /// Sessions and replay.
    Sessions,
    /// The embedded card.
    VirtualCard,
    /// What the program logged.
    Log,
    /// Why the selected row does not fit.
    Explain,
    /// The trace beside another one.
    Compare,
    /// The card as the trace knows it.
    Known,
    /// Computations step by step.
    Calculator,
}

impl Panel {
    /// All panels, in the order of their keys.
    pub const ALL: [Self; 12] = [
        Self::Readers,
        Self::Trace,
        Self::Fields,
        Self::Bytes,
        Self::Keys,
        Self::Sessions,
        Self::VirtualCard,
        Self::Log,
        Self::Explain,
        Self::Compare,
        Self::Known,
        Self::Calculator,
    ];

    /// The title.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Readers => "Readers",
            Self::Trace => "Trace",
            Self::Fields => "Fields",
            Self::Bytes => "Bytes",
            Self::Keys => "Keys",
            Self::Sessions => "Sessions",
            Self::VirtualCard => "Virtual card",
            Self::Log => "Log",
            Self::Explain => "Explain",
            Self::Compare => "Compare",
            Self::Known => "Card at row",
            Self::Calculator => "Calculator",
        }
    }

    /// The name in the settings; never changes.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Readers => "readers",
            Self::Trace => "trace",
            Self::Fields => "fields",
            Self::Bytes => "bytes",
            Self::Keys => "keys",
            Self::Sessions => "sessions",
            Self::VirtualCard => "virtual_card",
            Self::Log => "log",
            Self::Explain => "explain",
            Self::Compare => "compare",
            Self::Known => "known",
            Self::Calculator => "calculator",
        }
    }

    /// The key that shows it together with Ctrl.
    pub const fn key(self) -> Key {
        match self {
            Self::Readers => Key::Num1,
            Self::Trace => Key::Num2,
            Self::Fields => Key::Num3,
            Self::Bytes => Key::Num4,
            Self::Keys => Key::Num5,
            Self::Sessions => Key::Num6,
            Self::VirtualCard => Key::Num7,
            Self::Log => Key::Num8,
            Self::Explain => Key::Num9,
            Self::Compare => Key::D,
            Self::Known => Key::I,
            Self::Calculator => Key::E,
        }
    }
}

/// Draws a panel into the rest of `ui`.
pub fn panel_ui(
    panel: Panel,
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    match panel {
        Panel::Trace => trace::panel_ui(bench, drafts, actions, ui),
        Panel::Fields => fields::panel_ui(bench, drafts, actions, ui),
        Panel::Bytes => bytes::panel_ui(bench, drafts, actions, ui),
        Panel::Readers => padded(ui, |ui| readers::panel_ui(bench, drafts, actions, ui)),
        Panel::Keys => padded(ui, |ui| keys::panel_ui(bench, drafts, actions, ui)),
        Panel::Sessions => padded(ui, |ui| sessions::panel_ui(bench, drafts, actions, ui)),
        Panel::Log => log::panel_ui(bench, drafts, actions, ui),
        Panel::Explain => padded(ui, |ui| explain::panel_ui(bench, drafts, actions, ui)),
        Panel::Compare => padded(ui, |ui| compare::panel_ui(bench, drafts, actions, ui)),
        Panel::Known => padded(ui, |ui| known::panel_ui(bench, actions, ui)),
        Panel::Calculator => calculator::panel_ui(bench, drafts, actions, ui),
        Panel::VirtualCard => padded(ui, |ui| card::panel_ui(bench, drafts, actions, ui)),
    }
}

/// Draws what stands at the right end of a panel's tab bar, from right to left.
pub fn panel_actions_ui(
    panel: Panel,
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    match panel {
        Panel::Readers => readers::actions_ui(actions, ui),
        Panel::Keys => keys::actions_ui(bench, drafts, actions, ui),
        Panel::Fields => {
            if let Some(row) = bench.selected_row() {
                let text = format!("{} {}", row.index, row.name());
                widgets::section(ui, &text);
            }
        }
        Panel::Trace
        | Panel::Bytes
        | Panel::Sessions
        | Panel::VirtualCard
        | Panel::Log
        | Panel::Explain
        | Panel::Compare
        | Panel::Known
        | Panel::Calculator => {}
    }
}

fn padded(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    eframe::egui::Frame::new().inner_margin(10).show(ui, |ui| {
        eframe::egui::ScrollArea::vertical()
            .auto_shrink(false)
            .show(ui, contents);
    });
}
