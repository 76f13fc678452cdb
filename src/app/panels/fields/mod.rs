//! The field tree of the selected exchange. A chosen field lights up in the bytes; a chosen MAC shows its inputs.

mod line;
mod presented;
mod proof;
mod session;
mod templated;

use std::sync::Arc;

use eframe::egui::{self, Sense, Ui, vec2};

use crate::app::drafts::{Drafts, KeptProof};
use crate::app::icons;
use crate::app::panels::{Panel, calculator};
use crate::app::theme::{self, Palette, ROW};
use crate::app::{text, widgets};
use crate::calculator::open::Side;
use crate::report::{Field, Finding, Place, Severity};
use crate::secure_messaging::Verdict;
use crate::trace::{Exchange, Judgement, Proof, prove};
use crate::workbench::{Action, Workbench};

use line::{Fold, Line, Lines, digits, words};
use proof::Mac;

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let (Some(selected), Some(row)) = (bench.selected(), bench.selected_row()) else {
        widgets::empty(ui, text::FIELDS_EMPTY);
        return;
    };
    let events = bench.log().events();
    let tree = crate::trace::fields(row, events, false);
    let proof = kept_proof(bench, selected, &mut drafts.proof);
    let proof = proof.as_ref().as_ref();
    drafts.choose_field(bench, selected, &tree);
    drafts.hovered_field = None;
    egui::ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let mut lines = Lines::default();
            if proof.is_some() {
                let mut sides = vec![Side::Command, Side::Response];
                sides.retain(|side| calculator::has_mac(bench, drafts, selected, *side));
                lines.computable = sides;
            }
            for side in ["command", "response"] {
                let mac = mac(proof, side);
                side_ui(
                    ui,
                    (bench, row),
                    drafts,
                    &mut lines,
                    (side, &tree),
                    (mac, actions),
                );
            }
            templated::templated_ui(ui, (bench, row), drafts, &mut lines);
            for finding in &row.findings {
                let above = match finding.code {
                    "command_mac" => mac(proof, "command").is_some(),
                    "response_mac" => mac(proof, "response").is_some(),
                    _ => false,
                };
                finding_line(ui, row, finding, above);
                if finding.severity == Severity::Error {
                    explain_link(drafts, ui);
                }
            }
            if let Some(proof) = proof {
                session::session_ui(ui, drafts, &mut lines, &proof.session, selected);
            }
            if let Some(presented) = row.presented(events) {
                presented::presented_ui(ui, drafts, &mut lines, presented);
            }
            lines.keys(ui, drafts);
            if let Some(side) = lines.calculated {
                calculator::open_mac(bench, drafts, selected, side);
            }
            actions.extend(lines.copied.map(Action::Copy));
        });
}

/// How the MACs of the row came about: worked out when the row is selected, not in every frame, because the
/// authentication may be far above.
fn kept_proof(
    bench: &Workbench,
    selected: usize,
    kept: &mut Option<KeptProof>,
) -> Arc<Option<Proof>> {
    let now = (bench.rows_no(), selected);
    if let Some((_, proof)) = kept.as_ref().filter(|(of, _)| *of == now) {
        return proof.clone();
    }
    let events = bench.log().events();
    let proof = Arc::new(prove(
        bench.rows(),
        selected,
        events,
        &bench.keyring().sessions,
    ));
    *kept = Some((now, proof.clone()));
    proof
}

fn mac<'a>(proof: Option<&'a Proof>, side: &'static str) -> Option<Mac<'a>> {
    let proof = proof?;
    let own = if side == "command" {
        &proof.command
    } else {
        &proof.response
    };
    Some(Mac {
        side,
        proof: own.as_ref()?,
        session: &proof.session,
    })
}

