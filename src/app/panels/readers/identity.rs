//! Who the card is, with the bytes that decided it.

use eframe::egui::{self, RichText, Ui, vec2};

use crate::app::theme::{self, Palette};
use crate::app::{text, widgets};
use crate::bytes::hex;
use crate::card::identity::{Evidence, Identity, Uid};
use crate::report::capital;
use crate::workbench::{HexGroup, Lying, Place, Reader};

pub(super) fn identity_ui(reader: &Reader, ui: &mut Ui) {
    match (&reader.place, &reader.identity) {
        (Place::Embedded(card), _) => {
            let capabilities = card.image.product.capabilities();
            let part = capabilities.hardware;
            let (name, storage) = (capabilities.generation.name(), part.storage_text());
            let seen = Evidence {
                what: VERSION,
                bytes: part.bytes().to_vec(),
                deciding: vec![1, 3, 4, 5],
            };
            title(&format!("{name}, {storage}"), ui);
            facts(&Uid::Fixed(card.image.uid.to_vec()), Some(&seen), ui);
        }
        (_, Some(identity)) => known(identity, ui),
        (Place::Port(_), None) if !reader.alive => note(text::PORT_CLOSED, ui),
        (Place::Port(_), None) => note(text::NOBODY_CAME, ui),
        (Place::Desk(desk), None) => match &desk.lying {
            _ if !desk.plugged => note(text::UNPLUGGED, ui),
            Lying::Nothing => note(text::NOTHING_LIES, ui),
            Lying::Mute => note(text::CARD_MUTE, ui),
            Lying::Card(atr) => known(&Identity::by_atr(atr), ui),
        },
    }
}

const VERSION: &str = "GetVersion, hardware";

fn known(identity: &Identity, ui: &mut Ui) {
    title(&capital(&identity.text()), ui);
    facts(&identity.uid, identity.evidence.first(), ui);
}

fn title(what: &str, ui: &mut Ui) {
    let palette = Palette::of(ui);
    ui.label(RichText::new(what).font(theme::strong()).color(palette.t1));
}

fn note(what: &str, ui: &mut Ui) {
    let palette = Palette::of(ui);
    ui.label(RichText::new(what).color(palette.t2));
}

fn facts(uid: &Uid, seen: Option<&Evidence>, ui: &mut Ui) {
    let palette = Palette::of(ui);
    let grid = egui::Grid::new("identity").num_columns(2);
    grid.spacing(vec2(8.0, 0.0)).show(ui, |ui| {
        if let Some(bytes) = uid.bytes() {
            let (name, help) = match uid {
                Uid::Random(_) => (
                    "Random UID",
                    "Another one each time the card comes into a field",
                ),
                _ => ("UID", "As the reader reports it"),
            };
            widgets::section(ui, name);
            let bytes = HexGroup::Four.print(bytes);
            ui.label(RichText::new(bytes).font(theme::mono()).color(palette.t1))
                .on_hover_text(help);
            ui.end_row();
        }
        if let Some(seen) = seen {
            widgets::section(ui, "Decided by");
            let line = deciding(palette, seen);
            let help = format!("{}. {}", seen.what, text::DECIDED_BY);
            ui.add(egui::Label::new(line).truncate())
                .on_hover_text(help);
            ui.end_row();
        }
    });
}

/// The bytes, those underlined that decided.
fn deciding(palette: &Palette, seen: &Evidence) -> egui::text::LayoutJob {
    let [header, data, ..] = palette.fields;
    let mut job = egui::text::LayoutJob::default();
    for (place, byte) in seen.bytes.iter().enumerate() {
        // The size has the second colour.
        let size = seen.what == VERSION && place == 5;
        let hue = if size { data.0 } else { header.0 };
        let underline = seen.deciding.contains(&place).then_some(hue);
        let color = if underline.is_some() {
            palette.t1
        } else {
            palette.t3
        };
        let mut format = egui::TextFormat::simple(theme::mono(), color);
        if let Some(hue) = underline {
            format.underline = egui::Stroke::new(2.0, hue);
        }
        job.append(&hex::upper([*byte]), 0.0, format);
    }
    job
}
