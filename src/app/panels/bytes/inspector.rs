//! What the chosen bytes, or those of the chosen field, can mean. A click on a line copies its value.

use std::ops::Range;

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{self, Rect, Sense, Ui, pos2, vec2};

use super::View;
use crate::app::drafts::Drafts;
use crate::app::icons::{self, Icon};
use crate::app::text;
use crate::app::theme::{self, Palette, ROW};
use crate::app::widgets;
use crate::inspect::{self, Reading};
use crate::report::Field;
use crate::workbench::{Action, Setting, Workbench};

/// What is looked at: a view, its bytes, and whether the bytes behind a single one count too.
pub(super) struct Subject<'a> {
    view: &'a View,
    range: Range<usize>,
    /// The smallest field that holds it.
    field: Option<&'a Field>,
    ahead: bool,
}

/// The bytes that the pointer chose, else those of the chosen field.
pub(super) fn subject<'a>(
    drafts: &Drafts,
    selected: usize,
    views: &'a [View],
    tree: &'a [Field],
) -> Option<Subject<'a>> {
    let own = drafts
        .byte_range
        .filter(|own| own.is_of(selected, drafts.field));
    let chosen = own.and_then(|own| {
        let mut found = views.iter().map(|view| (view, own.range(view)));
        found.find_map(|(view, range)| Some((view, range?)))
    });
    if let Some((view, range)) = chosen {
        let holds = |field: &&Field| {
            let own = field.place == view.place && field.path.starts_with(view.side);
            own && field.offset <= range.start && range.end <= field.offset + field.len
        };
        let field = tree.iter().filter(holds).min_by_key(|field| field.len);
        return Some(Subject {
            view,
            range,
            field,
            ahead: true,
        });
    }
    let field = drafts.field.and_then(|index| tree.get(index))?;
    let own = |view: &&View| view.place == field.place && field.path.starts_with(view.side);
    Some(Subject {
        view: views.iter().find(own)?,
        range: field.offset..field.offset + field.len,
        field: Some(field),
        ahead: false,
    })
}

impl Subject<'_> {
    fn readings(&self) -> Vec<Reading> {
        if self.is_secret() {
            return Vec::new();
        }
        let end = if self.ahead {
            let after = self.view.secret.iter().map(|range| range.start);
            let next = after.filter(|start| *start >= self.range.end).min();
            next.unwrap_or(self.view.bytes.len())
        } else {
            self.range.end
        };
        let bytes = self.view.bytes.get(..end).unwrap_or_default();
        inspect::readings(bytes, self.range.start, self.range.end)
    }

    /// Whether key material is among the bytes.
    fn is_secret(&self) -> bool {
        self.range.clone().any(|index| self.view.is_secret(index))
    }

    /// Where it stands, in words.
    fn words(&self) -> String {
        let Range { start, end } = self.range;
        let place = if end - start == 1 {
            format!("byte {start:02X}")
        } else {
            let last = end.saturating_sub(1);
            format!("{} bytes, {start:02X} to {last:02X}", end - start)
        };
        let name = self.field.map(|field| format!("{}, ", field.name));
        format!("{}{place}", name.unwrap_or_default())
    }
}

/// Draws it at the lower edge; folded away it is one line.
pub(super) fn inspector_ui(
    bench: &Workbench,
    subject: Option<&Subject<'_>>,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let room = ui.available_height();
    let open = bench.settings().inspector && room > 4.0 * ROW;
    if room < 2.0 * ROW {
        return;
    }
    let panel = if open {
        egui::Panel::bottom("inspector")
            .resizable(true)
            .default_size(room * 0.5)
            .size_range(2.0 * ROW..=(room - 2.0 * ROW).max(2.0 * ROW))
    } else {
        egui::Panel::bottom("folded inspector").exact_size(ROW + 2.0)
    };
    let frame = egui::Frame::new().fill(Palette::of(ui).bg0);
    panel.frame(frame).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        head(bench.settings().inspector, subject, actions, ui);
        if !open {
            return;
        }
        egui::ScrollArea::vertical()
            .auto_shrink(false)
            .show(ui, |ui| match subject.map(Subject::readings) {
                Some(readings) if !readings.is_empty() => {
                    for reading in &readings {
                        line(reading, actions, ui);
                    }
                }
                _ => {
                    ui.horizontal(|ui| {
                        ui.add_space(8.0);
                        let secret = subject.is_some_and(Subject::is_secret);
                        widgets::section(
                            ui,
                            if secret {
                                text::INSPECTOR_SECRET
                            } else {
                                text::INSPECTOR_EMPTY
                            },
                        );
                    });
                }
            });
    });
}

fn head(open: bool, subject: Option<&Subject<'_>>, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let size = vec2(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| {
        let role = egui::accesskit::Role::TreeItem;
        egui::WidgetInfo::selected(role, true, open, "Inspector")
    });
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_expanded(open));
    let icon = if open { Icon::Down } else { Icon::Right };
    let middle = rect.center().y;
    icons::paint(ui, icon, pos2(rect.left() + 12.0, middle), palette.t2);
    let title = ui.painter().text(
        pos2(rect.left() + 24.0, middle),
        egui::Align2::LEFT_CENTER,
        "Inspector",
        theme::strong(),
        palette.t1,
    );
    if let Some(subject) = subject {
        let words = subject.words();
        let body = egui::TextStyle::Small.resolve(ui.style());
        let at = pos2(title.right() + 10.0, middle);
        truncated(
            ui,
            (words.clone(), body, palette.t2),
            at,
            rect.right() - 8.0,
        );
        response
            .clone()
            .on_hover_text(format!("{}\n{words}", subject.view.title));
    }
    if response.clicked() {
        actions.push(Action::Set(Setting::Inspector(!open)));
    }
}

fn line(reading: &Reading, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let size = vec2(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| {
        let name = format!("{} {}", reading.name, reading.text);
        egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, name)
    });
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 0.0, palette.bg2);
    }
    let body = egui::TextStyle::Body.resolve(ui.style());
    let (left, middle) = (rect.left() + 8.0, rect.center().y);
    let split = (left + 106.0).min(rect.center().x);
    let name = (reading.name.to_owned(), body, palette.t2);
    truncated(ui, name, pos2(left, middle), split - 4.0);
    let value = (reading.text.clone(), theme::mono(), palette.t1);
    truncated(ui, value, pos2(split, middle), rect.right() - 8.0);
    if response.clicked() {
        actions.push(Action::Copy(reading.text.clone()));
    }
    response.on_hover_text(format!("{}\nClick to copy", reading.text));
}

/// Text that ends in `…` where it does not fit.
fn truncated(
    ui: &Ui,
    (text, font, color): (String, egui::FontId, egui::Color32),
    at: egui::Pos2,
    right: f32,
) {
    let mut job = LayoutJob::simple_singleline(text, font, color);
    job.wrap = TextWrapping::truncate_at_width((right - at.x).max(0.0));
    let galley = ui.painter().layout_job(job);
    let rect = Rect::from_min_size(at, galley.size());
    let top = at.y - rect.height() / 2.0;
    ui.painter().galley(pos2(at.x, top), galley, color);
}
