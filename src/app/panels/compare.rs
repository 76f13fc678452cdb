//! The shown trace beside another one: what differs by meaning, with the differing bytes.

use eframe::egui::text::LayoutJob;
use eframe::egui::{self, RichText, TextFormat, Ui};

use crate::app::drafts::{Drafts, PathDraft, PathPurpose};
use crate::app::theme::{self, Palette};
use crate::app::{text, widgets};
use crate::compare::{Aspect, Difference, Pair, Piece};
use crate::workbench::{Action, Compared, Workbench};

/// Most pairs that are listed.
const LISTED: usize = 300;

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    if bench.rows().is_empty() {
        widgets::empty(ui, text::COMPARE_EMPTY);
        return;
    }
    ui.horizontal_wrapped(|ui| {
        if widgets::button(ui, "Compare with…", Ok(()))
            .on_hover_text(text::COMPARE_HELP)
            .clicked()
        {
            drafts.path = PathDraft {
                purpose: Some(PathPurpose::Compare),
                ..PathDraft::default()
            };
        }
        let can = bench
            .compared()
            .map(|_| ())
            .ok_or("Off, nothing was compared yet");
        if widgets::button(ui, "Again", can)
            .on_hover_text("Compares with all rows and the present keys")
            .clicked()
        {
            actions.push(Action::CompareAgain);
        }
    });
    let Some(compared) = bench.compared() else {
        ui.label(RichText::new(text::COMPARE_HELP).color(Palette::of(ui).t2));
        return;
    };
    verdict(bench, compared, ui);
    ignored(bench, actions, ui);
    let differing = compared
        .comparison
        .pairs
        .iter()
        .filter(|pair| pair.differs());
    for pair in differing.clone().take(LISTED) {
        pair_ui(bench, compared, pair, actions, ui);
    }
    let more = differing.skip(LISTED).count();
    if more > 0 {
        let more = widgets::thousands(more);
        ui.label(RichText::new(format!("and {more} more")).color(Palette::of(ui).t3));
    }
}

/// What the comparison came to.
fn verdict(bench: &Workbench, compared: &Compared, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let counts = compared.comparison.counts;
    let all = widgets::thousands(compared.comparison.pairs.len());
    let name = &compared.name;
    let (text, color) = if compared.comparison.is_identical() {
        (
            format!("Identical with {name}, {all} exchanges compared"),
            palette.ok,
        )
    } else if compared.comparison.differs() {
        let differ = widgets::thousands(counts.differs + counts.only_a + counts.only_b);
        (
            format!("{differ} of {all} exchanges differ from {name}"),
            palette.wrong,
        )
    } else {
        (
            format!("No difference to {name} in what could be read"),
            palette.opaque,
        )
    };
    ui.label(RichText::new(text).font(theme::strong()).color(color));
    if counts.unread > 0 {
        let text = format!(
            "{} exchanges were not compared as a whole, they are opaque",
            widgets::thousands(counts.unread)
        );
        ui.label(RichText::new(text).color(palette.opaque));
    }
    if bench.is_compared_in_part() {
        ui.label(RichText::new("The trace went on since then").color(palette.refusal));
    }
}

fn ignored(bench: &Workbench, actions: &mut Vec<Action>, ui: &mut Ui) {
    let ignore = bench.ignored();
    let section = egui::CollapsingHeader::new("Left out of the comparison").show(ui, |ui| {
        for aspect in Aspect::ALL {
            let mut out = ignore.ignores(aspect);
            if ui.checkbox(&mut out, aspect.title()).changed() {
                actions.push(Action::Ignore(aspect, out));
            }
        }
    });
    section.header_response.widget_info(|| {
        let name = "Left out of the comparison";
        egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, name)
    });
}

fn pair_ui(
    bench: &Workbench,
    compared: &Compared,
    pair: &Pair,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let palette = Palette::of(ui);
    let (a, b) = pair.rows();
    let own = a.and_then(|a| bench.rows().get(a)).map(|row| row.name());
    let other = b.and_then(|b| compared.names.get(b).copied());
    let name = own.or(other).unwrap_or_default();
    ui.horizontal(|ui| {
        match a {
            Some(a) => {
                if ui.link(format!("{a} {name}")).clicked() {
                    actions.push(Action::GoToRow(a));
                }
            }
            None => {
                ui.label(RichText::new(name).color(palette.t1));
            }
        }
        let beside = match (a, b) {
            (Some(_), Some(b)) => format!("row {b} there"),
            (Some(_), None) => "only in this trace".into(),
            (None, Some(b)) => format!("only there, row {b}"),
            (None, None) => String::new(),
        };
        ui.label(RichText::new(beside).color(palette.t3));
    });
    let Pair::Differs { differences, .. } = pair else {
        return;
    };
    for difference in differences {
        ui.indent("difference", |ui| difference_ui(difference, ui));
    }
}

fn difference_ui(difference: &Difference, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let Difference::Field(field) = difference else {
        ui.label(RichText::new(difference.text()).color(palette.t1));
        return;
    };
    let first = field
        .first()
        .map_or_else(String::new, |first| format!(", from byte {first}"));
    let title = format!("{} {}{first}", field.side.name(), field.name);
    ui.label(RichText::new(title).color(palette.t1));
    for (name, piece) in [("here", &field.a), ("there", &field.b)] {
        ui.horizontal(|ui| {
            ui.label(
                RichText::new(format!("{name:5}"))
                    .font(theme::mono())
                    .color(palette.t3),
            );
            match piece {
                Some(piece) => {
                    let label = egui::Label::new(marked(piece, palette)).truncate();
                    ui.add(label).on_hover_text(&piece.value);
                }
                None => {
                    ui.label(RichText::new("missing").color(palette.t2));
                }
            }
        });
    }
}

/// The bytes of a field with those that differ in bold on a tint.
fn marked(piece: &Piece, palette: &Palette) -> LayoutJob {
    let mut job = LayoutJob::default();
    for (place, byte) in (piece.offset..).zip(&piece.bytes) {
        let differs = piece.differing.iter().any(|range| range.contains(&place));
        let format = if differs {
            TextFormat {
                background: palette.wrong_tint,
                ..TextFormat::simple(theme::mono_bold(), palette.wrong)
            }
        } else {
            TextFormat::simple(theme::mono(), palette.t1)
        };
        job.append(&format!("{byte:02X} "), 0.0, format);
    }
    job
}
