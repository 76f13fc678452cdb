//! Which columns there are, which of them fit, and where they stand.

use eframe::egui::{self, Align2, Pos2, Rect, Sense, Ui, pos2, vec2};

use crate::app::theme::{self, Palette};

const HEAD: f32 = 22.0;

/// One column: head, smallest panel width that shows it, width (0 is elastic).
pub(super) struct Column {
    head: &'static str,
    from: f32,
    width: f32,
    pub(super) right: bool,
}

pub(super) const COLUMNS: [Column; 9] = [
    Column {
        head: "#",
        from: 0.0,
        width: 44.0,
        right: true,
    },
    Column {
        head: "Δt ms",
        from: 760.0,
        width: 62.0,
        right: true,
    },
    Column {
        head: "Lane",
        from: 980.0,
        width: 88.0,
        right: false,
    },
    Column {
        head: "App",
        from: 820.0,
        width: 66.0,
        right: false,
    },
    Column {
        head: "Command",
        from: 0.0,
        width: 172.0,
        right: false,
    },
    Column {
        head: "Key and mode",
        from: 680.0,
        width: 150.0,
        right: false,
    },
    Column {
        head: "Parameters",
        from: 520.0,
        width: 0.0,
        right: false,
    },
    Column {
        head: "Status",
        from: 380.0,
        width: 58.0,
        right: false,
    },
    Column {
        head: "Verdict",
        from: 0.0,
        width: 150.0,
        right: false,
    },
];

/// Places of the columns that fit; the parameters column takes what is left.
pub(super) fn layout(width: f32) -> Vec<(usize, f32, f32)> {
    let shown = COLUMNS
        .iter()
        .enumerate()
        .filter(|(_, column)| width >= column.from);
    let narrow = width < 620.0;
    let own = |index: usize, column: &Column| {
        if index == 8 && narrow {
            28.0
        } else {
            column.width
        }
    };
    let fixed: f32 = shown
        .clone()
        .map(|(index, column)| own(index, column))
        .sum();
    let mut x = 12.0;
    let mut places = Vec::new();
    for (index, column) in shown {
        let wide = if column.width == 0.0 {
            (width - fixed - 12.0).max(60.0)
        } else {
            own(index, column)
        };
        places.push((index, x, wide));
        x += wide;
    }
    places
}

pub(super) fn heads(ui: &mut Ui, columns: &[(usize, f32, f32)]) {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), Sense::hover());
    let font = theme::small().resolve(ui.style());
    for (index, x, width) in columns {
        // A verdict without words has only an icon, and no room for a head.
        let Some(column) = COLUMNS.get(*index).filter(|_| *width > 40.0) else {
            continue;
        };
        let (at, align) = cell(rect, *x, *width, column.right);
        ui.painter()
            .text(at, align, column.head, font.clone(), palette.t3);
    }
    ui.painter().hline(
        rect.x_range(),
        rect.bottom(),
        egui::Stroke::new(1.0, palette.line),
    );
}

pub(super) fn cell(rect: Rect, x: f32, width: f32, right: bool) -> (Pos2, Align2) {
    if right {
        (
            pos2(rect.left() + x + width - 8.0, rect.center().y),
            Align2::RIGHT_CENTER,
        )
    } else {
        (
            pos2(rect.left() + x + 6.0, rect.center().y),
            Align2::LEFT_CENTER,
        )
    }
}