fn side_ui(
    ui: &mut Ui,
    (bench, row): (&Workbench, &Exchange),
    drafts: &mut Drafts,
    lines: &mut Lines,
    (side, tree): (&'static str, &[Field]),
    (mac, actions): (Option<Mac<'_>>, &mut Vec<Action>),
) {
    let (title, key, frame_key, value) = if side == "command" {
        let name = row.name().to_owned();
        ("Command", "Command", "Command frame", name)
    } else {
        let status = row.status.map(|status| status.to_string());
        let status = status.unwrap_or_default();
        ("Response", "Response", "Response frame", status)
    };
    let head = Line {
        label: title.into(),
        name: title,
        value: words(ui, value),
        fold: Some(Fold { key, open: true }),
        ..Line::default()
    };
    if !lines.add(ui, drafts, head) {
        return;
    }
    let own = tree.iter().enumerate();
    let own = own.filter(|(_, field)| field.path.starts_with(side) && field.name != "protected");
    let (frame, mut content): (Vec<_>, Vec<_>) =
        own.partition(|(_, field)| field.place == Place::Wire && field.name != "status");
    // What was meant first, then what proves it.
    content.sort_by_key(|(_, field)| match field.place {
        Place::Plain => 0,
        Place::Framed => 1,
        Place::Wire => 2,
    });
    for (index, field) in content {
        match mac.filter(|_| is_mac(field)) {
            Some(mac) => {
                mac.data_ui(ui, drafts, lines);
                let fold = Mac::fold(side, mac.proof.difference().is_some());
                if field_line(
                    ui,
                    (bench, row),
                    drafts,
                    lines,
                    (index, field, Some(fold), 1),
                ) {
                    mac.proof_ui(ui, drafts, lines, tree, actions);
                }
            }
            None => {
                field_line(ui, (bench, row), drafts, lines, (index, field, None, 1));
            }
        }
    }
    if frame.is_empty() {
        return;
    }
    let twig = Line {
        label: frame_key.into(),
        name: "Frame",
        len: Some(frame.iter().map(|(_, field)| field.len).sum()),
        depth: 1,
        fold: Some(Fold {
            key: frame_key,
            open: false,
        }),
        ..Line::default()
    };
    if lines.add(ui, drafts, twig) {
        for (index, field) in frame {
            field_line(ui, (bench, row), drafts, lines, (index, field, None, 2));
        }
    }
}

fn field_line(
    ui: &mut Ui,
    (bench, row): (&Workbench, &Exchange),
    drafts: &mut Drafts,
    lines: &mut Lines,
    (index, field, fold, depth): (usize, &Field, Option<Fold>, u8),
) -> bool {
    let (value, verdict) = split_verdict(bench, row, field);
    let line = Line {
        label: format!("{} {}", field.path, field.value),
        name: &field.name,
        value: digits(ui, value),
        len: Some(field.len),
        depth,
        hue: Some(hue(field, Palette::of(ui)).0),
        verdict,
        fold,
        field: Some(index),
        copy: bench.field_text(field),
        mac_of: is_mac(field).then_some(if field.path.starts_with("command") {
            Side::Command
        } else {
            Side::Response
        }),
        hover: format!(
            "{}\n{}\n{} bytes at {} in the {} view",
            field.path,
            field.value,
            field.len,
            field.offset,
            place_words(field.place)
        ),
    };
    lines.add(ui, drafts, line)
}

fn is_mac(field: &Field) -> bool {
    field.place == Place::Framed && field.name == "MAC"
}

const fn place_words(place: Place) -> &'static str {
    match place {
        Place::Wire => "wire",
        Place::Framed => "after framing",
        Place::Plain => "plaintext",
    }
}

/// Hue and tint of a field, by what kind of bytes it is.
pub(super) fn hue(field: &Field, palette: &Palette) -> (egui::Color32, egui::Color32) {
    let [header, data, mac, status, framing, other] = palette.fields;
    match field.name.as_str() {
        "MAC" | "TMV" => mac,
        "status" => status,
        "CLA" | "P1P2" | "Lc" | "Le" => framing,
        "INS" | "Cmd" | "FileNo" | "Offset" | "Length" | "RecNo" | "RecCount" | "KeyNo" | "AID"
        | "Option" | "LenCap" => header,
        "body" | "protected" => other,
        _ => data,
    }
}

/// The way from a finding to its cause.
fn explain_link(drafts: &mut Drafts, ui: &mut Ui) {
    ui.horizontal(|ui| {
        ui.add_space(30.0);
        let link = ui.link("Explain");
        if link.on_hover_text(text::EXPLAIN_HELP).clicked() {
            drafts.show = Some(Panel::Explain);
        }
    });
}

/// A finding; `above` when the bytes that differ stand under their MAC already.
fn finding_line(ui: &mut Ui, row: &Exchange, finding: &Finding, above: bool) {
    let palette = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.add_space(8.0);
        let (place, _) = ui.allocate_exact_size(vec2(14.0, ROW), Sense::hover());
        icons::judgement(ui, Judgement::of(row), place.center());
        ui.label(egui::RichText::new(&finding.text).color(palette.t1));
    });
    let (Some(expected), Some(got), false) = (&finding.expected, &finding.got, above) else {
        return;
    };
    for (name, value) in [("expected", expected), ("got", got)] {
        ui.horizontal(|ui| {
            ui.add_space(30.0);
            widgets::section(ui, name);
            let value = egui::RichText::new(value).font(theme::mono());
            ui.label(value.color(palette.t1));
        });
    }
}

/// A MAC's bytes, and what its verification said.
fn split_verdict(bench: &Workbench, row: &Exchange, field: &Field) -> (String, Option<Judgement>) {
    let verdict = match (field.name.as_str(), field.place) {
        ("MAC", Place::Framed) if field.path.starts_with("command") => row.verdicts.command_mac,
        ("MAC", Place::Framed) => row.verdicts.response_mac,
        ("TMV", Place::Plain) => row.verdicts.tmv,
        _ => return (bench.field_text(field), None),
    };
    let bytes = field.value.split(' ').next().unwrap_or_default();
    let (judgement, word) = match verdict {
        Verdict::Ok => (Judgement::Verified, "verified"),
        Verdict::Bad => (Judgement::Wrong, "wrong"),
        Verdict::None | Verdict::Unknown => (Judgement::Unverified, "not verified"),
    };
    (format!("{word}  {bytes}"), Some(judgement))
}
