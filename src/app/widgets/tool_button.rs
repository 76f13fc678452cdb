//! A button with an icon before its text.

use eframe::egui::{self, Response, Sense, Ui, Widget, vec2};

use crate::app::icons::{self, Icon};
use crate::app::theme::Palette;

/// How much a button asks to be pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Weight {
    /// Filled; one in each bar.
    Primary,
    /// Outlined.
    Secondary,
    /// Neither.
    Quiet,
}

/// Draws the button; it says on hover why it is off.
pub(in crate::app) fn tool_button(
    ui: &mut Ui,
    (icon, text): (Icon, &str),
    weight: Weight,
    can: Result<(), &str>,
) -> Response {
    let button = ToolButton { icon, text, weight };
    let response = ui.add_enabled(can.is_ok(), button);
    match can {
        Ok(()) => response,
        Err(why) => response.on_disabled_hover_text(why),
    }
}

struct ToolButton<'a> {
    icon: Icon,
    text: &'a str,
    weight: Weight,
}

const HEIGHT: f32 = 24.0;
const PADDING: f32 = 9.0;
const ICON: f32 = 18.0;

impl Widget for ToolButton<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let palette = Palette::of(ui);
        let font = egui::TextStyle::Button.resolve(ui.style());
        let color = match (ui.is_enabled(), self.weight) {
            (false, Weight::Primary) => palette.t2,
            (false, _) => palette.t3,
            (true, Weight::Primary) => palette.on_accent,
            (true, Weight::Secondary) => palette.accent,
            (true, Weight::Quiet) => palette.t1,
        };
        let galley = ui
            .painter()
            .layout_no_wrap(self.text.to_owned(), font, color);
        let size = vec2(galley.size().x + ICON + 2.0 * PADDING, HEIGHT);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        response.widget_info(|| {
            let role = egui::accesskit::Role::Button;
            egui::WidgetInfo::labeled(role, ui.is_enabled(), self.text)
        });
        let lit = response.hovered() || response.is_pointer_button_down_on();
        let fill = match (ui.is_enabled(), self.weight, lit) {
            (false, Weight::Primary, _) => Some(palette.bg3),
            (true, Weight::Primary, _) => Some(palette.accent_fill),
            (true, _, true) => Some(palette.bg4),
            _ => None,
        };
        if let Some(fill) = fill {
            ui.painter().rect_filled(rect, 4.0, fill);
        }
        let outline = match (self.weight, response.has_focus()) {
            (_, true) => Some(palette.accent),
            (Weight::Secondary, _) if ui.is_enabled() => Some(palette.accent),
            (Weight::Secondary, _) => Some(palette.line2),
            _ => None,
        };
        if let Some(outline) = outline {
            let stroke = egui::Stroke::new(1.0, outline);
            ui.painter()
                .rect_stroke(rect, 4.0, stroke, egui::StrokeKind::Inside);
        }
        let middle = rect.center().y;
        let at = egui::pos2(rect.left() + PADDING + 5.0, middle);
        icons::paint(ui, self.icon, at, color);
        let at = egui::pos2(rect.left() + PADDING + ICON, middle - galley.size().y / 2.0);
        ui.painter().galley(at, galley, color);
        response
    }
}
