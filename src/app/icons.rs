//! Icons, 12 px, drawn with the painter: no icon font.

use eframe::egui::{Color32, Pos2, Rect, Shape, Stroke, Ui, Vec2, pos2, vec2};

use super::theme::{self, Palette};
use crate::report::Severity;
use crate::trace::{Judgement, Lane};

/// Which icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Icon {
    /// Plus.
    Add,
    /// Cross.
    Close,
    /// Two offset boxes.
    Copy,
    /// Wide box with a stripe.
    Card,
    /// Box with a slot and a card in it.
    Reader,
    /// Plug with two pins.
    Port,
    /// Open chevron.
    Down,
    /// Closed chevron.
    Right,
    /// Filled dot.
    Dot,
    /// Ring.
    Idle,
    /// Arrow up.
    ArrowUp,
    /// Arrow down.
    ArrowDown,
    /// Triangle.
    Play,
    /// Circle and handle.
    Find,
    /// Funnel.
    Filter,
    /// Sheet with a corner.
    File,
    /// Board with a clip.
    Paste,
    /// Ring with a bit.
    Key,
    /// Eye.
    Eye,
    /// Pencil.
    Edit,
    /// Arrow back.
    Undo,
    /// Arrow forth.
    Redo,
    /// Two stacked boxes.
    Server,
    /// Upright box.
    Phone,
    /// Screen on a foot.
    Terminal,
}

/// Paints an icon around `center`.
pub(super) fn paint(ui: &Ui, icon: Icon, center: Pos2, color: Color32) {
    let painter = ui.painter();
    let stroke = Stroke::new(1.4, color);
    let at = |x: f32, y: f32| center + vec2(x, y);
    let line = |points: &[(f32, f32)]| {
        let points: Vec<Pos2> = points.iter().map(|(x, y)| at(*x, *y)).collect();
        painter.add(Shape::line(points, stroke));
    };
    match icon {
        Icon::Filter => line(&[
            (-5.0, -4.5),
            (5.0, -4.5),
            (1.2, 0.2),
            (1.2, 4.5),
            (-1.2, 3.2),
            (-1.2, 0.2),
            (-5.0, -4.5),
        ]),
        Icon::Add => {
            line(&[(-5.0, 0.0), (5.0, 0.0)]);
            line(&[(0.0, -5.0), (0.0, 5.0)]);
        }
        Icon::Close => {
            line(&[(-3.5, -3.5), (3.5, 3.5)]);
            line(&[(-3.5, 3.5), (3.5, -3.5)]);
        }
        Icon::Copy => {
            painter.rect_stroke(
                Rect::from_center_size(at(-1.5, -1.5), Vec2::splat(7.0)),
                1.0,
                stroke,
                eframe::egui::StrokeKind::Middle,
            );
            line(&[(4.5, -1.0), (4.5, 4.5), (-1.0, 4.5)]);
        }
        Icon::Down => line(&[(-3.5, -1.5), (0.0, 2.0), (3.5, -1.5)]),
        Icon::Right => line(&[(-1.5, -3.5), (2.0, 0.0), (-1.5, 3.5)]),
        Icon::ArrowUp => {
            line(&[(0.0, 5.0), (0.0, -4.5)]);
            line(&[(-4.0, -1.0), (0.0, -5.0), (4.0, -1.0)]);
        }
        Icon::ArrowDown => {
            line(&[(0.0, -5.0), (0.0, 4.5)]);
            line(&[(-4.0, 1.0), (0.0, 5.0), (4.0, 1.0)]);
        }
        Icon::Play => {
            let corners = vec![at(-3.0, -4.5), at(4.5, 0.0), at(-3.0, 4.5)];
            painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
        }
        Icon::Find => {
            painter.circle_stroke(at(-1.0, -1.0), 3.8, stroke);
            line(&[(1.8, 1.8), (5.0, 5.0)]);
        }
        Icon::File => {
            line(&[
                (-4.0, -5.5),
                (1.0, -5.5),
                (4.0, -2.5),
                (4.0, 5.5),
                (-4.0, 5.5),
                (-4.0, -5.5),
            ]);
            line(&[(1.0, -5.5), (1.0, -2.5), (4.0, -2.5)]);
        }
        Icon::Dot => {
            painter.circle_filled(center, 3.2, color);
        }
        Icon::Card | Icon::Reader | Icon::Port | Icon::Server | Icon::Phone | Icon::Terminal => {
            device(ui, icon, center, color);
        }
        Icon::Idle => {
            painter.circle_stroke(center, 3.0, stroke);
        }
        Icon::Paste | Icon::Key | Icon::Eye | Icon::Edit | Icon::Undo | Icon::Redo => {
            editing(ui, icon, center, color);
        }
    }
}

