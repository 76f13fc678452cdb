//! The window of colour rules. A rule takes effect as soon as its text is a filter; until then the filter before does.

use eframe::egui::{self, ComboBox, Key, RichText, ScrollArea, Sense, Ui, vec2};

use super::drafts::{ColourRulesDraft, Drafts};
use super::theme::{self, Palette};
use super::{dialogs, text, widgets};
use crate::filter::Filter;
use crate::workbench::{Action, ColourRule, Setting, Tint, Workbench};

/// The window, when it is open.
pub(super) fn window_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let Some(mut draft) = drafts.colour_rules.take() else {
        return;
    };
    let mut close = ui.input(|input| input.key_pressed(Key::Escape));
    dialogs::window(ui, "Colour rules", |ui| {
        let rules = &bench.settings().colour_rules;
        let mut edited = None;
        if rules.is_empty() {
            edited = examples_ui(ui);
        } else {
            let (what, then) = text::COLOUR_RULES;
            ui.label(RichText::new(what).color(Palette::of(ui).t2));
            ui.label(RichText::new(then).color(Palette::of(ui).t3));
            ui.add_space(4.0);
            // The buttons below stay in view on a small screen.
            let height = (ui.ctx().content_rect().height() - 240.0).max(60.0);
            ScrollArea::vertical().max_height(height).show(ui, |ui| {
                for place in 0..rules.len() {
                    edited = edited.take().or(rule_ui(rules, place, &mut draft, ui));
                }
            });
        }
        ui.add_space(6.0);
        ui.horizontal(|ui| {
            if widgets::button(ui, "Add a rule", Ok(())).clicked() {
                let mut all = rules.clone();
                all.push(ColourRule {
                    on: true,
                    ..ColourRule::default()
                });
                edited = Some(all);
            }
            close |= widgets::primary_button(ui, "Close colour rules", Ok(())).clicked();
        });
        let set = edited.map(|rules| Action::Set(Setting::ColourRules(rules)));
        actions.extend(set);
    });
    drafts.colour_rules = Some(draft).filter(|_| !close);
}

/// Two rules to begin with.
fn examples_ui(ui: &mut Ui) -> Option<Vec<ColourRule>> {
    let (what, then) = text::NO_COLOUR_RULES;
    ui.label(RichText::new(what).color(Palette::of(ui).t2));
    ui.label(RichText::new(then).color(Palette::of(ui).t3));
    let mut picked = None;
    for (name, filter, tint) in [
        ("Refused by the card", "verdict == refused", Tint::Refused),
        ("Transactions", "cmd contains Transaction", Tint::Blue),
    ] {
        ui.horizontal(|ui| {
            if widgets::button(ui, &format!("Add “{name}”"), Ok(())).clicked() {
                picked = Some(vec![ColourRule {
                    name: name.to_owned(),
                    filter: filter.to_owned(),
                    tint,
                    on: true,
                }]);
            }
            swatch(ui, tint);
            ui.label(RichText::new(filter).font(theme::mono()));
        });
    }
    picked
}

/// One rule in two lines; the rules as they were edited, when they were.
fn rule_ui(
    rules: &[ColourRule],
    place: usize,
    draft: &mut ColourRulesDraft,
    ui: &mut Ui,
) -> Option<Vec<ColourRule>> {
    let mut rule = rules.get(place)?.clone();
    let number = place + 1;
    let mut moved = None;
    ui.horizontal(|ui| {
        let shown = RichText::new(number.to_string()).font(theme::mono());
        let on = ui.checkbox(&mut rule.on, shown);
        on.widget_info(|| {
            let role = egui::accesskit::Role::CheckBox;
            egui::WidgetInfo::selected(role, true, rule.on, format!("Rule {number} on"))
        });
        let hint = if rule.filter.is_empty() {
            "Name"
        } else {
            &rule.filter
        };
        let hint = hint.to_owned();
        let label = format!("Name of rule {number}");
        widgets::field(ui, &label, &mut rule.name, &hint, 170.0);
        tint_ui(ui, &mut rule.tint, number);
        moved = widgets::order_ui(ui, &format!("rule {number}"), place, rules.len());
    });
    filter_ui(ui, &mut rule.filter, draft, place);
    ui.add_space(4.0);
    if let Some(moved) = moved {
        // Each text belongs to a place.
        draft.typed.clear();
        return Some(moved.apply(rules, place));
    }
    let mut all = rules.to_vec();
    if let Some(own) = all.get_mut(place) {
        *own = rule;
    }
    (all != rules).then_some(all)
}

/// The field of a filter, with what is wrong under it.
fn filter_ui(ui: &mut Ui, filter: &mut String, draft: &mut ColourRulesDraft, place: usize) {
    let mut typed = draft.typed.get(&place).unwrap_or(filter).clone();
    let name = format!("Filter of rule {}", place + 1);
    let response = widgets::field(ui, &name, &mut typed, text::FILTER_HINT, 470.0);
    let read = Filter::parse(&typed);
    if response.changed() {
        if read.is_ok() {
            draft.typed.remove(&place);
            filter.clone_from(&typed);
        } else {
            draft.typed.insert(place, typed.clone());
        }
    }
    match read {
        Err(error) => {
            let before = typed.get(..error.at.start).unwrap_or_default();
            let letter = before.chars().count() + 1;
            widgets::complaint(ui, &format!("{}, at letter {letter}", error.text));
        }
        Ok(None) => widgets::section(ui, "Type a filter as in the trace; until then no row fits"),
        Ok(Some(_)) => {}
    }
}

fn tint_ui(ui: &mut Ui, tint: &mut Tint, number: usize) {
    swatch(ui, *tint);
    let combo = ComboBox::from_id_salt(("tint", number))
        .selected_text(tint.name())
        .width(96.0)
        .height(300.0)
        .show_ui(ui, |ui| {
            for one in Tint::ALL {
                ui.horizontal(|ui| {
                    swatch(ui, one);
                    ui.selectable_value(tint, one, one.name());
                });
            }
        });
    combo.response.widget_info(|| {
        let role = egui::accesskit::Role::ComboBox;
        egui::WidgetInfo::labeled(role, true, format!("Colour of rule {number}"))
    });
}

fn swatch(ui: &mut Ui, tint: Tint) {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(18.0, 14.0), Sense::hover());
    ui.painter()
        .rect_filled(rect, 3.0, theme::tint(tint, palette));
    let stroke = egui::Stroke::new(1.0, palette.line2);
    ui.painter()
        .rect_stroke(rect, 3.0, stroke, egui::StrokeKind::Inside);
}
