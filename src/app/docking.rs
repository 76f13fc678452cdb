//! Tiles that the user can rearrange; the arrangement is kept.

use eframe::egui::{self, Color32, Id, Rect, Sense, Stroke, Ui, WidgetText, pos2, vec2};
use egui_tiles::{Behavior, SimplificationOptions, TabState, TileId, Tiles, Tree, UiResponse};

use super::drafts::Drafts;
use super::panels::{Panel, panel_ui};
use super::theme::Palette;
use crate::workbench::{Action, Workbench};

/// The first arrangement: readers over keys left, trace over fields, bytes, virtual card.
pub(super) fn first_tree() -> Tree<Panel> {
    let mut tiles = Tiles::default();
    let mut pane = |panel| tiles.insert_pane(panel);
    let [readers, keys, sessions, trace, fields, bytes, card] = [
        Panel::Readers,
        Panel::Keys,
        Panel::Sessions,
        Panel::Trace,
        Panel::Fields,
        Panel::Bytes,
        Panel::VirtualCard,
    ]
    .map(&mut pane);
    let readers = tiles.insert_tab_tile(vec![readers]);
    let keys = tiles.insert_tab_tile(vec![keys, sessions]);
    let trace = tiles.insert_tab_tile(vec![trace]);
    let fields = tiles.insert_tab_tile(vec![fields]);
    let bytes = tiles.insert_tab_tile(vec![bytes]);
    let card = tiles.insert_tab_tile(vec![card]);
    let left = shares(
        &mut tiles,
        egui_tiles::LinearDir::Vertical,
        &[(readers, 0.6), (keys, 0.4)],
    );
    let below = shares(
        &mut tiles,
        egui_tiles::LinearDir::Horizontal,
        &[(fields, 0.30), (bytes, 0.40), (card, 0.30)],
    );
    let right = shares(
        &mut tiles,
        egui_tiles::LinearDir::Vertical,
        &[(trace, 0.58), (below, 0.42)],
    );
    let root = shares(
        &mut tiles,
        egui_tiles::LinearDir::Horizontal,
        &[(left, 0.195), (right, 0.805)],
    );
    Tree::new(Id::unique("panels"), root, tiles)
}

fn shares(
    tiles: &mut Tiles<Panel>,
    dir: egui_tiles::LinearDir,
    children: &[(TileId, f32)],
) -> TileId {
    let mut linear = egui_tiles::Linear::new(dir, children.iter().map(|(tile, _)| *tile).collect());
    for (tile, share) in children {
        linear.shares.set_share(*tile, *share);
    }
    tiles.insert_container(linear)
}

/// Brings a panel to the front.
pub(super) fn show(tree: &mut Tree<Panel>, panel: Panel) {
    tree.make_active(|_, tile| matches!(tile, egui_tiles::Tile::Pane(pane) if *pane == panel));
}

/// Draws tiles for one frame.
pub(super) struct Dock<'a> {
    pub(super) bench: &'a Workbench,
    pub(super) drafts: &'a mut Drafts,
    pub(super) actions: &'a mut Vec<Action>,
}

impl Behavior<Panel> for Dock<'_> {
    fn pane_ui(&mut self, ui: &mut Ui, _tile: TileId, pane: &mut Panel) -> UiResponse {
        let palette = Palette::of(ui);
        ui.painter().rect_filled(ui.max_rect(), 0.0, palette.bg1);
        ui.push_id(pane.title(), |ui| {
            panel_ui(*pane, self.bench, self.drafts, self.actions, ui);
        });
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, pane: &Panel) -> WidgetText {
        pane.title().into()
    }

    fn tab_ui(
        &mut self,
        tiles: &mut Tiles<Panel>,
        ui: &mut Ui,
        id: Id,
        tile: TileId,
        state: &TabState,
    ) -> egui::Response {
        let palette = Palette::of(ui);
        let title = self.tab_title_for_tile(tiles, tile);
        let color = if state.active { palette.t1 } else { palette.t3 };
        let galley = ui.painter().layout_no_wrap(
            title.text().to_owned(),
            egui::TextStyle::Body.resolve(ui.style()),
            color,
        );
        let (_, rect) = ui.allocate_space(vec2(galley.size().x + 24.0, ui.available_height()));
        let response = ui.interact(rect, id, Sense::click_and_drag());
        response.widget_info(|| {
            egui::WidgetInfo::selected(egui::accesskit::Role::Tab, true, state.active, title.text())
        });
        if state.active {
            ui.painter().rect_filled(rect, 0.0, palette.bg1);
            let top = Rect::from_min_size(rect.min, vec2(rect.width(), 2.0));
            let line = if response.has_focus() {
                palette.accent
            } else {
                palette.line2
            };
            ui.painter().rect_filled(top, 0.0, line);
        }
        let at = pos2(rect.left() + 12.0, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, color);
        response
    }

    fn tab_bar_color(&self, visuals: &egui::Visuals) -> Color32 {
        visuals.panel_fill
    }

    fn tab_bar_height(&self, _style: &egui::Style) -> f32 {
        26.0
    }

    fn tab_bar_hline_stroke(&self, _visuals: &egui::Visuals) -> Stroke {
        Stroke::NONE
    }

    fn gap_width(&self, _style: &egui::Style) -> f32 {
        3.0
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions {
            all_panes_must_have_tabs: true,
            ..SimplificationOptions::default()
        }
    }
}
