//! Tiles that the user can rearrange; the arrangement is kept.

use eframe::egui::text::LayoutJob;
use eframe::egui::{self, Color32, Id, Rect, Sense, Stroke, Ui, WidgetText, pos2, vec2};
use egui_tiles::{
    Behavior, Container, Linear, LinearDir, SimplificationOptions, TabState, Tabs, Tile, TileId,
    Tiles, Tree, UiResponse,
};

use super::drafts::Drafts;
use super::panels::{Panel, panel_actions_ui, panel_ui};
use super::theme::Palette;
use super::widgets;
use crate::trace::Judgement;
use crate::workbench::{Action, Arrangement, Workbench};

/// The first arrangement: readers over keys left, trace over fields, bytes, virtual card; what looks at the trace as a
/// whole behind it, what looks at a row behind fields and card.
pub(super) fn first() -> Arrangement {
    let tabs = |panels: &[Panel]| Arrangement::Tabs {
        panels: panels.iter().map(|panel| panel.id().to_owned()).collect(),
        front: 0,
    };
    let left = Arrangement::Column(vec![
        (0.56, tabs(&[Panel::Readers])),
        (0.44, tabs(&[Panel::Keys, Panel::Sessions])),
    ]);
    let below = Arrangement::Row(vec![
        (0.30, tabs(&[Panel::Fields, Panel::Known])),
        (0.38, tabs(&[Panel::Bytes])),
        (
            0.32,
            tabs(&[Panel::VirtualCard, Panel::Explain, Panel::Log]),
        ),
    ]);
    let above = tabs(&[Panel::Trace, Panel::Compare, Panel::Calculator]);
    let right = Arrangement::Column(vec![(0.58, above), (0.42, below)]);
    Arrangement::Row(vec![(0.195, left), (0.805, right)])
}

/// The tiles of an arrangement, or of the first one. Every panel stands somewhere: one that a saved arrangement does
/// not know is added behind the last.
pub(super) fn tree_of(saved: Option<&Arrangement>) -> Tree<Panel> {
    let first = first();
    let mut left = Panel::ALL.to_vec();
    let mut tiles = Tiles::default();
    let root = saved
        .and_then(|saved| add(&mut tiles, saved, &mut left))
        .or_else(|| add(&mut tiles, &first, &mut left));
    let last = tiles.tile_ids().find(|tile| {
        let holds = tiles.get_container(*tile);
        matches!(holds, Some(egui_tiles::Container::Tabs(_)))
    });
    for panel in left {
        let pane = tiles.insert_pane(panel);
        let tabs = last.and_then(|last| tiles.get_mut(last));
        if let Some(Tile::Container(tabs)) = tabs {
            tabs.add_child(pane);
        }
    }
    match root {
        Some(root) => Tree::new(Id::unique("panels"), root, tiles),
        None => Tree::empty(Id::unique("panels")),
    }
}

/// Adds a part; panels that are named twice or do not exist are left out, and so is a part without any.
fn add(tiles: &mut Tiles<Panel>, part: &Arrangement, left: &mut Vec<Panel>) -> Option<TileId> {
    match part {
        Arrangement::Tabs { panels, front } => {
            let mut children = Vec::new();
            let mut shown = None;
            for (place, name) in panels.iter().enumerate() {
                if let Some(at) = left.iter().position(|panel| panel.id() == name) {
                    let pane = tiles.insert_pane(left.remove(at));
                    children.push(pane);
                    shown = shown.or((place >= *front).then_some(pane));
                }
            }
            let mut tabs = Tabs::new(children);
            if let Some(shown) = shown {
                tabs.set_active(shown);
            }
            (!tabs.children.is_empty()).then(|| tiles.insert_container(tabs))
        }
        Arrangement::Row(parts) => shares(tiles, LinearDir::Horizontal, parts, left),
        Arrangement::Column(parts) => shares(tiles, LinearDir::Vertical, parts, left),
    }
}

fn shares(
    tiles: &mut Tiles<Panel>,
    dir: LinearDir,
    parts: &[(f32, Arrangement)],
    left: &mut Vec<Panel>,
) -> Option<TileId> {
    let mut linear = Linear::new(dir, Vec::new());
    for (share, part) in parts {
        if let Some(child) = add(tiles, part, left) {
            linear.add_child(child);
            // A share that a file made too small would hide the part for good.
            linear.shares.set_share(child, share.clamp(0.02, 50.0));
        }
    }
    (!linear.children.is_empty()).then(|| tiles.insert_container(linear))
}

/// Where the panels stand now.
pub(super) fn arrangement_of(tree: &Tree<Panel>) -> Option<Arrangement> {
    part_of(&tree.tiles, tree.root()?)
}

fn part_of(tiles: &Tiles<Panel>, tile: TileId) -> Option<Arrangement> {
    let parts = |container: &Container, share: &dyn Fn(TileId) -> f32| -> Vec<(f32, Arrangement)> {
        let parts = container.children();
        parts
            .filter_map(|child| Some((share(*child), part_of(tiles, *child)?)))
            .collect()
    };
    Some(match tiles.get(tile)? {
        Tile::Pane(panel) => Arrangement::Tabs {
            panels: vec![panel.id().to_owned()],
            front: 0,
        },
        Tile::Container(Container::Tabs(tabs)) => {
            let panels = tabs
                .children
                .iter()
                .filter_map(|child| tiles.get_pane(child));
            let front = tabs
                .children
                .iter()
                .position(|child| tabs.is_active(*child));
            Arrangement::Tabs {
                panels: panels.map(|panel| panel.id().to_owned()).collect(),
                front: front.unwrap_or_default(),
            }
        }
        Tile::Container(container @ Container::Linear(linear)) => {
            let share = |child| {
                let known = linear.shares.iter().find(|(tile, _)| **tile == child);
                known.map_or(1.0, |(_, share)| *share)
            };
            let parts = parts(container, &share);
            match linear.dir {
                LinearDir::Horizontal => Arrangement::Row(parts),
                LinearDir::Vertical => Arrangement::Column(parts),
            }
        }
        Tile::Container(container @ Container::Grid(_)) => {
            Arrangement::Row(parts(container, &|_| 1.0))
        }
    })
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
        let body = egui::TextStyle::Body.resolve(ui.style());
        let mut job = LayoutJob::simple_singleline(title.text().to_owned(), body.clone(), color);
        let findings = self.bench.log().remarkable().len();
        if findings > 0 && matches!(tiles.get_pane(&tile), Some(Panel::Trace)) {
            let worst = if self.bench.log().count(Judgement::Wrong) > 0 {
                palette.wrong
            } else {
                palette.refusal
            };
            let format = egui::TextFormat::simple(body, worst);
            job.append(&widgets::thousands(findings), 8.0, format);
        }
        let galley = ui.painter().layout_job(job);
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

    fn top_bar_right_ui(
        &mut self,
        tiles: &Tiles<Panel>,
        ui: &mut Ui,
        _tile: TileId,
        tabs: &Tabs,
        _scroll: &mut f32,
    ) {
        let front = tabs.active.and_then(|tile| tiles.get_pane(&tile));
        if let Some(panel) = front {
            ui.add_space(8.0);
            panel_actions_ui(*panel, self.bench, self.drafts, self.actions, ui);
        }
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