/// Paints the icon of something that changes an input.
fn editing(ui: &Ui, icon: Icon, center: Pos2, color: Color32) {
    let painter = ui.painter();
    let stroke = Stroke::new(1.4, color);
    let mirror = if icon == Icon::Redo { -1.0 } else { 1.0 };
    let line = |points: &[(f32, f32)]| {
        let at = |(x, y): &(f32, f32)| center + vec2(mirror * x, *y);
        painter.add(Shape::line(points.iter().map(at).collect(), stroke));
    };
    match icon {
        Icon::Paste => {
            let sheet = Rect::from_center_size(center + vec2(0.0, 0.8), vec2(9.0, 10.0));
            painter.rect_stroke(sheet, 1.0, stroke, eframe::egui::StrokeKind::Middle);
            line(&[(-2.0, -5.5), (2.0, -5.5)]);
            line(&[(-2.0, 0.5), (2.0, 0.5)]);
        }
        Icon::Key => {
            painter.circle_stroke(center + vec2(-3.0, 0.0), 2.6, stroke);
            line(&[(-0.4, 0.0), (5.5, 0.0), (5.5, 2.6)]);
            line(&[(3.0, 0.0), (3.0, 2.2)]);
        }
        Icon::Eye => {
            line(&[
                (-6.0, 0.0),
                (-3.2, -2.8),
                (0.0, -3.8),
                (3.2, -2.8),
                (6.0, 0.0),
                (3.2, 2.8),
                (0.0, 3.8),
                (-3.2, 2.8),
                (-6.0, 0.0),
            ]);
            painter.circle_filled(center, 1.8, color);
        }
        Icon::Edit => line(&[
            (-5.0, 5.0),
            (-4.0, 1.5),
            (2.6, -5.0),
            (5.0, -2.6),
            (-1.5, 4.0),
            (-5.0, 5.0),
        ]),
        _ => {
            line(&[
                (-4.5, -1.5),
                (2.0, -1.5),
                (4.5, 0.8),
                (4.0, 3.2),
                (1.5, 4.5),
                (-2.0, 4.5),
            ]);
            line(&[(-1.8, -4.5), (-4.8, -1.5), (-1.8, 1.5)]);
        }
    }
}

/// Paints the icon of something that takes part in a conversation.
fn device(ui: &Ui, icon: Icon, center: Pos2, color: Color32) {
    let painter = ui.painter();
    let stroke = Stroke::new(1.4, color);
    let line = |from: (f32, f32), to: (f32, f32)| {
        let points = [from, to].map(|(x, y)| center + vec2(x, y));
        painter.line_segment(points, stroke);
    };
    let boxed = |offset: Vec2, size: Vec2| {
        let rect = Rect::from_center_size(center + offset, size);
        painter.rect_stroke(rect, 1.5, stroke, eframe::egui::StrokeKind::Middle);
    };
    match icon {
        Icon::Server => {
            boxed(vec2(0.0, -2.8), vec2(10.0, 4.2));
            boxed(vec2(0.0, 2.8), vec2(10.0, 4.2));
        }
        Icon::Phone => {
            boxed(Vec2::ZERO, vec2(6.5, 11.0));
            line((-1.0, 3.5), (1.0, 3.5));
        }
        Icon::Reader => {
            boxed(vec2(0.0, 2.0), vec2(11.0, 6.5));
            line((-3.0, 2.0), (3.0, 2.0));
            line((-3.0, -1.2), (-3.0, -5.2));
            line((-3.0, -5.2), (3.0, -5.2));
            line((3.0, -5.2), (3.0, -1.2));
        }
        Icon::Port => {
            boxed(vec2(0.0, 0.5), vec2(8.0, 6.0));
            line((-2.0, -2.5), (-2.0, -5.5));
            line((2.0, -2.5), (2.0, -5.5));
            line((0.0, 3.5), (0.0, 6.0));
        }
        Icon::Terminal => {
            boxed(vec2(0.0, -1.5), vec2(11.0, 7.0));
            line((0.0, 2.0), (0.0, 4.8));
            line((-3.0, 5.0), (3.0, 5.0));
        }
        _ => {
            boxed(Vec2::ZERO, vec2(11.0, 8.0));
            line((-5.0, -1.0), (5.0, -1.0));
        }
    }
}

