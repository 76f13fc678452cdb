//! A step or result: label, bytes, the user's value, section; its bytes can be changed in place.

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    self, Align2, Color32, FontId, Key, Rect, Response, RichText, Sense, TextEdit, Ui, UiBuilder,
    pos2, vec2,
};

use super::state::{Editing, Page};
use super::{input, mine, secret};
use crate::app::icons::Icon;
use crate::app::theme::{self, Palette, ROW};
use crate::app::{text, widgets};
use crate::bytes::hex;
use crate::calculator::{Content, Line, Place, Role, Topic, value};
use crate::workbench::Action;

/// Height of a line with fields in it.
const TALL: f32 = 24.0;
const ICON: f32 = 22.0;
const PAD: f32 = 8.0;

/// Where the cells of a line stand.
pub(super) struct Columns {
    label: f32,
    value: f32,
    mine: Option<f32>,
    section: Option<f32>,
    /// Width of a digit.
    digit: f32,
}

/// The places of a line.
pub(super) struct Cells {
    pub(super) response: Response,
    pub(super) value: Rect,
    pub(super) mine: Option<Rect>,
    pub(super) icons: Rect,
    /// Where words that need no icons may end.
    pub(super) words: f32,
}

impl Columns {
    pub(super) fn of(ui: &Ui) -> Self {
        let width = ui.available_width() - 2.0 * ICON - PAD;
        let digit = ui
            .painter()
            .layout_no_wrap("00000000".into(), theme::mono(), Palette::of(ui).t1)
            .size()
            .x
            / 8.0;
        let section = (width >= 640.0).then(|| (width * 0.185).min(260.0));
        let mine = (width >= 500.0).then(|| (width * 0.2).min(330.0));
        let label = (width * 0.21).clamp(96.0, 220.0);
        let value = width - label - section.unwrap_or_default() - mine.unwrap_or_default();
        Self {
            label,
            value,
            mine,
            section,
            digit,
        }
    }

    pub(super) const fn has_section(&self) -> bool {
        self.section.is_some()
    }

    /// Room for a line with its label and section painted.
    pub(super) fn row(&self, ui: &mut Ui, line: &Line, height: f32, name: &str) -> Cells {
        let palette = Palette::of(ui);
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::accesskit::Role::ListBoxOption, true, name)
        });
        let mut left = rect.left();
        let mut next = |width: f32| {
            let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(width - PAD, height));
            left += width;
            cell
        };
        let (label, value) = (next(self.label), next(self.value));
        let icons = next(2.0 * ICON + PAD);
        let mine = self.mine.map(&mut next);
        let section = self.section.map(&mut next);
        if response.hovered() {
            ui.painter().rect_filled(rect, 3.0, palette.bg2);
        }
        let is_result = line.role == Role::Result;
        let (font, color) = if is_result {
            (theme::strong(), palette.t1)
        } else {
            let body = egui::TextStyle::Body.resolve(ui.style());
            (body, palette.t2)
        };
        truncated(ui, label, &line.label, font, color);
        if let Some(section) = section {
            let small = theme::small().resolve(ui.style());
            truncated(ui, section, line.section, small, palette.t3);
        }
        let words = section.map_or(rect.right(), |section| section.left() - PAD);
        let response = match (line.section, line.label.as_str()) {
            ("", label) => response.on_hover_text(label),
            (section, label) => response.on_hover_text(format!("{label}\n{section}")),
        };
        Cells {
            response,
            value,
            mine,
            icons,
            words,
        }
    }
}

/// Words that end in `…` where they do not fit.
pub(super) fn words_at(ui: &Ui, rect: Rect, words: &str, color: Color32) {
    let body = egui::TextStyle::Body.resolve(ui.style());
    truncated(ui, rect, words, body, color);
}

