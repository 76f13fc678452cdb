//! All findings of the trace in one list: what is wrong, what could not be checked, what is worth knowing. A chosen one
//! selects its row and its field.

mod line;
mod narrowed;

use std::collections::BTreeSet;
use std::fmt::Write;

use eframe::egui::{self, Key, Popup, Rect, RichText, Sense, Ui, pos2, vec2};

use crate::app::drafts::Drafts;
use crate::app::icons::Icon;
use crate::app::panels::Panel;
use crate::app::theme::{self, Palette, ROW};
use crate::app::widgets::long_list::{self, BAR};
use crate::app::widgets::position::{self, Position};
use crate::app::{text, widgets};
use crate::report::Severity;
use crate::session::rows;
use crate::workbench::{Action, Found, Workbench};

use narrowed::{Line, Narrowed, Wish};

/// What is shown of the findings.
#[derive(Debug, Default)]
pub struct FindingsDraft {
    wish: Wish,
    /// The text as typed.
    text: String,
    /// Codes whose findings are listed.
    open: BTreeSet<&'static str>,
    chosen: Option<Line>,
    scroll: Position,
    /// The line that was last brought into view, and how many fitted then.
    shown: Option<(Line, usize)>,
    narrowed: Narrowed,
}

/// Most findings that are copied at once: more would be felt.
const COPIED: usize = 50_000;

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    if bench.log().findings().all().is_empty() {
        widgets::empty(ui, text::FINDINGS_EMPTY);
        return;
    }
    let own = &mut drafts.findings;
    egui::Frame::new()
        .inner_margin(egui::Margin::symmetric(8, 3))
        .show(ui, |ui| {
            severities(bench, own, actions, ui);
            narrow(own, ui);
        });
    if own.narrowed.step(bench, &own.wish) {
        ui.ctx().request_repaint();
    }
    chosen_ui(bench, drafts, actions, ui);
    list(bench, drafts, actions, ui);
}

/// How many there are of each severity, to switch them on and off, and the way to copy what is listed.
fn severities(bench: &Workbench, own: &mut FindingsDraft, actions: &mut Vec<Action>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        for severity in Severity::ALL {
            let count = widgets::thousands(bench.log().findings().count(severity));
            let name = format!("{} {count}", plural(severity));
            let on = !own.wish.hidden.contains(&severity);
            let color = if on {
                theme::severity_color(severity, palette)
            } else {
                palette.t3
            };
            let color = if on && severity == Severity::Hint {
                palette.t2
            } else {
                color
            };
            let button = ui.selectable_label(on, RichText::new(&name).color(color));
            button.widget_info(|| {
                egui::WidgetInfo::selected(egui::accesskit::Role::Button, true, on, &name)
            });
            if button
                .on_hover_text("List them, or leave them out")
                .clicked()
                && !own.wish.hidden.remove(&severity)
            {
                own.wish.hidden.insert(severity);
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let copy = widgets::icon_button(ui, Icon::Copy, "Copy findings");
            Popup::menu(&copy).show(|ui| {
                let can = match own.narrowed.count() {
                    0 => Err("Off, no finding is listed"),
                    1..=COPIED => Ok(()),
                    _ => Err("Off, narrow the list to 50 000 findings first"),
                };
                if widgets::button(ui, "Copy as text", can).clicked() {
                    actions.push(Action::Copy(printed(bench, own.narrowed.all(), as_text)));
                }
                if widgets::button(ui, "Copy as JSON lines", can).clicked() {
                    let print = |(row, finding): line::Pair<'_>| rows::finding(row, finding);
                    actions.push(Action::Copy(printed(bench, own.narrowed.all(), print)));
                }
            });
        });
    });
}

fn narrow(own: &mut FindingsDraft, ui: &mut Ui) {
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 90.0).clamp(30.0, 260.0);
        let hint = "Text, command or code";
        let typed = widgets::field(ui, "Narrow the findings", &mut own.text, hint, width);
        if typed.changed() {
            own.wish.text = own.text.trim().to_lowercase();
        }
        ui.checkbox(&mut own.wish.by_code, "By code")
            .on_hover_text("Findings of the same kind under one head");
    });
}

const fn plural(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "Errors",
        Severity::Warning => "Warnings",
        Severity::Hint => "Hints",
    }
}

fn printed<'a>(
    bench: &Workbench,
    all: impl Iterator<Item = &'a Found>,
    print: impl Fn(line::Pair<'_>) -> String,
) -> String {
    let lines = all.filter_map(|found| bench.finding(found)).map(print);
    lines.collect::<Vec<_>>().join("\n")
}

fn as_text((row, finding): line::Pair<'_>) -> String {
    let (severity, code) = (finding.severity.name(), finding.code);
    let mut text = format!("{}  {severity}  {code}  {}  ", row.index, row.name());
    text.push_str(&finding.text);
    if let (Some(expected), Some(got)) = (&finding.expected, &finding.got) {
        // Writing to a String does not fail.
        let _ = write!(text, "  expected {expected}, got {got}");
    }
    text
}