/// Paints the icon of a lane: lanes have shapes, no colours.
pub(super) fn lane(ui: &Ui, lane: Lane, center: Pos2, color: Color32) {
    let icon = match lane {
        Lane::Card => Icon::Card,
        Lane::Server => Icon::Server,
        Lane::Forwarder => Icon::Phone,
        Lane::Terminal => Icon::Terminal,
    };
    paint(ui, icon, center, color);
}

/// Paints the icon of a judgement: every one has another outline, so that colour is never the only sign.
pub(super) fn judgement(ui: &Ui, judgement: Judgement, center: Pos2) {
    let palette = Palette::of(ui);
    let (painter, color) = (ui.painter(), theme::judgement_color(judgement, palette));
    let inner = Stroke::new(1.5, palette.bg1);
    let at = |x: f32, y: f32| pos2(center.x + x, center.y + y);
    match judgement {
        Judgement::Verified => {
            painter.circle_filled(center, 6.0, color);
            painter.add(Shape::line(
                vec![at(-2.8, 0.2), at(-0.8, 2.2), at(3.0, -2.0)],
                inner,
            ));
        }
        Judgement::Unverified => {
            painter.circle_stroke(center, 5.0, Stroke::new(1.5, color));
        }
        Judgement::Wrong => {
            painter.rect_filled(
                Rect::from_center_size(center, Vec2::splat(11.0)),
                2.5,
                color,
            );
            painter.line_segment([at(-2.5, -2.5), at(2.5, 2.5)], inner);
            painter.line_segment([at(-2.5, 2.5), at(2.5, -2.5)], inner);
        }
        Judgement::Refused => {
            painter.add(Shape::convex_polygon(
                vec![at(0.0, -6.0), at(6.0, 5.0), at(-6.0, 5.0)],
                color,
                Stroke::NONE,
            ));
            painter.line_segment([at(0.0, -2.0), at(0.0, 1.5)], inner);
            painter.circle_filled(at(0.0, 3.4), 0.8, palette.bg1);
        }
        Judgement::Opaque => {
            painter.rect_filled(
                Rect::from_center_size(at(0.0, 2.0), vec2(9.0, 7.0)),
                1.5,
                color,
            );
            painter.add(Shape::line(
                vec![
                    at(-2.8, -1.0),
                    at(-2.8, -3.5),
                    at(-1.5, -5.2),
                    at(1.5, -5.2),
                    at(2.8, -3.5),
                    at(2.8, -1.0),
                ],
                Stroke::new(1.5, color),
            ));
        }
        Judgement::Plain => {
            painter.line_segment([at(-3.5, 0.0), at(3.5, 0.0)], Stroke::new(1.5, color));
        }
    }
}

/// Paints the icon of a finding: those of the verdicts, and an empty diamond for a hint.
pub(super) fn severity(ui: &Ui, severity: Severity, center: Pos2) {
    match severity {
        Severity::Error => judgement(ui, Judgement::Wrong, center),
        Severity::Warning => judgement(ui, Judgement::Refused, center),
        Severity::Hint => {
            let corners = [(0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)];
            let corners = corners.map(|(x, y)| center + vec2(x, y)).to_vec();
            let color = theme::severity_color(severity, Palette::of(ui));
            let stroke = Stroke::new(1.4, color);
            ui.painter().add(Shape::closed_line(corners, stroke));
        }
    }
}
