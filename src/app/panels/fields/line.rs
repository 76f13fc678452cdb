//! One line of the field tree, and the way along the lines by keyboard.

use eframe::egui::text::{LayoutJob, TextFormat, TextWrapping};
use eframe::egui::{self, Align2, Color32, Id, Key, Modifiers, Rect, Sense, Ui, pos2, vec2};

use crate::app::drafts::Drafts;
use crate::app::icons::{self, Icon};
use crate::app::theme::{self, Palette, ROW};
use crate::calculator::open::Side;
use crate::trace::Judgement;

/// A branch, and whether it is open at first.
#[derive(Clone, Copy)]
pub(super) struct Fold {
    pub(super) key: &'static str,
    pub(super) open: bool,
}

impl Fold {
    /// Whether it is open now.
    pub(super) fn is_open(self, drafts: &Drafts) -> bool {
        self.open != drafts.flipped.contains(self.key)
    }

    fn flip(self, drafts: &mut Drafts) {
        if !drafts.flipped.remove(self.key) {
            drafts.flipped.insert(self.key);
        }
    }
}

/// What stands on a line.
#[derive(Default)]
pub(super) struct Line<'a> {
    /// Accessible name.
    pub(super) label: String,
    pub(super) name: &'a str,
    pub(super) value: LayoutJob,
    /// Number of bytes.
    pub(super) len: Option<usize>,
    /// 0 for the branches of the panel.
    pub(super) depth: u8,
    /// Colour of the bytes.
    pub(super) hue: Option<Color32>,
    pub(super) verdict: Option<Judgement>,
    pub(super) fold: Option<Fold>,
    /// Place in the row's field tree.
    pub(super) field: Option<usize>,
    pub(super) hover: String,
    /// What its menu copies; nothing when empty.
    pub(super) copy: String,
    /// Side whose MAC it is.
    pub(super) mac_of: Option<Side>,
}

/// A line that was drawn.
struct Shown {
    id: Id,
    depth: u8,
    fold: Option<Fold>,
    field: Option<usize>,
}

/// The lines of one frame, from top to bottom.
#[derive(Default)]
pub(super) struct Lines {
    shown: Vec<Shown>,
    /// What the user asked to copy.
    pub(super) copied: Option<String>,
    /// Sides whose MAC has a page in the calculator.
    pub(super) computable: Vec<Side>,
    /// Side whose MAC the user asked to open there.
    pub(super) calculated: Option<Side>,
}

/// Where the values of a line start.
pub(super) fn value_left(rect: Rect) -> f32 {
    rect.left() + if rect.width() < 480.0 { 148.0 } else { 210.0 }
}

/// Text in the font of words.
pub(super) fn words(ui: &Ui, text: impl Into<String>) -> LayoutJob {
    let body = egui::TextStyle::Body.resolve(ui.style());
    LayoutJob::simple_singleline(text.into(), body, Palette::of(ui).t1)
}

/// Text in the font of bytes.
pub(super) fn digits(ui: &Ui, text: impl Into<String>) -> LayoutJob {
    LayoutJob::simple_singleline(text.into(), theme::mono(), Palette::of(ui).t1)
}

/// Bytes of which one is marked as wrong.
pub(super) fn marked(ui: &Ui, bytes: &[u8], wrong: Option<usize>) -> LayoutJob {
    let palette = Palette::of(ui);
    let mut job = LayoutJob::default();
    for (place, byte) in bytes.iter().enumerate() {
        let format = if wrong == Some(place) {
            TextFormat {
                background: palette.wrong_tint,
                ..TextFormat::simple(theme::mono_bold(), palette.wrong)
            }
        } else {
            TextFormat::simple(theme::mono(), palette.t1)
        };
        job.append(&format!("{byte:02X}"), 0.0, format);
    }
    job
}

impl Lines {
    /// Whether the MAC of a side has a page in the calculator.
    pub(super) fn computes(&self, side: Side) -> bool {
        self.computable.contains(&side)
    }