/// The chosen finding in full, at the lower edge, while its row is selected.
fn chosen_ui(bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    let Some(Line::Found(found)) = drafts.findings.chosen else {
        return;
    };
    let has_room = ui.available_height() > 120.0;
    let shown = has_room && bench.selected() == Some(found.row);
    let Some((row, finding)) = bench.finding(&found).filter(|_| shown) else {
        return;
    };
    let palette = Palette::of(ui);
    let frame = egui::Frame::new()
        .fill(palette.bg2)
        .inner_margin(egui::Margin::symmetric(8, 4));
    egui::Panel::bottom("chosen finding")
        .frame(frame)
        .show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(&finding.text).color(palette.t1));
                widgets::section(ui, finding.code);
                if finding.severity == Severity::Error
                    && ui
                        .link("Explain")
                        .on_hover_text(text::EXPLAIN_HELP)
                        .clicked()
                {
                    drafts.mark(bench, row.index, finding);
                    drafts.show = Some(Panel::Explain);
                }
            });
            let is_through = bench.filtering().is_none();
            if is_through && bench.place_of(row.index).is_err() {
                ui.horizontal_wrapped(|ui| {
                    let words = "The filter hides this row in the trace";
                    ui.label(RichText::new(words).color(palette.t2));
                    if ui.link("Clear the filter").clicked() {
                        actions.push(Action::Filter(String::new()));
                    }
                });
            }
            for (name, value) in [("expected", &finding.expected), ("got", &finding.got)] {
                if let Some(value) = value {
                    ui.horizontal(|ui| {
                        widgets::section(ui, name);
                        let value = RichText::new(value).font(theme::mono());
                        ui.add(egui::Label::new(value.color(palette.t1)).truncate());
                    });
                }
            }
        });
}

/// The lines that are in view.
fn list(bench: &Workbench, drafts: &mut Drafts, actions: &mut Vec<Action>, ui: &mut Ui) {
    let size = vec2(ui.available_width(), ui.available_height().max(ROW));
    let (_, rect) = ui.allocate_space(size);
    // Its focus stays when the chosen finding takes room.
    let area = ui.interact(rect, ui.scope_id().with("list"), Sense::click());
    area.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::ListBox, true, "Findings")
    });
    if area.clicked() {
        area.request_focus();
    }
    let own = &mut drafts.findings;
    let (count, fits) = (own.narrowed.len(&own.open), long_list::visible(rect));
    if count == 0 {
        let words = match own.narrowed.progress(bench) {
            Some((asked, all)) => {
                let (asked, all) = (widgets::thousands(asked), widgets::thousands(all));
                (&*format!("{asked} of {all} looked at"), "")
            }
            None => text::FINDINGS_NARROWED,
        };
        ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| {
            widgets::empty(ui, words);
        });
        return;
    }
    let wheel = long_list::wheel(ui, rect, &area);
    own.scroll = position::moved(own.scroll, wheel, count, fits);
    if area.has_focus() {
        keys(bench, drafts, (count, fits, &area), actions, ui);
    }
    let own = &mut drafts.findings;
    // Also when the chosen finding takes room below the list.
    if let Some(line) = own.chosen
        && own.shown != Some((line, fits))
    {
        own.shown = Some((line, fits));
        if let Some(place) = own.narrowed.place(&line, &own.open) {
            own.scroll = position::showing(own.scroll, place, count, fits);
        }
    }
    let own = &drafts.findings;
    let (first, part) = own.scroll;
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(rect));
    inner.set_clip_rect(rect.intersect(ui.clip_rect()));
    let mut y = rect.top() - part;
    let mut clicked = None;
    for place in first..count {
        let Some(shown) = own
            .narrowed
            .line(place, &own.open)
            .filter(|_| y < rect.bottom())
        else {
            break;
        };
        let at = Rect::from_min_size(pos2(rect.left(), y), vec2(rect.width() - BAR, ROW));
        if line::line_ui(bench, own, shown, at, &mut inner) {
            clicked = Some(shown);
        }
        y += ROW;
    }
    if let Some(shown) = clicked {
        area.request_focus();
        choose(bench, drafts, shown, actions);
        if let Line::Code(code, ..) = shown {
            flip(&mut drafts.findings, code);
        }
        ui.ctx().request_repaint();
    }
    let own = &mut drafts.findings;
    long_list::bar(ui, rect, "Scroll the findings", &mut own.scroll, count);
}

fn flip(own: &mut FindingsDraft, code: &'static str) {
    if !own.open.remove(code) {
        own.open.insert(code);
    }
}

/// A finding selects its row, and there its field.
fn choose(bench: &Workbench, drafts: &mut Drafts, line: Line, actions: &mut Vec<Action>) {
    drafts.findings.chosen = Some(line);
    if let Line::Found(found) = line
        && let Some((_, finding)) = bench.finding(&found)
    {
        drafts.mark(bench, found.row, finding);
        actions.push(Action::GoToRow(found.row));
    }
}

/// Arrows move along the lines, Enter opens a code or brings the trace forward.
fn keys(
    bench: &Workbench,
    drafts: &mut Drafts,
    (count, fits, area): (usize, usize, &egui::Response),
    actions: &mut Vec<Action>,
    ui: &Ui,
) {
    let own = &mut drafts.findings;
    let chosen = own.chosen;
    let here = chosen.and_then(|line| own.narrowed.place(&line, &own.open));
    if let Some(there) = long_list::stepped(ui, area, here, (count, fits)) {
        ui.ctx().request_repaint();
        if let Some(line) = own.narrowed.line(there, &own.open) {
            choose(bench, drafts, line, actions);
        }
        return;
    }
    if ui.input(|input| input.key_pressed(Key::Enter)) {
        match chosen {
            Some(Line::Code(code, ..)) => flip(own, code),
            Some(line @ Line::Found(_)) => {
                choose(bench, drafts, line, actions);
                drafts.show = Some(Panel::Trace);
            }
            None => {}
        }
    }
}
