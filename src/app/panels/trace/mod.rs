//! The trace: search, the list of exchanges, findings; three ways to start while it is empty.

mod cells;
mod columns;
mod completion;
mod filter_bar;
mod filter_buttons;
mod hover;
mod list;
mod start;
mod texts;

use eframe::egui::{self, Key, Sense, Ui, vec2};

use crate::app::drafts::Drafts;
use crate::app::icons::{self, Icon};
use crate::app::text;
use crate::app::theme::{self, Palette};
use crate::app::widgets::{self, long_list};
use crate::trace::Judgement;
use crate::workbench::{Action, Workbench};

/// Width of the filter field that buttons of kept filters leave to it.
const FIELD: f32 = 150.0;

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    if bench.rows().is_empty() {
        start::start(bench, drafts, actions, ui);
        return;
    }
    bar(bench, drafts, actions, ui);
    let room = ui.available_width() - long_list::BAR;
    let needs = columns::Needs::new(bench, ui);
    let columns = columns::layout(room, &bench.settings().columns, needs);
    columns::heads(bench, actions, ui, &columns);
    let findings = if bench.log().findings().remarkable().is_empty() {
        0.0
    } else {
        24.0
    };
    let size = vec2(
        ui.available_width(),
        (ui.available_height() - findings).max(theme::ROW),
    );
    let (rect, area) = ui.allocate_exact_size(size, Sense::click());
    area.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::ListBox, true, "Exchanges")
    });
    if area.clicked() {
        area.request_focus();
    }
    list::keyboard(ui, &area, rect, actions);
    list::scroll(bench, drafts, ui, rect, &area);
    list::rows(bench, drafts, actions, ui, rect, &columns);
    if bench.shown_len() == 0 && bench.filtering().is_none() {
        ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| {
            widgets::empty(ui, text::NOTHING_PASSES);
        });
    }
    list::scroll_bar(bench, drafts, ui, rect);
    if findings > 0.0 {
        findings_strip(bench, actions, ui);
    }
}

/// Filter, buttons and search. What does not fit in a narrow panel is left away: the menu and the palette have it too.
fn bar(bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    egui::Frame::new()
        .inner_margin(egui::Margin::symmetric(8, 3))
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                let room = ui.available_width();
                let beside = [(560.0, 250.0), (760.0, 290.0), (0.0, 190.0)];
                let beside = beside.iter().filter(|(from, _)| room >= *from);
                let beside: f32 = beside.map(|(_, width)| width).sum();
                let (chips, taken) = filter_buttons::chips(bench, ui, room - beside - FIELD);
                let field = (room - beside - taken).max(120.0);
                filter_bar::filter_ui(bench, drafts, actions, ui, field);
                filter_bar::count_ui(bench, ui);
                if room >= 760.0 {
                    ui.separator();
                    filter_buttons::buttons_ui(bench, drafts, actions, ui, chips);
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let mut follow = bench.follow();
                    if ui
                        .checkbox(&mut follow, "Follow")
                        .on_hover_text("Keep the newest row selected and in view")
                        .changed()
                    {
                        actions.push(Action::Follow(follow));
                    }
                    if room >= 560.0 {
                        find_ui(bench, drafts, actions, ui);
                    }
                });
            });
        });
}

/// The search field, in a layout from right to left.
fn find_ui(bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let response = widgets::field(
        ui,
        "Find in the trace",
        &mut drafts.find,
        "Find in plaintext",
        130.0,
    )
    .on_hover_text("Name, status, plaintext or wire bytes, among the rows that are shown");
    let (glass, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
    icons::paint(ui, Icon::Find, glass.center(), palette.t3);
    if std::mem::take(&mut drafts.focus_find) {
        response.request_focus();
    }
    if response.changed() {
        actions.push(Action::Seek(drafts.find.clone()));
    }
    if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
        actions.push(Action::Find {
            text: drafts.find.clone(),
            back: ui.input(|input| input.modifiers.shift),
        });
        response.request_focus();
    }
    if bench.found_nothing(&drafts.find) {
        ui.label(egui::RichText::new("Nothing found").color(palette.refusal));
    }
}

fn findings_strip(bench: &Workbench, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    ui.painter().rect_filled(rect, 0.0, palette.bg0);
    let remarkable = bench.log().findings().remarkable();
    let mut ui = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(rect.shrink2(vec2(8.0, 1.0)))
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    ui.label(
        egui::RichText::new("Findings")
            .font(theme::strong())
            .color(palette.t1),
    );
    ui.label(egui::RichText::new(remarkable.len().to_string()).color(palette.t2));
    let newest = remarkable.iter().rev().take(3).rev();
    for row in newest.filter_map(|index| bench.rows().get(*index)) {
        let text = row
            .findings
            .iter()
            .max_by_key(|finding| finding.severity)
            .map_or("", |finding| finding.text.as_str());
        ui.separator();
        let (place, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
        icons::judgement(&ui, Judgement::of(row), place.center());
        if ui
            .link(egui::RichText::new(format!("{} {text}", row.index)).color(palette.t1))
            .clicked()
        {
            actions.push(Action::SelectRow(Some(row.index)));
        }
    }
}
