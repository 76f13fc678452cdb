//! The filter field with its completions, and how many rows pass.

use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::text_edit::TextEditState;
use eframe::egui::{self, Id, Key, Modifiers, Response, RichText, Sense, TextEdit, Ui, vec2};

use super::completion::{self, Offer};
use crate::app::drafts::Drafts;
use crate::app::icons::{self, Icon};
use crate::app::text;
use crate::app::theme::{self, Palette};
use crate::app::widgets;
use crate::workbench::{Action, Workbench};

/// Draws the field and what belongs to it, in a line of `width`.
pub(super) fn filter_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
    width: f32,
) {
    let palette = Palette::of(ui);
    let (funnel, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
    let color = if bench.is_filtered() {
        palette.accent
    } else {
        palette.t3
    };
    icons::paint(ui, Icon::Filter, funnel.center(), color);
    let id = ui.scope_id().with("filter");
    let mut typed = bench.filter_text().to_owned();
    let cursor = cursor_in(ui, id, &typed);
    let open = ui.memory(|memory| memory.has_focus(id))
        && drafts.filter.closed_for.as_ref() != Some(&typed);
    let mut offer = open
        .then(|| completion::offer(bench, ui, &typed, cursor))
        .flatten();
    if let Some(offer) = &offer
        && let Some((text, cursor)) = keyboard(drafts, ui, offer, &typed)
    {
        write(ui, id, &text, cursor);
        typed = text;
        actions.push(Action::Filter(typed.clone()));
        drafts.filter.chosen = 0;
    }
    let response = field(bench, ui, id, &mut typed, width, open);
    if std::mem::take(&mut drafts.filter.focus) {
        response.request_focus();
    }
    if response.changed() {
        drafts.filter.chosen = 0;
        actions.push(Action::Filter(typed.clone()));
        offer = completion::offer(bench, ui, &typed, cursor_in(ui, id, &typed));
    }
    if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
        actions.push(Action::RememberFilter);
    }
    let complaint = complaint(bench, response.has_focus());
    let offer = offer.filter(|_| open || response.changed());
    let shown = offer.is_some() || (complaint.is_some() && response.has_focus());
    if shown
        && let Some((choice, offer)) =
            completion::popup(ui, &response, offer, drafts.filter.chosen, complaint)
    {
        let (text, cursor) = offer.completion.take(&typed, &choice);
        write(ui, id, &text, cursor);
        actions.push(Action::Filter(text));
        response.request_focus();
    }
    if !typed.is_empty() && widgets::icon_button(ui, Icon::Close, "Clear the filter").clicked() {
        actions.push(Action::Filter(String::new()));
    }
}

/// How many rows pass, in words; what is wrong with the filter, when nobody is about to mend it.
pub(super) fn count_ui(bench: &Workbench, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let id = ui.scope_id().with("filter");
    let typing = ui.memory(|memory| memory.has_focus(id));
    if let Some(complaint) = complaint(bench, typing).filter(|_| !typing) {
        let text = RichText::new("Not a filter").color(palette.wrong);
        ui.label(text).on_hover_text(complaint);
        return;
    }
    let all = widgets::thousands(bench.rows().len());
    let shown = widgets::thousands(bench.shown_len());
    let text = match bench.filtering() {
        _ if !bench.is_filtered() => rows(bench.rows().len(), &all),
        Some(asked) => format!(
            "{shown} of the first {} of {all} rows",
            widgets::thousands(asked)
        ),
        None => format!("{shown} of {}", rows(bench.rows().len(), &all)),
    };
    ui.label(RichText::new(text).color(palette.t2));
}

/// A number of rows in words.
pub(super) fn rows(count: usize, printed: &str) -> String {
    if count == 1 {
        "1 row".into()
    } else {
        format!("{printed} rows")
    }
}

/// What is wrong with the filter as typed, once it is more than unfinished; the filter before stays in force.
fn complaint(bench: &Workbench, typing: bool) -> Option<String> {
    let error = bench.filter_error()?;
    let before = bench
        .filter_text()
        .get(..error.at.start)
        .unwrap_or_default();
    let text = format!("{}, at letter {}", error.text, before.chars().count() + 1);
    (!typing || !error.is_unfinished()).then_some(text)
}

fn field(
    bench: &Workbench,
    ui: &mut Ui,
    id: Id,
    typed: &mut String,
    width: f32,
    open: bool,
) -> Response {
    let palette = Palette::of(ui);
    let edit = TextEdit::singleline(typed)
        .id(id)
        .font(theme::mono())
        .hint_text(RichText::new(text::FILTER_HINT).color(palette.t3))
        // While completions are shown, Tab takes one.
        .lock_focus(open)
        .desired_width(width);
    let response = ui.add(edit);
    widgets::outline(ui, &response);
    if complaint(bench, response.has_focus()).is_some() {
        let stroke = egui::Stroke::new(1.0, palette.wrong);
        ui.painter()
            .rect_stroke(response.rect, 4.0, stroke, egui::StrokeKind::Inside);
    }
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::TextInput, true, "Filter the trace")
    });
    response
}

/// Moves in the completions; the text and the cursor after taking one.
fn keyboard(drafts: &mut Drafts, ui: &Ui, offer: &Offer, typed: &str) -> Option<(String, usize)> {
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let last = offer.completion.choices.len().saturating_sub(1);
    if pressed(Key::ArrowDown) {
        drafts.filter.chosen = (drafts.filter.chosen + 1).min(last);
    }
    if pressed(Key::ArrowUp) {
        drafts.filter.chosen = drafts.filter.chosen.saturating_sub(1);
    }
    if pressed(Key::Escape) {
        drafts.filter.closed_for = Some(typed.to_owned());
    }
    let choice = offer
        .completion
        .choices
        .get(drafts.filter.chosen.min(last))?;
    pressed(Key::Tab).then(|| offer.completion.take(typed, choice))
}

/// The place of the cursor in bytes of the text; its end while nobody types.
fn cursor_in(ui: &Ui, id: Id, typed: &str) -> usize {
    let state = TextEditState::load(ui.ctx(), id);
    let letters = state
        .and_then(|state| state.cursor.char_range())
        .map(|range| range.primary.index.0);
    let place = letters.and_then(|letters| typed.char_indices().nth(letters));
    place.map_or(typed.len(), |(place, _)| place)
}

/// Puts the cursor where the next word is typed.
fn write(ui: &Ui, id: Id, text: &str, cursor: usize) {
    let letters = text.get(..cursor).unwrap_or(text).chars().count();
    let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
    state
        .cursor
        .set_char_range(Some(CCursorRange::one(CCursor::new(letters))));
    state.store(ui.ctx(), id);
}
