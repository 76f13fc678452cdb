//! The field tree of the selected exchange. A chosen field lights up in the bytes.

use eframe::egui::{self, Align2, Rect, Sense, Ui, pos2, vec2};

use crate::app::drafts::Drafts;
use crate::app::icons::{self, Icon};
use crate::app::theme::{self, Judgement, Palette, ROW};
use crate::app::{text, widgets};
use crate::report::{Field, Place};
use crate::workbench::Workbench;

pub(super) fn panel_ui(bench: &Workbench, drafts: &mut Drafts, ui: &mut Ui) {
    let Some(row) = bench.selected_row() else {
        widgets::empty(ui, text::FIELDS_EMPTY);
        return;
    };
    let tree = crate::trace::fields(row, bench.log().events(), false);
    drafts.hovered_field = None;
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (side, title) in [("command", "Command"), ("response", "Response")] {
            let value = if side == "command" { row.name().to_owned() } else { row.status.map_or_else(String::new, |status| status.to_string()) };
            if !branch(ui, drafts, side, title, &value) {
                continue;
            }
            for place in [Place::Plain, Place::Framed, Place::Wire] {
                let own = tree.iter().enumerate().filter(|(_, field)| field.place == place && field.path.starts_with(side));
                for (index, field) in own {
                    line(ui, drafts, index, field);
                }
            }
        }
        for finding in &row.findings {
            finding_line(ui, row, finding);
        }
    });
}

fn branch(ui: &mut Ui, drafts: &mut Drafts, side: &'static str, title: &str, value: &str) -> bool {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let open = !drafts.closed.contains(side);
    response.widget_info(|| egui::WidgetInfo::selected(egui::accesskit::Role::TreeItem, true, open, title));
    if response.clicked() && !drafts.closed.remove(side) {
        drafts.closed.insert(side);
    }
    if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, palette.bg2);
    }
    let icon = if open { Icon::Down } else { Icon::Right };
    icons::paint(ui, icon, pos2(rect.left() + 12.0, rect.center().y), palette.t3);
    ui.painter().text(pos2(rect.left() + 24.0, rect.center().y), Align2::LEFT_CENTER, title, theme::strong(), palette.t1);
    let body = egui::TextStyle::Body.resolve(ui.style());
    ui.painter().text(pos2(rect.left() + 140.0, rect.center().y), Align2::LEFT_CENTER, value, body, palette.t1);
    open
}

fn line(ui: &mut Ui, drafts: &mut Drafts, index: usize, field: &Field) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let chosen = drafts.field == Some(index);
    response.widget_info(|| {
        let label = format!("{} {}", field.path, field.value);
        egui::WidgetInfo::selected(egui::accesskit::Role::TreeItem, true, chosen, label)
    });
    if response.hovered() {
        drafts.hovered_field = Some(index);
    }
    if response.clicked() {
        drafts.field = if chosen { None } else { Some(index) };
    }
    if chosen || response.hovered() {
        ui.painter().rect_filled(rect, 0.0, if chosen { palette.selection } else { palette.bg2 });
    }
    let (hue, _) = hue(field, palette);
    ui.painter().rect_filled(Rect::from_min_size(pos2(rect.left() + 26.0, rect.top() + 4.0), vec2(3.0, ROW - 8.0)), 0.0, hue);
    let quiet = if chosen { palette.t2 } else { palette.t3 };
    let middle = rect.center().y;
    let body = egui::TextStyle::Body.resolve(ui.style());
    let name_color = if field.place == Place::Plain { palette.t1 } else { palette.t2 };
    ui.painter().text(pos2(rect.left() + 36.0, middle), Align2::LEFT_CENTER, &field.name, body, name_color);
    let right = rect.right() - 10.0;
    let count = ui.painter().text(pos2(right, middle), Align2::RIGHT_CENTER, field.len.to_string(), theme::mono(), quiet);
    let x = rect.left() + 140.0;
    let mut job = egui::text::LayoutJob::simple_singleline(field.value.clone(), theme::mono(), palette.t1);
    job.wrap = egui::text::TextWrapping::truncate_at_width((count.left() - x - 8.0).max(20.0));
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(pos2(x, middle - galley.size().y / 2.0), galley, palette.t1);
    response.on_hover_text(format!("{}\n{}\n{} bytes at {} in the {} view", field.path, field.value, field.len, field.offset, place_words(field.place)));
}

fn place_words(place: Place) -> &'static str {
    match place {
        Place::Wire => "wire",
        Place::Framed => "after framing",
        Place::Plain => "plaintext",
    }
}

/// Hue and tint of a field, by what kind of bytes it is.
pub(super) fn hue(field: &Field, palette: &Palette) -> (egui::Color32, egui::Color32) {
    let [header, data, mac, status, framing, other] = palette.fields;
    match field.name.as_str() {
        "MAC" | "TMV" => mac,
        "status" => status,
        "CLA" | "P1P2" | "Lc" | "Le" => framing,
        "INS" | "Cmd" | "FileNo" | "Offset" | "Length" | "RecNo" | "RecCount" | "KeyNo" | "AID" | "Option" | "LenCap" => header,
        "body" | "protected" => other,
        _ => data,
    }
}

fn finding_line(ui: &mut Ui, row: &crate::trace::Exchange, finding: &crate::report::Finding) {
    let palette = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.add_space(8.0);
        let (place, _) = ui.allocate_exact_size(vec2(14.0, ROW), Sense::hover());
        icons::judgement(ui, Judgement::of(row), place.center());
        ui.label(egui::RichText::new(&finding.text).color(palette.t1));
    });
    if let (Some(expected), Some(got)) = (&finding.expected, &finding.got) {
        for (name, value) in [("expected", expected), ("got", got)] {
            ui.horizontal(|ui| {
                ui.add_space(30.0);
                widgets::section(ui, name);
                ui.label(egui::RichText::new(value).font(theme::mono()).color(palette.t1));
            });
        }
    }
}