    /// Room for the next line.
    pub(super) fn place(ui: &mut Ui) -> Rect {
        ui.allocate_space(vec2(ui.available_width(), ROW)).1
    }

    /// Draws a line; says whether its branch is open.
    pub(super) fn add(&mut self, ui: &mut Ui, drafts: &mut Drafts, line: Line<'_>) -> bool {
        let rect = Self::place(ui);
        self.add_at(ui, drafts, rect, line)
    }

    /// Draws a line in its room; says whether its branch is open.
    pub(super) fn add_at(
        &mut self,
        ui: &mut Ui,
        drafts: &mut Drafts,
        rect: Rect,
        line: Line<'_>,
    ) -> bool {
        let id = ui.scope_id().with((&line.label, line.field));
        let acts = line.fold.is_some() || line.field.is_some();
        let sense = if acts {
            Sense::click()
        } else {
            Sense::HOVER | Sense::FOCUSABLE
        };
        let response = ui.interact(rect, id, sense);
        let open = line.fold.is_some_and(|fold| fold.is_open(drafts));
        let chosen = line.field.is_some() && drafts.field == line.field;
        describe(ui, &response, &line, (acts, chosen, open));
        if response.hovered() && line.field.is_some() {
            drafts.hovered_field = line.field;
        }
        if response.clicked() {
            click(&line, drafts, chosen, open);
        }
        if response.gained_focus() {
            response.scroll_to_me(None);
        }
        self.shown.push(Shown {
            id,
            depth: line.depth,
            fold: line.fold,
            field: line.field,
        });
        if !line.copy.is_empty() {
            response.context_menu(|ui| {
                for (name, text) in [
                    ("Copy value", line.copy.clone()),
                    (
                        "Copy name and value",
                        format!("{} {}", line.name, line.copy),
                    ),
                ] {
                    if ui.button(name).clicked() {
                        self.copied = Some(text);
                    }
                }
                if let Some(side) = line.mac_of.filter(|side| self.computes(*side)) {
                    ui.separator();
                    if ui.button("Open in calculator").clicked() {
                        self.calculated = Some(side);
                    }
                }
            });
        }
        paint(ui, rect, &line, &response, (chosen, open));
        if !line.hover.is_empty() {
            response.on_hover_text(line.hover);
        }
        line.fold.is_some_and(|fold| fold.is_open(drafts))
    }

    /// Moves along the lines while one of them has the focus, opens and closes branches.
    pub(super) fn keys(&self, ui: &Ui, drafts: &mut Drafts) {
        let focus = ui.memory(egui::Memory::focused);
        let here = |line: &Shown| Some(line.id) == focus;
        let Some((at, line)) = self.shown.iter().enumerate().find(|(_, line)| here(line)) else {
            return;
        };
        ui.memory_mut(|memory| {
            let filter = egui::EventFilter {
                vertical_arrows: true,
                horizontal_arrows: true,
                ..egui::EventFilter::default()
            };
            memory.set_focus_lock_filter(line.id, filter);
        });
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let open = line.fold.map(|fold| (fold, fold.is_open(drafts)));
        let mut goal = None;
        if pressed(Key::ArrowDown) {
            goal = Some(at + 1);
        }
        if pressed(Key::ArrowUp) {
            goal = at.checked_sub(1);
        }
        if pressed(Key::ArrowRight) {
            match open {
                Some((fold, false)) => fold.flip(drafts),
                Some(_) => goal = Some(at + 1),
                None => {}
            }
        }
        if pressed(Key::ArrowLeft) {
            match open {
                Some((fold, true)) => fold.flip(drafts),
                _ => goal = self.parent(at),
            }
        }
        if let Some(there) = goal.and_then(|goal| self.shown.get(goal)) {
            ui.memory_mut(|memory| memory.request_focus(there.id));
            drafts.field = there.field;
        }
    }

