//! One line of the list: a finding with its row, or the head of those of a code.

use eframe::egui::{self, Align2, Rect, Sense, Ui, pos2};

use super::FindingsDraft;
use super::narrowed::Line;
use crate::app::icons::{self, Icon};
use crate::app::theme::{self, Palette};
use crate::app::widgets;
use crate::app::widgets::long_list::{background, clipped};
use crate::report::{Finding, Severity};
use crate::trace::Exchange;
use crate::workbench::{Found, Workbench};

/// A row and one of its findings.
pub(super) type Pair<'a> = (&'a Exchange, &'a Finding);

/// From this width on the command has a column.
const WITH_COMMAND: f32 = 300.0;

/// Draws a line; whether it was clicked.
pub(super) fn line_ui(
    bench: &Workbench,
    own: &FindingsDraft,
    line: Line,
    rect: Rect,
    ui: &mut Ui,
) -> bool {
    match line {
        Line::Code(code, severity, count) => code_ui(own, (code, severity, count), rect, ui),
        Line::Found(found) => bench
            .finding(&found)
            .is_some_and(|pair| found_ui(bench, own, found, pair, rect, ui)),
    }
}

fn code_ui(
    own: &FindingsDraft,
    (code, severity, count): (&'static str, Severity, usize),
    rect: Rect,
    ui: &Ui,
) -> bool {
    let palette = Palette::of(ui);
    let response = ui.interact(rect, ui.scope_id().with(code), Sense::click());
    let open = own.open.contains(code);
    let words = if count == 1 { "finding" } else { "findings" };
    response.widget_info(|| {
        let name = format!("{code}, {count} {words}");
        egui::WidgetInfo::selected(egui::accesskit::Role::TreeItem, true, open, name)
    });
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_expanded(open));
    let chosen = matches!(own.chosen, Some(Line::Code(other, ..)) if other == code);
    background(ui, rect, chosen, response.hovered());
    let middle = rect.center().y;
    let icon = if open { Icon::Down } else { Icon::Right };
    icons::paint(ui, icon, pos2(rect.left() + 12.0, middle), palette.t2);
    icons::severity(ui, severity, pos2(rect.left() + 30.0, middle));
    let count = widgets::thousands(count);
    let at = pos2(rect.right() - 10.0, middle);
    let painter = ui.painter();
    let end = painter.text(at, Align2::RIGHT_CENTER, count, theme::mono(), palette.t2);
    let words = (code.to_owned(), theme::medium(), palette.t1);
    let span = (rect.left() + 44.0, end.left() - 8.0);
    clipped(ui, span, middle, words);
    response.clicked()
}

fn found_ui(
    bench: &Workbench,
    own: &FindingsDraft,
    found: Found,
    (row, finding): Pair<'_>,
    rect: Rect,
    ui: &Ui,
) -> bool {
    let palette = Palette::of(ui);
    let id = ui.scope_id().with((found.row, found.nth));
    let response = ui.interact(rect, id, Sense::click());
    let is_selected = bench.selected() == Some(found.row);
    let chosen = is_selected && own.chosen == Some(Line::Found(found));
    response.widget_info(|| {
        let name = format!(
            "{} in row {}, {}: {}",
            finding.severity.name(),
            row.index,
            row.name(),
            finding.text
        );
        egui::WidgetInfo::selected(egui::accesskit::Role::ListBoxOption, true, chosen, name)
    });
    background(ui, rect, chosen, response.hovered());
    let middle = rect.center().y;
    let indent = if own.wish.by_code { 18.0 } else { 0.0 };
    let left = rect.left() + indent;
    icons::severity(ui, finding.severity, pos2(left + 14.0, middle));
    let quiet = if chosen { palette.t2 } else { palette.t3 };
    let digits = widgets::thousands(row.index);
    // The column is as wide as the newest row's number.
    let newest = widgets::thousands(bench.rows().len());
    let width = ui
        .painter()
        .layout_no_wrap(newest, theme::mono(), quiet)
        .size()
        .x
        .max(22.0);
    let mut x = left + 26.0 + width;
    let at = pos2(x, middle);
    ui.painter()
        .text(at, Align2::RIGHT_CENTER, digits, theme::mono(), quiet);
    x += 10.0;
    if rect.width() >= WITH_COMMAND {
        let wide = if rect.width() >= 560.0 { 172.0 } else { 84.0 };
        let words = (row.name().to_owned(), theme::medium(), palette.t1);
        clipped(ui, (x, x + wide - 6.0), middle, words);
        x += wide;
    }
    let body = egui::TextStyle::Body.resolve(ui.style());
    let words = (finding.text.clone(), body, palette.t1);
    clipped(ui, (x, rect.right() - 8.0), middle, words);
    let clicked = response.clicked();
    response.on_hover_text(format!("{}\n{}", finding.text, finding.code));
    clicked
}
