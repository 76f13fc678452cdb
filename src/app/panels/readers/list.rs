//! A line of the list of readers.

use eframe::egui::{self, Sense, Ui, vec2};

use crate::app::icons::{self, Icon};
use crate::app::theme::{self, Palette};
use crate::workbench::{Lying, Place, Reader};

pub(super) fn line_ui(reader: &Reader, chosen: bool, ui: &mut Ui) -> egui::Response {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::selected(
            egui::accesskit::Role::ListBoxOption,
            true,
            chosen,
            &reader.name,
        )
    });
    if chosen || response.hovered() {
        let fill = if chosen {
            palette.selection
        } else {
            palette.bg2
        };
        ui.painter().rect_filled(rect, 3.0, fill);
    }
    let icon = match reader.place {
        Place::Embedded(_) => Icon::Card,
        Place::Desk(_) => Icon::Reader,
        Place::Port(_) => Icon::Port,
    };
    let color = if chosen { palette.accent } else { palette.t2 };
    let center = egui::pos2(rect.left() + 8.0, rect.center().y);
    icons::paint(ui, icon, center, color);
    let small = theme::small().resolve(ui.style());
    let state = if rect.width() < 150.0 {
        ""
    } else {
        state(reader)
    };
    let state = ui
        .painter()
        .layout_no_wrap(state.to_owned(), small, palette.t2);
    let right = egui::pos2(
        rect.right() - 4.0 - state.size().x,
        rect.center().y - state.size().y / 2.0,
    );
    let mut name = egui::text::LayoutJob::simple_singleline(
        reader.name.clone(),
        egui::TextStyle::Body.resolve(ui.style()),
        palette.t1,
    );
    // Names of PC/SC readers are long: they end where the state begins.
    name.wrap.max_rows = 1;
    name.wrap.break_anywhere = true;
    name.wrap.max_width = (right.x - rect.left() - 22.0 - 6.0).max(20.0);
    let name = ui.fonts_mut(|fonts| fonts.layout_job(name));
    let cut = name.elided;
    let left = egui::pos2(rect.left() + 22.0, rect.center().y - name.size().y / 2.0);
    ui.painter().galley(left, name, palette.t1);
    ui.painter().galley(right, state, palette.t2);
    if cut {
        response.on_hover_text(&reader.name)
    } else {
        response
    }
}

/// How it stands, in a word.
fn state(reader: &Reader) -> &'static str {
    let lent = match reader.place {
        Place::Embedded(_) => "lent",
        Place::Desk(_) | Place::Port(_) => "tapped",
    };
    match (&reader.place, reader.alive) {
        _ if reader.lending.is_some() => lent,
        (Place::Desk(desk), _) if !desk.plugged => "unplugged",
        (Place::Embedded(_) | Place::Port(_), false) => "ended",
        (_, true) if reader.present && reader.busy.is_some() => "busy",
        (_, true) if reader.present => "connected",
        (Place::Port(_), true) => "waiting",
        (Place::Desk(desk), _) => match desk.lying {
            Lying::Nothing => "no card",
            Lying::Card(_) => "card",
            Lying::Mute => "mute card",
        },
        (Place::Embedded(_), true) => "no card",
    }
}
