//! The log: what the program did, for bug reports and for the curious.

use eframe::egui::{self, Label, RichText, ScrollArea, Ui};

use crate::app::drafts::Drafts;
use crate::app::theme::{self, Palette, ROW};
use crate::app::{text, widgets};
use crate::workbench::{Action, LogLevel, LogLine, Workbench};

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let shown = drafts.log_level;
    let lines: Vec<&LogLine> = bench
        .log_lines()
        .iter()
        .filter(|line| line.level <= shown)
        .collect();
    egui::Frame::new()
        .inner_margin(egui::Margin::symmetric(8, 3))
        .show(ui, |ui| bar(drafts, &lines, actions, ui));
    if lines.is_empty() {
        widgets::empty(ui, text::LOG_EMPTY);
        return;
    }
    let palette = Palette::of(ui);
    ScrollArea::both()
        .auto_shrink(false)
        .stick_to_bottom(true)
        .show_rows(ui, ROW, lines.len(), |ui, range| {
            for line in lines.get(range).unwrap_or_default() {
                let color = match line.level {
                    LogLevel::Error => palette.wrong,
                    LogLevel::Warning => palette.refusal,
                    LogLevel::Info => palette.t1,
                    LogLevel::Debug => palette.t2,
                };
                ui.horizontal(|ui| {
                    ui.set_height(ROW);
                    ui.add_space(8.0);
                    let text = RichText::new(&line.text).font(theme::mono()).color(color);
                    ui.add(Label::new(text).extend().selectable(true));
                });
            }
        });
}

fn bar(drafts: &mut Drafts, lines: &[&LogLine], actions: &mut Vec<Action>, ui: &mut Ui) {
    ui.horizontal_wrapped(|ui| {
        let levels = LogLevel::ALL.map(|level| (level, level.name()));
        if let Some(level) = widgets::segment(ui, "Show", &levels, drafts.log_level) {
            drafts.log_level = level;
        }
        let can = if lines.is_empty() {
            Err("Off, no line is shown")
        } else {
            Ok(())
        };
        if widgets::button(ui, "Copy lines", can).clicked() {
            let all: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
            actions.push(Action::Copy(all.join("\n")));
        }
        if widgets::button(ui, "Clear", can).clicked() {
            actions.push(Action::ClearLog);
        }
    });
}