fn truncated(ui: &Ui, rect: Rect, words: &str, font: FontId, color: Color32) {
    let mut job = LayoutJob::simple_singleline(words.to_owned(), font, color);
    job.wrap = TextWrapping::truncate_at_width(rect.width().max(12.0));
    let galley = ui.painter().layout_job(job);
    let at = pos2(rect.left(), rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
}

/// Bytes in groups of four, without their middle where they do not fit.
fn shortened(text: &str, digit: f32, width: f32) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "digits in a panel"
    )]
    let room = (width / digit.max(1.0)).max(8.0) as usize;
    let len = text.chars().count();
    if len <= room {
        return text.to_owned();
    }
    let head = (room - 1) * 2 / 3;
    let tail = room - 1 - head;
    let first: String = text.chars().take(head).collect();
    let last: String = text.chars().skip(len - tail).collect();
    format!("{}…{}", first.trim_end(), last.trim_start())
}

pub(super) fn line_ui(
    topic: &Topic,
    line: &Line,
    page: &mut Page,
    columns: &Columns,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let Content::Bytes { bytes, computed } = &line.content else {
        return;
    };
    let hold = ui.scope_id().with("held");
    // What is held was pressed in the last frame: the name of the line tells it in this one.
    let held = ui
        .data(|data| data.get_temp::<bool>(hold))
        .unwrap_or_default();
    let shown = !line.secret || held;
    let name = format!("{} {}", line.label, value(line, held));
    let cells = columns.row(ui, line, TALL, &name);
    let chosen = page.chosen.as_ref() == Some(&line.key);
    let editing = page.editing.as_ref().is_some_and(|one| one.key == line.key);
    if editing {
        edit_ui(line, page, held, cells.value, ui);
    } else {
        let text = groups(bytes);
        let is_held =
            line.secret && secret::held_at(ui, cells.value, &line.label, text::HIDDEN_HOLD_TO_SHOW);
        if is_held != held {
            ui.data_mut(|data| data.insert_temp(hold, is_held));
            ui.ctx().request_repaint();
        }
        if shown {
            let color = if computed.is_some() {
                Palette::of(ui).refusal
            } else {
                Palette::of(ui).t1
            };
            let font = theme::mono();
            let short = shortened(&text, columns.digit, cells.value.width());
            truncated(ui, cells.value, &short, font, color);
        }
    }
    if cells.response.clicked() {
        page.chosen = (!chosen).then(|| line.key.clone());
    }
    icons(line, bytes, page, &cells, actions, ui);
    if cells.response.double_clicked() && !editing {
        begin(line, bytes, page);
    }
    if let Some(rect) = cells.mine {
        mine::field_ui(topic, line, page, rect, ui);
    }
    below(line, page, columns, (chosen, shown), ui);
    if cells.mine.is_none() && (chosen || page.mine.contains_key(&line.key)) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), TALL), Sense::hover());
        let rect = rect.with_min_x(rect.left() + columns.label);
        mine::field_ui(topic, line, page, rect, ui);
    }
    mine::verdict_ui(topic, line, page, shown, ui);
}

fn groups(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "empty".to_owned();
    }
    bytes
        .chunks(4)
        .map(hex::upper)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Copies and changes the bytes.
