//! The key table: values hidden until held.

mod form;
mod search;
mod store;

use eframe::egui::{self, RichText, Sense, Ui, vec2};

use crate::app::commands::Command;
use crate::app::drafts::Drafts;
use crate::app::icons::Icon;
use crate::app::theme::{self, Palette, ROW};
use crate::app::{text, widgets};
use crate::bytes::hex;
use crate::keyring::{KeyEntry, Scope, Use};
use crate::workbench::{Action, Workbench};

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    store::form_ui(drafts, actions, ui);
    if drafts.key.open {
        form::form_ui(bench, &mut drafts.key, actions, ui);
    }
    let keys = &bench.keyring().keys;
    if keys.is_empty() {
        store::store_ui(bench, drafts, actions, ui);
        widgets::empty(ui, text::KEYS_EMPTY);
        ui.vertical_centered(|ui| {
            for command in [Command::ImportKeys, Command::AddKey] {
                if widgets::button(ui, &command.name(), Ok(())).clicked() {
                    command.perform(bench, drafts, actions);
                }
            }
        });
        return;
    }
    let columns = Columns::of(ui.available_width());
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let heads = ["Label", "Scope", "No", "KCV", "Fit"].map(str::to_owned);
    columns.paint(ui, rect, &heads, (theme::small().resolve(ui.style()), None));
    ui.spacing_mut().item_spacing.y = 0.0;
    for (index, key) in keys.iter().enumerate() {
        row(bench, index, key, drafts, &columns, ui);
    }
    ui.add_space(6.0);
    if let Some((index, key)) = drafts
        .key
        .selected
        .and_then(|index| Some((index, keys.get(index)?)))
    {
        chosen(bench, (index, key), drafts, actions, ui);
    }
    search::search_ui(bench, drafts, actions, ui);
    store::store_ui(bench, drafts, actions, ui);
}

/// Add, import and export, in the tab bar.
pub(super) fn actions_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    for (icon, command) in [
        (Icon::ArrowUp, Command::ExportKeys),
        (Icon::ArrowDown, Command::ImportKeys),
        (Icon::Add, Command::AddKey),
    ] {
        if widgets::icon_button(ui, icon, &command.name()).clicked() {
            command.perform(bench, drafts, actions);
        }
    }
}

/// Places of the columns: the label takes what is left.
struct Columns([(f32, f32); 5]);

impl Columns {
    fn of(width: f32) -> Self {
        let fixed = [50.0, 26.0, 52.0, 24.0];
        let label = (width - fixed.iter().sum::<f32>()).max(60.0);
        let mut x = 0.0;
        let [scope, number, kcv, fits] = fixed;
        Self([label, scope, number, kcv, fits].map(|wide| {
            let place = (x, wide);
            x += wide;
            place
        }))
    }

    fn paint(
        &self,
        ui: &Ui,
        rect: egui::Rect,
        texts: &[String; 5],
        (font, label): (egui::FontId, Option<egui::FontId>),
    ) {
        let palette = Palette::of(ui);
        for (index, ((x, width), text)) in self.0.iter().zip(texts).enumerate() {
            let (font, color) = match (&label, index) {
                (Some(label), 0) => (label.clone(), palette.t1),
                (Some(_), _) => (font.clone(), palette.t2),
                (None, _) => (font.clone(), palette.t3),
            };
            let mut job = egui::text::LayoutJob::simple_singleline(text.clone(), font, color);
            job.wrap = egui::text::TextWrapping::truncate_at_width(width - 6.0);
            let galley = ui.painter().layout_job(job);
            let at = egui::pos2(
                rect.left() + x + 4.0,
                rect.center().y - galley.size().y / 2.0,
            );
            ui.painter().galley(at, galley, color);
        }
    }
}

fn row(
    bench: &Workbench,
    index: usize,
    key: &KeyEntry,
    drafts: &mut Drafts,
    columns: &Columns,
    ui: &mut Ui,
) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let selected = drafts.key.selected == Some(index);
    response.widget_info(|| {
        let role = egui::accesskit::Role::ListBoxOption;
        egui::WidgetInfo::selected(role, true, selected, format!("Key {}", key.label))
    });
    if response.clicked() {
        drafts.key.selected = Some(index);
    }
    if selected || response.hovered() {
        let fill = if selected {
            palette.selection
        } else {
            palette.bg2
        };
        ui.painter().rect_filled(rect, 3.0, fill);
    }
    let scope = match (key.scope, key.usage) {
        (_, Use::Tmac) => "TMAC".into(),
        (Scope::Any, _) => "any".into(),
        (Scope::Application(aid), _) if aid.is_picc() => "PICC".into(),
        (Scope::Application(aid), _) => bench.aid_text(aid),
    };
    let fits = bench.log().fits(&key.label);
    let fits = if fits == 0 {
        "–".into()
    } else {
        fits.to_string()
    };
    let texts = [
        key.label.clone(),
        scope,
        match key.key_no {
            KeyEntry::EVERY_KEY => "any".into(),
            key_no => key_no.to_string(),
        },
        kcv(key),
        fits,
    ];
    let body = egui::TextStyle::Body.resolve(ui.style());
    columns.paint(ui, rect, &texts, (theme::mono(), Some(body)));
    let hint = match key.diversification.parts() {
        Some((rule, template)) => {
            format!("diversified by {} from {}", rule.title(), template.text())
        }
        None => "the value is the key".into(),
    };
    response.on_hover_text(format!(
        "{}, version {:02X}, {hint}. KCV: first 3 bytes of the cipher over a zero block. Fits: authentications of the trace.",
        key.label, key.version
    ));
}

/// What can be done with the chosen key.
fn chosen(
    bench: &Workbench,
    (index, key): (usize, &KeyEntry),
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let palette = Palette::of(ui);
    let mut held = false;
    ui.horizontal_wrapped(|ui| {
        let show = ui.add(egui::Button::new(text::HOLD_TO_SHOW).sense(Sense::click_and_drag()));
        show.widget_info(|| {
            let name = format!("{}: {}", text::HOLD_TO_SHOW, key.label);
            egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, name)
        });
        held = show.is_pointer_button_down_on();
        if widgets::button(ui, "Edit", Ok(())).clicked() {
            drafts.key = form::edit(bench, index, key);
        }
        if widgets::button(ui, "Remove", Ok(())).clicked() {
            actions.push(Action::RemoveKey(index));
            drafts.key.selected = None;
        }
    });
    let value = if held {
        hex::upper(key.value.expose())
    } else {
        "hidden, hold to show".into()
    };
    ui.label(RichText::new(value).font(theme::mono()).color(palette.t2));
}

fn kcv(key: &KeyEntry) -> String {
    key.kcv().map_or_else(|| "–".into(), hex::upper)
}
