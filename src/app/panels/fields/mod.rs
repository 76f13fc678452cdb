//! The field tree of the selected exchange. A chosen field lights up in the bytes.

use eframe::egui::{self, Align2, Rect, Sense, Ui, pos2, vec2};

use crate::app::drafts::Drafts;
use crate::app::icons::{self, Icon};
use crate::app::theme::{self, Palette, ROW};
use crate::app::{text, widgets};
use crate::report::{Field, Place};
use crate::secure_messaging::Verdict;
use crate::trace::Exchange;
use crate::workbench::{Judgement, Workbench};

pub(super) fn panel_ui(bench: &Workbench, drafts: &mut Drafts, ui: &mut Ui) {
    let Some(row) = bench.selected_row() else {
        widgets::empty(ui, text::FIELDS_EMPTY);
        return;
    };
    let tree = crate::trace::fields(row, bench.log().events(), false);
    drafts.hovered_field = None;
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (side, title) in [("command", "Command"), ("response", "Response")] {
                let value = if side == "command" {
                    row.name().to_owned()
                } else {
                    row.status
                        .map_or_else(String::new, |status| status.to_string())
                };
                if !branch(ui, drafts, side, title, &value) {
                    continue;
                }
                let own = tree
                    .iter()
                    .enumerate()
                    .filter(|(_, field)| field.path.starts_with(side));
                let (frame, content): (Vec<_>, Vec<_>) = own
                    .partition(|(_, field)| field.place == Place::Wire && field.name != "status");
                // What was meant first, then what proves it.
                let rank = |field: &Field| match field.place {
                    Place::Plain => 0,
                    Place::Framed => 1,
                    Place::Wire => 2,
                };
                let mut content = content;
                content.retain(|(_, field)| field.name != "protected");
                content.sort_by_key(|(_, field)| rank(field));
                for (index, field) in content {
                    line(ui, row, drafts, index, field);
                }
                let branch_name = if side == "command" {
                    "Command frame"
                } else {
                    "Response frame"
                };
                let bytes: usize = frame.iter().map(|(_, field)| field.len).sum();
                if !frame.is_empty() && twig(ui, drafts, branch_name, bytes) {
                    for (index, field) in frame {
                        line(ui, row, drafts, index, field);
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
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::accesskit::Role::TreeItem, true, open, title)
    });
    if response.clicked() && !drafts.closed.remove(side) {
        drafts.closed.insert(side);
    }
    if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, palette.bg2);
    }
    let icon = if open { Icon::Down } else { Icon::Right };
    icons::paint(
        ui,
        icon,
        pos2(rect.left() + 12.0, rect.center().y),
        palette.t3,
    );
    ui.painter().text(
        pos2(rect.left() + 24.0, rect.center().y),
        Align2::LEFT_CENTER,
        title,
        theme::strong(),
        palette.t1,
    );
    let body = egui::TextStyle::Body.resolve(ui.style());
    ui.painter().text(
        pos2(rect.left() + 140.0, rect.center().y),
        Align2::LEFT_CENTER,
        value,
        body,
        palette.t1,
    );
    open
}

/// A branch inside a side; closed until it is opened.
fn twig(ui: &mut Ui, drafts: &mut Drafts, title: &'static str, bytes: usize) -> bool {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    // Frames are of interest less often: this set names what the user opened.
    let open = drafts.closed.contains(title);
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::accesskit::Role::TreeItem, true, open, title)
    });
    if response.clicked() && !drafts.closed.remove(title) {
        drafts.closed.insert(title);
    }
    if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, palette.bg2);
    }
    let icon = if open { Icon::Down } else { Icon::Right };
    let middle = rect.center().y;
    icons::paint(ui, icon, pos2(rect.left() + 26.0, middle), palette.t3);
    let body = egui::TextStyle::Body.resolve(ui.style());
    let at = pos2(rect.left() + 36.0, middle);
    ui.painter()
        .text(at, Align2::LEFT_CENTER, "Frame", body, palette.t2);
    let at = pos2(rect.right() - 10.0, middle);
    ui.painter().text(
        at,
        Align2::RIGHT_CENTER,
        bytes.to_string(),
        theme::mono(),
        palette.t3,
    );
    open
}

fn line(ui: &mut Ui, row: &Exchange, drafts: &mut Drafts, index: usize, field: &Field) {
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
        ui.painter().rect_filled(
            rect,
            0.0,
            if chosen {
                palette.selection
            } else {
                palette.bg2
            },
        );
    }
    let (hue, _) = hue(field, palette);
    ui.painter().rect_filled(
        Rect::from_min_size(
            pos2(rect.left() + 26.0, rect.top() + 4.0),
            vec2(3.0, ROW - 8.0),
        ),
        0.0,
        hue,
    );
    let quiet = if chosen { palette.t2 } else { palette.t3 };
    let middle = rect.center().y;
    let body = egui::TextStyle::Body.resolve(ui.style());
    let name_color = if field.place == Place::Plain {
        palette.t1
    } else {
        palette.t2
    };
    ui.painter().text(
        pos2(rect.left() + 36.0, middle),
        Align2::LEFT_CENTER,
        &field.name,
        body,
        name_color,
    );
    let right = rect.right() - 10.0;
    let count = ui.painter().text(
        pos2(right, middle),
        Align2::RIGHT_CENTER,
        field.len.to_string(),
        theme::mono(),
        quiet,
    );
    let mut x = rect.left() + 140.0;
    let (value, verdict) = split_verdict(row, field);
    if let Some(verdict) = verdict {
        icons::judgement(ui, verdict, pos2(x + 6.0, middle));
        x += 18.0;
    }
    let mut job = egui::text::LayoutJob::simple_singleline(value, theme::mono(), palette.t1);
    job.wrap = egui::text::TextWrapping::truncate_at_width((count.left() - x - 8.0).max(20.0));
    let galley = ui.painter().layout_job(job);
    ui.painter()
        .galley(pos2(x, middle - galley.size().y / 2.0), galley, palette.t1);
    response.on_hover_text(format!(
        "{}\n{}\n{} bytes at {} in the {} view",
        field.path,
        field.value,
        field.len,
        field.offset,
        place_words(field.place)
    ));
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
        "INS" | "Cmd" | "FileNo" | "Offset" | "Length" | "RecNo" | "RecCount" | "KeyNo" | "AID"
        | "Option" | "LenCap" => header,
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
                ui.label(
                    egui::RichText::new(value)
                        .font(theme::mono())
                        .color(palette.t1),
                );
            });
        }
    }
}

/// A MAC's bytes, and what its verification said.
fn split_verdict(row: &Exchange, field: &Field) -> (String, Option<Judgement>) {
    let verdict = match (field.name.as_str(), field.place) {
        ("MAC", Place::Framed) if field.path.starts_with("command") => row.verdicts.command_mac,
        ("MAC", Place::Framed) => row.verdicts.response_mac,
        ("TMV", Place::Plain) => row.verdicts.tmv,
        _ => return (field.value.clone(), None),
    };
    let bytes = field.value.split(' ').next().unwrap_or_default();
    let (judgement, word) = match verdict {
        Verdict::Ok => (Judgement::Verified, "verified"),
        Verdict::Bad => (Judgement::Wrong, "wrong"),
        Verdict::None | Verdict::Unknown => (Judgement::Unverified, "not verified"),
    };
    (format!("{word}  {bytes}"), Some(judgement))
}