fn icons(
    line: &Line,
    bytes: &[u8],
    page: &mut Page,
    cells: &Cells,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let mut ui = ui.new_child(
        UiBuilder::new()
            .max_rect(cells.icons)
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    ui.spacing_mut().item_spacing.x = 0.0;
    let secret = if line.secret { "secret " } else { "" };
    let copy = format!("Copy {secret}{}", line.label);
    if widgets::icon_button(&mut ui, Icon::Copy, &copy).clicked() {
        actions.push(Action::Copy(hex::upper(bytes)));
    }
    let label = &line.label;
    if page.changed().contains_key(&line.key) {
        if widgets::icon_button(&mut ui, Icon::Undo, &format!("Reset {label}")).clicked() {
            page.change(&line.key, None);
            page.editing = None;
        }
    } else if widgets::icon_button(&mut ui, Icon::Edit, &format!("Change {label}")).clicked() {
        begin(line, bytes, page);
    }
}

fn begin(line: &Line, bytes: &[u8], page: &mut Page) {
    page.editing = Some(Editing {
        key: line.key.clone(),
        text: hex::upper(bytes),
        focused: false,
        before: page.changed().get(&line.key).cloned(),
        error: None,
    });
}

/// The bytes as they are typed: each valid text is computed with at once.
fn edit_ui(line: &Line, page: &mut Page, held: bool, rect: Rect, ui: &mut Ui) {
    let Some(mut editing) = page.editing.take() else {
        return;
    };
    let edit = TextEdit::singleline(&mut editing.text)
        .id(ui.scope_id().with("bytes"))
        .password(line.secret && !held)
        .font(theme::mono());
    let field = ui.put(rect, edit);
    widgets::outline(ui, &field);
    field.widget_info(|| {
        let name = format!("Bytes of {}", line.label);
        egui::WidgetInfo::labeled(egui::accesskit::Role::TextInput, true, name)
    });
    if !std::mem::replace(&mut editing.focused, true) {
        field.request_focus();
    }
    if field.changed() {
        editing.error = None;
        match hex::pasted(&editing.text) {
            _ if editing.text.trim().is_empty() => page.change(&line.key, None),
            Ok(bytes) => page.change(&line.key, Some(bytes)),
            Err(error) => editing.error = Some(error.to_string()),
        }
    }
    if field.lost_focus() {
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            page.change(&line.key, editing.before);
        }
        return;
    }
    page.editing = Some(editing);
}

/// What the line itself has no room for.
fn below(line: &Line, page: &Page, columns: &Columns, (chosen, shown): (bool, bool), ui: &mut Ui) {
    let palette = Palette::of(ui);
    let Content::Bytes { bytes, computed } = &line.content else {
        return;
    };
    let own = |place: &Place| *place == Place::Step(line.key.clone());
    for slip in page.slips.iter().filter(|slip| own(&slip.place)) {
        input::slip_ui(ui, slip);
    }
    let editing = page.editing.as_ref().filter(|one| one.key == line.key);
    if let Some(error) = editing.and_then(|one| one.error.as_ref()) {
        widgets::complaint(ui, error);
    }
    if let Some(computed) = computed {
        let was = if shown {
            groups(computed)
        } else {
            "hidden bytes".to_owned()
        };
        ui.horizontal(|ui| {
            ui.add_space(columns.label);
            let text = RichText::new(format!("in place of {was}")).size(11.5);
            ui.add(egui::Label::new(text.color(palette.t3)).truncate());
        });
    }
    let text = groups(bytes);
    let fits = shortened(&text, columns.digit, columns.value - PAD) == text;
    if chosen && shown && !fits {
        ui.horizontal_top(|ui| {
            ui.add_space(columns.label);
            ui.vertical(|ui| {
                let text = RichText::new(text).font(theme::mono()).color(palette.t1);
                ui.add(egui::Label::new(text).wrap());
            });
        });
    }
    if chosen && columns.section.is_none() && !line.section.is_empty() {
        ui.horizontal(|ui| {
            ui.add_space(columns.label);
            let small = RichText::new(line.section).size(11.5).color(palette.t3);
            ui.add(egui::Label::new(small).truncate());
        });
    }
    if chosen {
        let space = (ROW - TALL).max(2.0);
        ui.add_space(space);
    }
}

/// Text at the right end of a field.
pub(super) fn tag(ui: &Ui, rect: Rect, words: &str, color: Color32) {
    let small = theme::small().resolve(ui.style());
    ui.painter().text(
        pos2(rect.right() - 6.0, rect.center().y),
        Align2::RIGHT_CENTER,
        words,
        small,
        color,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_bytes_lose_their_middle() {
        assert_eq!(
            shortened("00112233 44556677", 7.0, 200.0),
            "00112233 44556677"
        );
        let short = shortened("00112233 44556677 8899AABB CCDDEEFF", 7.0, 140.0);
        assert_eq!(short, "00112233 445…CDDEEFF");
        assert!(short.chars().count() <= 20);
    }
}
