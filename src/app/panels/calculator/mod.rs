//! The calculator: a page for each topic, its inputs beside the worked table.
//!
//! Nothing here knows a topic: pages, inputs, lines and examples are those of [`TOPICS`](crate::calculator::TOPICS).

mod batch;
mod chooser;
mod copying;
mod form;
mod gist;
mod input;
mod ledger;
mod line;
mod mine;
mod secret;
mod state;
mod table;
mod ways;

use eframe::egui::{self, Align, Layout, Rect, RichText, ScrollArea, Ui, UiBuilder, vec2};

use crate::app::drafts::Drafts;
use crate::app::icons::Icon;
use crate::app::panels::Panel;
use crate::app::theme::Palette;
use crate::app::widgets;
use crate::calculator::Topic;
use crate::calculator::batch::Kind;
use crate::workbench::{Action, Workbench};

pub(super) use ways::{has_mac, menu_ui, open_mac};

pub(in crate::app) use state::CalculatorDraft;
use state::Page;

/// Width from which inputs and table stand side by side.
const TWO: f32 = 640.0;
/// Width from which the pages stand in a list at the side.
const THREE: f32 = 1240.0;
const LIST: f32 = 176.0;
const GAP: f32 = 14.0;
/// Share of the height that a batch takes above the table, and the least of it.
const BATCH: f32 = 0.42;
const BATCH_LEAST: f32 = 150.0;
/// The most of it, in a low panel.
const BATCH_MOST: f32 = 0.6;

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let own = &mut drafts.calculator;
    own.drawn = true;
    if let Some(at) = ui.input(|input| input.pointer.press_origin()) {
        own.pressed = ui.max_rect().contains(at);
    }
    let Some(topic) = own.topic() else { return };
    let mut page = own.take(topic.id);
    let edits = page.edits;
    paste(topic, &mut own.pasting, &mut page, ui);
    let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(10, 6));
    frame.show(ui, |ui| {
        let listed = ui.available_width() >= THREE;
        ui.horizontal(|ui| {
            if !listed {
                chooser::box_ui(&mut drafts.calculator, topic, ui);
            }
            bar(topic, &mut page, actions, ui);
        });
        origin_ui(bench, drafts, &page, actions, ui);
        ui.add_space(4.0);
        let rest = ui.available_rect_before_wrap();
        if rest.width() < TWO {
            let rest = below_batch(bench, drafts, (topic, &mut page), actions, rest, ui);
            let pasting = &mut drafts.calculator.pasting;
            column(ui, rest, "page", |ui| {
                form::form_ui(bench, topic, &mut page, pasting, ui);
                ui.add_space(8.0);
                ui.separator();
                table::gist_ui(topic, &mut page, ui);
                table::table_ui(topic, &mut page, actions, ui);
            });
            return;
        }
        let mut left = rest.left();
        let mut next = |width: f32| {
            let column = Rect::from_min_size(egui::pos2(left, rest.top()), vec2(width, 0.0));
            left += width + GAP;
            Rect::from_min_max(column.min, egui::pos2(column.right(), rest.bottom()))
        };
        let list = listed.then(|| next(LIST));
        let form = next((rest.width() * 0.265).clamp(250.0, 420.0));
        let inputs = form.right();
        let table = next(rest.right() - inputs - GAP);
        let line = Palette::of(ui).line;
        let x = inputs + GAP / 2.0;
        ui.painter()
            .vline(x, rest.y_range(), egui::Stroke::new(1.0, line));
        let pasting = &mut drafts.calculator.pasting;
        column(ui, form, "inputs", |ui| {
            form::form_ui(bench, topic, &mut page, pasting, ui);
        });
        let table = below_batch(bench, drafts, (topic, &mut page), actions, table, ui);
        let mut part = ui.new_child(UiBuilder::new().max_rect(table).id_salt("table"));
        part.set_clip_rect(table.expand(2.0).intersect(ui.clip_rect()));
        table::whole_ui(topic, &mut page, actions, &mut part);
        if let Some(rect) = list {
            column(ui, rect, "pages", |ui| {
                chooser::list_ui(&mut drafts.calculator, topic, false, ui);
            });
        }
    });
    if page.edits != edits {
        // What is wrong with an input stands above what was drawn after it.
        ui.ctx().request_repaint();
    }
    drafts.calculator.keep(topic.id, page);
}

/// What the page checks many of, while that part is open.
fn many(topic: &Topic, page: &Page) -> Option<Kind> {
    Kind::of_topic(topic.id).filter(|_| page.batch.is_open())
}

