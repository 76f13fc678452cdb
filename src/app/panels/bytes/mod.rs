//! The bytes of the selected exchange: as on the wire, without framing, without secure messaging.

mod inspector;
mod selection;

use std::ops::Range;

use eframe::egui::{self, Align2, Rect, RichText, Sense, Ui, pos2, vec2};

use crate::apdu::CommandApdu;
use crate::app::drafts::{BytesTab, Drafts};
use crate::app::icons::Icon;
use crate::app::theme::{self, Palette, ROW};
use crate::app::{text, widgets};
use crate::report::{Field, Place};
use crate::secure_messaging::{MAC_LEN, Verdict};
use crate::trace::Exchange;
use crate::workbench::{Action, Workbench};

use super::fields::hue;
use selection::follow;

pub(in crate::app) use selection::ByteRange;

const CELL: f32 = 21.0;
const GROUP: f32 = 6.0;
const OFFSETS: f32 = 28.0;
/// What stands in place of a byte of key material.
const HIDDEN: &str = "XX";

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let (Some(selected), Some(row)) = (bench.selected(), bench.selected_row()) else {
        widgets::empty(ui, text::BYTES_EMPTY);
        return;
    };
    let views = views(bench, row);
    tabs(ui, drafts, &views, actions);
    let tree = crate::trace::fields(row, bench.log().events(), false);
    drafts.choose_field(bench, selected, &tree);
    let lit = drafts
        .hovered_field
        .or(drafts.field)
        .and_then(|index| tree.get(index))
        .map(|field| Lit {
            field,
            ranges: ranges(bench, row, field),
        });
    let subject = inspector::subject(drafts, selected, &views, &tree);
    inspector::inspector_ui(bench, subject.as_ref(), actions, ui);
    let field = drafts.field;
    let mut chosen = drafts.byte_range.filter(|own| own.is_of(selected, field));
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            for view in &views {
                let shown = match drafts.bytes_tab {
                    BytesTab::All => true,
                    BytesTab::Wire => view.place == Place::Wire,
                    BytesTab::Framed => view.place == Place::Framed,
                    BytesTab::Plain => view.place == Place::Plain,
                };
                if shown && !view.bytes.is_empty() {
                    let mut pick = Pick {
                        chosen: &mut chosen,
                        of: (selected, field),
                    };
                    view_ui(ui, view, &tree, lit.as_ref(), &mut pick);
                }
            }
        });
    if drafts.byte_range != chosen {
        // The inspector stands above the bytes in a frame.
        ui.ctx().request_repaint();
    }
    drafts.byte_range = chosen;
}

/// One block of bytes.
struct View {
    side: &'static str,
    place: Place,
    title: &'static str,
    bytes: Vec<u8>,
    /// Where key material stands in them; hidden until held.
    secret: Vec<Range<usize>>,
}

impl View {
    fn is_secret(&self, index: usize) -> bool {
        self.secret.iter().any(|range| range.contains(&index))
    }

    /// Digits of bytes from `start` on, `XX` for key material.
    fn digits(&self, start: usize, bytes: &[u8]) -> String {
        let digits = bytes.iter().enumerate().map(|(at, byte)| {
            if self.is_secret(start + at) {
                HIDDEN.to_owned()
            } else {
                format!("{byte:02X}")
            }
        });
        digits.collect()
    }
}

fn views(bench: &Workbench, row: &Exchange) -> Vec<View> {
    let events = bench.log().events();
    let framed = row.framed_command(events);
    let with_code = |body: &[u8]| [&[row.ins], body].concat();
    let body = row.command.as_deref().unwrap_or_default();
    let key = row.secret_range().and_then(|range| body.get(range));
    let view = |side, place, title, bytes: Vec<u8>| View {
        side,
        place,
        title,
        secret: key.map(|key| occurrences(key, &bytes)).unwrap_or_default(),
        bytes,
    };
    let plain = if row.is_authentication() {
        Vec::new()
    } else {
        row.command.as_deref().map(with_code).unwrap_or_default()
    };
    let mut views = vec![
        view(
            "command",
            Place::Wire,
            "Command, wire",
            row.commands(events).flatten().copied().collect(),
        ),
        view(
            "command",
            Place::Framed,
            "Command, after framing",
            with_code(&framed),
        ),
        view("command", Place::Plain, "Command, plaintext", plain),
        view(
            "response",
            Place::Wire,
            "Response, wire",
            row.responses(events).flatten().copied().collect(),
        ),
        view(
            "response",
            Place::Framed,
            "Response, after framing",
            row.framed_response(events),
        ),
        view(
            "response",
            Place::Plain,
            "Response, plaintext",
            row.response.clone().unwrap_or_default(),
        ),
    ];
    if row.family != crate::apdu::Family::Desfire {
        views.retain(|view| view.place != Place::Framed);
    }
    views
}

