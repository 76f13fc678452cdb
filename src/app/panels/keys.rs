//! The key table: values hidden until held.

use eframe::egui::{self, RichText, Sense, Ui, vec2};

use crate::app::commands::Command;
use crate::app::dialogs;
use crate::app::drafts::{Drafts, KeyDraft};
use crate::app::icons::Icon;
use crate::app::theme::{self, Palette, ROW};
use crate::app::{text, widgets};
use crate::bytes::hex;
use crate::card::KeyType;
use crate::crypto::Secret;
use crate::keyring::{Diversification, KeyEntry, Scope, Template, Use};
use crate::workbench::{Action, Workbench};

pub(super) fn panel_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    if drafts.key.open {
        form(bench, &mut drafts.key, actions, ui);
    }
    let keys = &bench.keyring().keys;
    if keys.is_empty() {
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
        key.key_no.to_string(),
        kcv(key),
        fits,
    ];
    let body = egui::TextStyle::Body.resolve(ui.style());
    columns.paint(ui, rect, &texts, (theme::mono(), Some(body)));
    let diversified = key.diversification != Diversification::None;
    let hint = if diversified {
        "diversified per card with AN10922"
    } else {
        "the value is the key"
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
            drafts.key = edit(bench, index, key);
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

fn edit(bench: &Workbench, index: usize, key: &KeyEntry) -> KeyDraft {
    let template = match &key.diversification {
        Diversification::None => String::new(),
        Diversification::An10922(template) => template.text(),
    };
    let aid = match key.scope {
        Scope::Any => "*".into(),
        Scope::Application(aid) => bench.aid_text(aid),
    };
    KeyDraft {
        open: true,
        editing: Some(index),
        label: key.label.clone(),
        aid,
        key_no: key.key_no.to_string(),
        value: hex::upper(key.value.expose()),
        key_type: key.key_type,
        template,
        selected: Some(index),
        focused: false,
    }
}

fn form(bench: &Workbench, draft: &mut KeyDraft, actions: &mut Vec<Action>, ui: &mut Ui) {
    let title = if draft.editing.is_some() {
        "Edit key"
    } else {
        "Add key"
    };
    if ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        *draft = KeyDraft::default();
        return;
    }
    dialogs::window(ui, title, |ui| {
        egui::Grid::new("key form")
            .num_columns(2)
            .spacing([12.0, 6.0])
            .show(ui, |ui| inputs(draft, ui));
        let parsed = parse(bench, draft);
        let complaint = parsed
            .as_ref()
            .err()
            .filter(|_| !draft.value.is_empty() || !draft.aid.is_empty());
        if let Some(why) = complaint {
            widgets::complaint(ui, why);
        }
        ui.horizontal(|ui| {
            let can = parsed
                .as_ref()
                .map(|_| ())
                .map_err(|_| "Off, the form is not complete");
            if widgets::primary_button(ui, "Keep key", can).clicked()
                && let Ok(key) = parsed
            {
                actions.push(match draft.editing {
                    Some(index) => Action::EditKey { index, key },
                    None => Action::AddKey(key),
                });
                *draft = KeyDraft::default();
            }
            if widgets::button(ui, "Cancel", Ok(())).clicked() {
                *draft = KeyDraft::default();
            }
        });
    });
}

/// The inputs of the form, each after its name.
fn inputs(draft: &mut KeyDraft, ui: &mut Ui) {
    widgets::section(ui, "Label");
    let first = widgets::field(ui, "Label", &mut draft.label, "top-up", 260.0);
    if !std::mem::replace(&mut draft.focused, true) {
        first.request_focus();
    }
    ui.end_row();
    widgets::section(ui, "Application");
    widgets::field(
        ui,
        "Key application",
        &mut draft.aid,
        "014499, or * for any",
        260.0,
    );
    ui.end_row();
    widgets::section(ui, "Key number");
    widgets::field(ui, "Number of the key", &mut draft.key_no, "3", 60.0);
    ui.end_row();
    widgets::section(ui, "Type");
    let shown = TYPES.iter().find(|(kind, _)| *kind == draft.key_type);
    let list = egui::ComboBox::from_id_salt("key type")
        .selected_text(shown.map_or("", |(_, name)| *name))
        .show_ui(ui, |ui| {
            for (kind, name) in TYPES {
                ui.selectable_value(&mut draft.key_type, kind, name);
            }
        });
    list.response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::ComboBox, true, "Key type")
    });
    ui.end_row();
    widgets::section(ui, "Value");
    let value = egui::TextEdit::singleline(&mut draft.value)
        .password(true)
        .font(theme::mono())
        .hint_text(RichText::new(draft.key_type.lengths()).color(Palette::of(ui).t3))
        .desired_width(260.0);
    let value = ui.add(value);
    widgets::outline(ui, &value);
    value.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::PasswordInput, true, "Key value")
    });
    ui.end_row();
    widgets::section(ui, "Diversified from");
    widgets::field(
        ui,
        "Diversification input",
        &mut draft.template,
        "{uid}{aid}…, empty when it is not",
        260.0,
    )
    .on_hover_text("Input of AN10922: {uid}, {aid} and hexadecimal digits");
    ui.end_row();
}

/// Types of keys, as the form names them.
const TYPES: [(KeyType, &str); 4] = [
    (KeyType::Aes128, "AES-128"),
    (KeyType::Des, "DES"),
    (KeyType::TwoKey3Des, "2K3DES"),
    (KeyType::ThreeKey3Des, "3K3DES"),
];

fn parse(bench: &Workbench, draft: &KeyDraft) -> Result<KeyEntry, String> {
    let scope = match draft.aid.trim() {
        "*" => Scope::Any,
        text => {
            let aid = bench.settings().aid_order.parse(text);
            Scope::Application(aid.map_err(|error| format!("Application: {error}"))?)
        }
    };
    let key_no = draft
        .key_no
        .trim()
        .parse::<u8>()
        .ok()
        .filter(|number| *number < 64);
    let key_no =
        key_no.ok_or_else(|| format!("Key number is {:?}, 0 to 63 expected", draft.key_no))?;
    let value = hex::parse(&draft.value).map_err(|error| format!("Key value: {error}"))?;
    let kind = draft.key_type;
    if !kind.accepts(value.len()) {
        let (lengths, got) = (kind.lengths(), value.len());
        return Err(format!("Key value has {got} bytes, {lengths} expected"));
    }
    let diversification = match draft.template.trim() {
        "" => Diversification::None,
        _ if kind != KeyType::Aes128 => {
            return Err("Diversification input: only AES-128 keys are diversified so far".into());
        }
        text => Diversification::An10922(
            Template::parse(text).map_err(|error| format!("Diversification input: {error}"))?,
        ),
    };
    let old = draft
        .editing
        .and_then(|index| bench.keyring().keys.get(index));
    let label = if draft.label.trim().is_empty() {
        format!("key {key_no}")
    } else {
        draft.label.trim().to_owned()
    };
    Ok(KeyEntry {
        label,
        scope,
        key_no,
        key_set: old.map_or(0, |old| old.key_set),
        usage: old.map_or(Use::Auth, |old| old.usage),
        file_no: old.and_then(|old| old.file_no),
        key_type: kind,
        version: old.map_or(0, |old| old.version),
        value: Secret::new(value),
        diversification,
    })
}