/// Draws the file of many, where that part is open, at the upper edge; the room that is left below it.
fn below_batch(
    bench: &Workbench,
    drafts: &mut Drafts,
    (topic, page): (&Topic, &mut Page),
    actions: &mut Vec<Action>,
    rect: Rect,
    ui: &mut Ui,
) -> Rect {
    let Some(kind) = many(topic, page) else {
        return rect;
    };
    let share = rect.height() * BATCH;
    let height = match bench.checked(kind) {
        Some(_) => share.max(BATCH_LEAST),
        None => BATCH_LEAST,
    };
    let height = height.min(rect.height() * BATCH_MOST);
    let (upper, below) = rect.split_top_bottom_at_y(rect.top() + height);
    let line = egui::Stroke::new(1.0, Palette::of(ui).line);
    ui.painter()
        .hline(below.x_range(), below.top() + GAP / 2.0, line);
    let mut part = ui.new_child(UiBuilder::new().max_rect(upper).id_salt("batch"));
    part.set_clip_rect(upper.intersect(ui.clip_rect()));
    batch::batch_ui(bench, drafts, (kind, page), actions, &mut part);
    below.with_min_y((below.top() + GAP).min(below.bottom()))
}

/// A part of the panel that scrolls by itself. Fields in it have names of their own, not counted ones: a sentence that
/// appears above a field must not take the focus from it.
fn column(ui: &mut Ui, rect: Rect, name: &str, contents: impl FnOnce(&mut Ui)) {
    let mut part = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(name));
    part.set_clip_rect(rect.expand(2.0).intersect(ui.clip_rect()));
    ScrollArea::vertical()
        .id_salt(name)
        .auto_shrink(false)
        .show(&mut part, contents);
}

/// Puts the clipboard into the input that asked for it.
fn paste(topic: &Topic, pasting: &mut Option<&'static str>, page: &mut Page, ui: &Ui) {
    let Some(name) = *pasting else { return };
    let is_paste = |event: &egui::Event| matches!(event, egui::Event::Paste(_));
    let pasted = ui.input_mut(|input| {
        let at = input.events.iter().position(is_paste)?;
        match input.events.remove(at) {
            egui::Event::Paste(text) => Some(text),
            _ => None,
        }
    });
    if let Some(text) = pasted {
        *pasting = None;
        if topic.field(name).is_some() {
            page.set(name, text.trim().to_owned());
        }
    }
}

/// What the page computes; examples, copying, clearing, undo.
fn bar(topic: &Topic, page: &mut Page, actions: &mut Vec<Action>, ui: &mut Ui) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let off = |can: bool, why| if can { Ok(()) } else { Err(why) };
        copying::menu_ui(topic, page, actions, ui);
        if let Some(kind) = Kind::of_topic(topic.id) {
            batch::button(kind, page, ui);
        }
        examples(topic, page, ui);
        let can = off(!page.is_empty(), "Off, the page is empty");
        if widgets::button(ui, "Clear", can)
            .on_hover_text("Empties the page; undo brings it back")
            .clicked()
        {
            page.load(crate::calculator::Texts::new());
        }
        for (back, icon, name, why) in [
            (false, Icon::Redo, "Redo input", "Off, nothing was undone"),
            (true, Icon::Undo, "Undo input", "Off, nothing was typed"),
        ] {
            let can = off(page.can_travel(back), why);
            if widgets::icon_button_if(ui, icon, name, can).clicked() {
                page.travel(back);
            }
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let about = RichText::new(topic.about).color(Palette::of(ui).t2);
            ui.add(egui::Label::new(about).truncate());
        });
    });
}

fn examples(topic: &Topic, page: &mut Page, ui: &mut Ui) {
    if topic.examples.is_empty() {
        widgets::button(
            ui,
            "Load example",
            Err("Off, no document has one for this page"),
        );
        return;
    }
    ui.menu_button("Load example", |ui| {
        for example in topic.examples {
            if ui.button(example.title).clicked() {
                page.load(example.texts());
            }
        }
    });
}

/// The row that the inputs come from, and the way back to it.
fn origin_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    page: &Page,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let Some(origin) = &page.origin else { return };
    if origin.trace != bench.trace_no() {
        return;
    }
    ui.horizontal(|ui| {
        let text = format!("From row {}, {}", origin.row, origin.name);
        ui.label(RichText::new(text).color(Palette::of(ui).t2));
        if ui.link("Back to row").clicked() {
            actions.push(Action::SelectRow(Some(origin.row)));
            drafts.show = Some(Panel::Trace);
        }
    });
}