/// Where key material stands in bytes: in the plaintext, and in what is sent when nothing enciphers it.
fn occurrences(key: &[u8], bytes: &[u8]) -> Vec<Range<usize>> {
    let windows = bytes.windows(key.len().max(1)).enumerate();
    let found = windows.filter(|(_, window)| *window == key);
    found.map(|(at, _)| at..at + key.len()).collect()
}

fn tabs(ui: &mut Ui, drafts: &mut Drafts, views: &[View], actions: &mut Vec<Action>) {
    egui::Frame::new()
        .inner_margin(egui::Margin::symmetric(8, 2))
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                for (tab, name) in [
                    (BytesTab::All, "All"),
                    (BytesTab::Wire, "Wire"),
                    (BytesTab::Framed, "After framing"),
                    (BytesTab::Plain, "Plaintext"),
                ] {
                    if ui.selectable_label(drafts.bytes_tab == tab, name).clicked() {
                        drafts.bytes_tab = tab;
                    }
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if widgets::icon_button(ui, Icon::Copy, "Copy these bytes").clicked() {
                        let place = match drafts.bytes_tab {
                            BytesTab::All | BytesTab::Wire => Place::Wire,
                            BytesTab::Framed => Place::Framed,
                            BytesTab::Plain => Place::Plain,
                        };
                        let lines = views
                            .iter()
                            .filter(|view| view.place == place)
                            .map(|view| view.digits(0, &view.bytes));
                        actions.push(Action::Copy(lines.collect::<Vec<_>>().join("\n")));
                    }
                });
            });
        });
}

/// Where a field's bytes are in each view of its side: a plain field of enciphered data stands for the whole cryptogram.
fn ranges(
    bench: &Workbench,
    row: &Exchange,
    field: &Field,
) -> Vec<(Place, std::ops::Range<usize>)> {
    let own = field.offset..field.offset + field.len;
    let mut all = vec![(field.place, own.clone())];
    if field.place != Place::Plain || row.is_authentication() {
        return all;
    }
    let events = bench.log().events();
    let command = field.path.starts_with("command");
    let full = row.mode == Some(crate::card::CommMode::Full);
    let framed_len = if command {
        row.framed_command(events).len() + 1
    } else {
        row.framed_response(events).len()
    };
    let clear = if command { row.header_len + 1 } else { 0 };
    let mac = if command {
        row.verdicts.command_mac
    } else {
        row.verdicts.response_mac
    };
    let mac_len = if mac == Verdict::None { 0 } else { MAC_LEN };
    let framed = if full && own.start >= clear {
        clear..framed_len.saturating_sub(mac_len)
    } else {
        own
    };
    if row.family == crate::apdu::Family::Desfire {
        all.push((Place::Framed, framed.clone()));
    }
    if command && row.commands(events).count() == 1 {
        let body = row
            .commands(events)
            .next()
            .map_or(1, |bytes| CommandApdu::parse(bytes).body_offset);
        let code = usize::from(body == 5 || body == 4);
        let wire = if framed.start == 0 {
            code..code + 1
        } else {
            framed.start - 1 + body..framed.end - 1 + body
        };
        all.push((Place::Wire, wire));
    } else if !command && row.responses(events).count() == 1 {
        let shift = usize::from(row.form == crate::apdu::FrameForm::Native);
        all.push((Place::Wire, framed.start + shift..framed.end + shift));
    }
    all
}

/// The bytes that the pointer chose, and the row and field of which it would.
struct Pick<'a> {
    chosen: &'a mut Option<ByteRange>,
    of: (usize, Option<usize>),
}

/// The field that lights up, and where.
struct Lit<'a> {
    field: &'a Field,
    ranges: Vec<(Place, std::ops::Range<usize>)>,
}

impl Lit<'_> {
    /// The bytes of a view that light up.
    fn range(&self, view: &View) -> Option<std::ops::Range<usize>> {
        let own = self.field.path.starts_with(view.side);
        let found = self.ranges.iter().find(|(place, _)| *place == view.place);
        found.filter(|_| own).map(|(_, range)| range.clone())
    }
}