    /// The line of the branch that a line belongs to.
    fn parent(&self, at: usize) -> Option<usize> {
        let depth = self.shown.get(at)?.depth;
        self.shown
            .iter()
            .take(at)
            .rposition(|line| line.depth < depth)
    }
}

/// A field is chosen; a branch opens; a MAC, which is both, opens when it is chosen.
fn click(line: &Line<'_>, drafts: &mut Drafts, chosen: bool, open: bool) {
    if line.field.is_some() {
        drafts.field = if chosen { None } else { line.field };
    }
    if let Some(fold) = line.fold
        && (line.field.is_none() || open == chosen)
    {
        fold.flip(drafts);
    }
}

fn describe(
    ui: &Ui,
    response: &egui::Response,
    line: &Line<'_>,
    (acts, chosen, open): (bool, bool, bool),
) {
    use egui::accesskit::Role;
    response.widget_info(|| {
        if acts {
            let selected = if line.field.is_some() { chosen } else { open };
            egui::WidgetInfo::selected(Role::TreeItem, true, selected, &line.label)
        } else {
            egui::WidgetInfo::labeled(Role::Label, true, &line.label)
        }
    });
    if line.fold.is_some() {
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_expanded(open));
    }
}

fn paint(
    ui: &Ui,
    rect: Rect,
    line: &Line<'_>,
    response: &egui::Response,
    (chosen, open): (bool, bool),
) {
    let palette = Palette::of(ui);
    let painter = ui.painter();
    if chosen || response.hovered() {
        let fill = if chosen {
            palette.selection
        } else {
            palette.bg2
        };
        painter.rect_filled(rect, 0.0, fill);
    }
    if response.has_focus() {
        let stroke = egui::Stroke::new(1.0, palette.accent);
        painter.rect_stroke(rect, 0.0, stroke, egui::StrokeKind::Inside);
    }
    let middle = rect.center().y;
    let name_left = rect.left() + 24.0 + 12.0 * f32::from(line.depth);
    let mut before = name_left;
    if let Some(hue) = line.hue {
        before -= 10.0;
        let bar = Rect::from_min_size(pos2(before, rect.top() + 4.0), vec2(3.0, ROW - 8.0));
        painter.rect_filled(bar, 0.0, hue);
    }
    if line.fold.is_some() {
        let icon = if open { Icon::Down } else { Icon::Right };
        let gap = if line.hue.is_some() { 8.0 } else { 12.0 };
        icons::paint(ui, icon, pos2(before - gap, middle), palette.t3);
    }
    let (font, color) = match (line.depth, line.field) {
        (0, _) => (theme::strong(), palette.t1),
        (_, Some(_)) => (egui::TextStyle::Body.resolve(ui.style()), palette.t1),
        (_, None) => (egui::TextStyle::Body.resolve(ui.style()), palette.t2),
    };
    let left = value_left(rect);
    let name = LayoutJob::simple_singleline(line.name.to_owned(), font, color);
    truncated(ui, name, pos2(name_left, middle), left - 4.0);
    let mut right = rect.right() - 10.0;
    if let Some(len) = line.len {
        let quiet = if chosen { palette.t2 } else { palette.t3 };
        let at = pos2(right, middle);
        let count = painter.text(at, Align2::RIGHT_CENTER, len, theme::mono(), quiet);
        right = count.left() - 8.0;
    }
    let mut x = left;
    if let Some(verdict) = line.verdict {
        icons::judgement(ui, verdict, pos2(x + 6.0, middle));
        x += 18.0;
    }
    truncated(ui, line.value.clone(), pos2(x, middle), right);
}

/// Text that ends in `…` where it does not fit.
fn truncated(ui: &Ui, mut job: LayoutJob, at: egui::Pos2, right: f32) {
    job.wrap = TextWrapping::truncate_at_width((right - at.x).max(20.0));
    let galley = ui.painter().layout_job(job);
    let top = at.y - galley.size().y / 2.0;
    ui.painter()
        .galley(pos2(at.x, top), galley, Palette::of(ui).t1);
}
