//! The command palette: every command by name, with area, shortcut, and why it is off.

use eframe::egui::{self, Align2, Area, Frame, Key, Order, Sense, TextEdit, Ui, vec2};

use super::commands::Command;
use super::drafts::Drafts;
use super::theme::Palette;
use crate::workbench::Workbench;

/// Most lines that are shown.
const LINES: usize = 14;

/// Draws the palette when it is open; gives the command that was chosen.
pub(super) fn palette_ui(bench: &Workbench, drafts: &mut Drafts, ui: &mut Ui) -> Option<Command> {
    drafts.palette.as_ref()?;
    let (up, down, enter, escape) = ui.input_mut(|input| {
        (
            input.consume_key(egui::Modifiers::NONE, Key::ArrowUp),
            input.consume_key(egui::Modifiers::NONE, Key::ArrowDown),
            input.consume_key(egui::Modifiers::NONE, Key::Enter),
            input.consume_key(egui::Modifiers::NONE, Key::Escape),
        )
    });
    if escape {
        drafts.palette = None;
        return None;
    }
    let draft = drafts.palette.as_mut()?;
    let found: Vec<Command> = Command::all()
        .into_iter()
        .filter(|command| matches(*command, &draft.text))
        .take(LINES)
        .collect();
    draft.chosen = (draft.chosen + usize::from(down))
        .saturating_sub(usize::from(up))
        .min(found.len().saturating_sub(1));
    let mut picked = enter.then(|| found.get(draft.chosen).copied()).flatten();
    Area::new(egui::Id::unique("palette"))
        .order(Order::Foreground)
        .anchor(Align2::CENTER_TOP, vec2(0.0, 70.0))
        .show(ui.ctx(), |ui| {
            Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_width(520.0);
                let edit = TextEdit::singleline(&mut draft.text)
                    .hint_text("Type a command")
                    .desired_width(f32::INFINITY);
                let response = ui.add(edit);
                response.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::accesskit::Role::TextInput, true, "Command")
                });
                if response.changed() {
                    draft.chosen = 0;
                }
                response.request_focus();
                for (index, command) in found.iter().enumerate() {
                    if line(ui, bench, *command, index == draft.chosen) {
                        picked = Some(*command);
                    }
                }
                if found.is_empty() {
                    ui.weak("No command has this name");
                }
            });
        });
    let picked = picked.filter(|command| command.available(bench).is_ok());
    if picked.is_some() {
        drafts.palette = None;
    }
    picked
}

/// All letters of the text in order, as people abbreviate.
fn matches(command: Command, text: &str) -> bool {
    let name = format!("{} {}", command.menu().title(), command.name()).to_lowercase();
    let mut rest = name.chars();
    text.to_lowercase()
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .all(|letter| rest.any(|found| found == letter))
}

fn line(ui: &mut Ui, bench: &Workbench, command: Command, chosen: bool) -> bool {
    let palette = Palette::of(ui);
    let available = command.available(bench);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(
            egui::accesskit::Role::MenuItem,
            available.is_ok(),
            command.name(),
        )
    });
    if chosen || response.hovered() {
        ui.painter().rect_filled(
            rect,
            4.0,
            if chosen {
                palette.selection
            } else {
                palette.bg4
            },
        );
    }
    let font = egui::TextStyle::Body.resolve(ui.style());
    let middle = rect.center().y;
    let color = if available.is_ok() {
        palette.t1
    } else {
        palette.t2
    };
    ui.painter().text(
        egui::pos2(rect.left() + 8.0, middle),
        Align2::LEFT_CENTER,
        command.menu().title(),
        font.clone(),
        palette.t2,
    );
    ui.painter().text(
        egui::pos2(rect.left() + 64.0, middle),
        Align2::LEFT_CENTER,
        command.name(),
        font.clone(),
        color,
    );
    let right = match (available, command.shortcut()) {
        (Err(why), _) => why.to_owned(),
        (Ok(()), Some(shortcut)) => ui.ctx().format_shortcut(&shortcut),
        (Ok(()), None) => String::new(),
    };
    ui.painter().text(
        egui::pos2(rect.right() - 8.0, middle),
        Align2::RIGHT_CENTER,
        right,
        font,
        palette.t2,
    );
    response.clicked()
}