fn view_ui(ui: &mut Ui, view: &View, tree: &[Field], lit: Option<&Lit<'_>>, pick: &mut Pick<'_>) {
    let palette = Palette::of(ui);
    let margin = egui::Margin::symmetric(8, 2);
    egui::Frame::new().inner_margin(margin).show(ui, |ui| {
        let mut held = false;
        ui.horizontal(|ui| {
            widgets::section(ui, view.title);
            if !view.secret.is_empty() {
                let button = ui.small_button(text::HOLD_KEY);
                held = button
                    .on_hover_text(text::HOLD_KEY_WHY)
                    .is_pointer_button_down_on();
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let count = format!("{} bytes", view.bytes.len());
                ui.label(RichText::new(count).color(palette.t3).size(11.5));
            });
        });
        ui.spacing_mut().item_spacing.y = 0.0;
        let wide = ui.available_width() >= OFFSETS + 16.0 * CELL + GROUP;
        let per_line = if wide { 16 } else { 8 };
        let own: Vec<&Field> = tree
            .iter()
            .filter(|field| field.place == view.place && field.path.starts_with(view.side))
            .collect();
        for (line, bytes) in view.bytes.chunks(per_line).enumerate() {
            let line = Line {
                start: line * per_line,
                bytes,
                held,
            };
            line_ui(ui, view, &line, &own, (lit, pick));
        }
    });
}

/// Bytes that stand in one line.
struct Line<'a> {
    start: usize,
    bytes: &'a [u8],
    /// Whether key material is shown.
    held: bool,
}

/// One line of bytes: offset, then a cell for each byte, underlined in the hue of its field.
fn line_ui(
    ui: &mut Ui,
    view: &View,
    &Line { start, bytes, held }: &Line<'_>,
    own: &[&Field],
    (lit, pick): (Option<&Lit<'_>>, &mut Pick<'_>),
) {
    let palette = Palette::of(ui);
    let size = vec2(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let line = (rect, &response);
    follow(ui, line, view, (start, bytes.len()), pick.chosen, pick.of);
    let chosen = pick.chosen.and_then(|own| own.range(view));
    response.widget_info(|| {
        let label = format!("{} {}", view.title, view.digits(start, bytes));
        egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, label)
    });
    let painter = ui.painter();
    let at = pos2(rect.left(), rect.center().y);
    let offset = format!("{start:02X}");
    painter.text(at, Align2::LEFT_CENTER, offset, theme::mono(), palette.t3);
    let lit = lit.and_then(|lit| Some((lit.field, lit.range(view)?)));
    for (column, byte) in bytes.iter().enumerate() {
        let index = start + column;
        let gap = if column >= 8 { GROUP } else { 0.0 };
        #[expect(clippy::cast_precision_loss, reason = "at most 16 columns")]
        let x = rect.left() + OFFSETS + column as f32 * CELL + gap;
        let cell = Rect::from_min_size(pos2(x, rect.top() + 1.0), vec2(CELL, ROW - 2.0));
        let holds = |field: &&&Field| (field.offset..field.offset + field.len).contains(&index);
        let lit = lit.as_ref().filter(|(_, range)| range.contains(&index));
        if let Some((field, _)) = lit {
            let (line, tint) = hue(field, palette);
            painter.rect_filled(cell, 0.0, tint);
            painter.hline(cell.x_range(), cell.bottom(), egui::Stroke::new(2.0, line));
        } else if let Some(field) = own.iter().filter(holds).min_by_key(|field| field.len) {
            let (line, _) = hue(field, palette);
            let under = cell.shrink2(vec2(1.0, 0.0)).x_range();
            painter.hline(under, cell.bottom(), egui::Stroke::new(1.0, line));
        }
        if chosen.as_ref().is_some_and(|own| own.contains(&index)) {
            painter.rect_filled(cell, 0.0, palette.selection);
            let outline = egui::Stroke::new(1.0, palette.accent);
            painter.rect_stroke(cell, 0.0, outline, egui::StrokeKind::Inside);
        }
        let hidden = view.is_secret(index) && !held;
        let (digits, color) = if hidden {
            (HIDDEN.to_owned(), palette.t3)
        } else {
            (format!("{byte:02X}"), palette.t1)
        };
        let middle = cell.center();
        painter.text(middle, Align2::CENTER_CENTER, digits, theme::mono(), color);
    }
}
