//! Many of what the page checks one of: a file, what came of its lines, and the way of a line onto the page.

mod list;

use eframe::egui::{self, Align, Layout, Popup, RichText, Ui};

use super::state::Page;
use crate::app::drafts::{Drafts, PathDraft, PathPurpose};
use crate::app::icons::Icon;
use crate::app::theme::Palette;
use crate::app::widgets::position::Position;
use crate::app::{text, widgets};
use crate::calculator::Kind as InputKind;
use crate::calculator::batch::Kind;
use crate::workbench::{Action, CheckedFile, PageInputs, Progress, Workbench};

/// What is shown of a file.
#[derive(Debug, Default)]
pub(super) struct BatchDraft {
    /// Whether the part is there.
    open: bool,
    /// Whether the lines that are right are listed too.
    all: bool,
    /// Which file the places are of.
    of: u64,
    /// The chosen line, from 0 in the file.
    pub(super) chosen: Option<usize>,
    scroll: Position,
    /// The place in the list that was last brought into view, and how many lines fitted then.
    shown: Option<(usize, usize)>,
}

/// Remarks on a file that the hover text names.
const HOVERED: usize = 20;
/// Most lines that are copied at once: more would be felt.
const COPIED: usize = 50_000;

impl BatchDraft {
    /// Whether the part is there.
    pub(super) const fn is_open(&self) -> bool {
        self.open
    }
}

/// The button in the bar of a page that can check many.
pub(super) fn button(kind: Kind, page: &mut Page, ui: &mut Ui) {
    let (one, _) = kind.nouns();
    let open = page.batch.open;
    let button = ui.selectable_label(open, "Batch");
    button.widget_info(|| {
        egui::WidgetInfo::selected(egui::accesskit::Role::Button, true, open, "Batch")
    });
    if button
        .on_hover_text(format!(
            "Checks every {one} of a file with this page's key and settings"
        ))
        .clicked()
    {
        page.batch.open = !open;
    }
}

/// The part above the table.
pub(super) fn batch_ui(
    bench: &Workbench,
    drafts: &mut Drafts,
    (kind, page): (Kind, &mut Page),
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let file = bench.checked(kind);
    let no = file.map_or(0, |file| file.no);
    if page.batch.of != no {
        page.batch = BatchDraft {
            open: page.batch.open,
            all: page.batch.all,
            of: no,
            ..BatchDraft::default()
        };
    }
    ui.horizontal(|ui| head(bench, drafts, (kind, page), actions, ui));
    if let Some(progress) = bench.checking(kind) {
        running(kind, progress, actions, ui);
    }
    let Some(file) = file else {
        let (what, how) = match kind {
            Kind::Transactions => text::BATCH_TRANSACTIONS,
            Kind::Urls => text::BATCH_URLS,
        };
        ui.label(RichText::new(what).color(Palette::of(ui).t1));
        ui.label(RichText::new(how).color(Palette::of(ui).t2));
        return;
    };
    summary(file, (kind, page), actions, ui);
    list::list_ui(file, page, ui);
}

/// What the part is, and what can be done.
fn head(
    bench: &Workbench,
    drafts: &mut Drafts,
    (kind, page): (Kind, &mut Page),
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    widgets::section(ui, "Batch");
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let file = bench.checked(kind);
        if widgets::icon_button(ui, Icon::Close, "Close batch").clicked() {
            page.batch.open = false;
            actions.extend(file.map(|_| Action::CloseChecked(kind)));
        }
        let can = if bench.checking(kind).is_some() {
            Err("Off, a file is being checked")
        } else {
            Ok(())
        };
        if let Some(file) = file {
            copy(file, actions, ui);
            if widgets::button(ui, "Check again", can)
                .on_hover_text("Reads the file anew and checks it with the inputs as they are")
                .clicked()
            {
                actions.push(Action::PrepareCheck(kind, page.inputs(kind.inputs())));
                actions.push(Action::CheckFile(kind, file.path.clone()));
            }
        }
        if widgets::button(ui, "Check file…", can).clicked() {
            actions.push(Action::PrepareCheck(kind, page.inputs(kind.inputs())));
            drafts.path = PathDraft {
                purpose: Some(PathPurpose::Lines(kind)),
                ..PathDraft::default()
            };
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            if let Some(file) = file {
                let name = RichText::new(file.name()).color(Palette::of(ui).t1);
                ui.add(egui::Label::new(name).truncate())
                    .on_hover_text(file.path.display().to_string());
            }
        });
    });
}

/// How far it is.
fn running(kind: Kind, progress: Progress, actions: &mut Vec<Action>, ui: &mut Ui) {
    ui.horizontal(|ui| {
        ui.spinner();
        let words = if progress.total == 0 {
            "Reading the file".to_owned()
        } else {
            let [done, total] = [progress.done, progress.total].map(widgets::thousands);
            format!("{done} of {total} lines")
        };
        ui.label(RichText::new(words).color(Palette::of(ui).t2));
        if ui.link("Cancel").clicked() {
            actions.push(Action::CancelCheck(kind));
        }
    });
}

/// All of it in a sentence, and whether it is still up to date; which lines are listed.
fn summary(
    file: &CheckedFile,
    (kind, page): (Kind, &mut Page),
    actions: &mut Vec<Action>,
    ui: &mut Ui,
) {
    let palette = Palette::of(ui);
    let color = if file.is_wrong {
        palette.wrong
    } else {
        palette.t1
    };
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let all = page.batch.all;
            let count = widgets::thousands(file.checked.len());
            let told = widgets::thousands(file.told.len() + file.gaps.len());
            let (wrong, every) = (format!("Remarks {told}"), format!("All {count}"));
            // From right to left.
            let choices = [(true, every.as_str()), (false, wrong.as_str())];
            if let Some(all) = widgets::segment(ui, "Lines", &choices, all) {
                page.batch.all = all;
                page.batch.shown = None;
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let words = RichText::new(&file.summary).color(color);
                ui.add(egui::Label::new(words).truncate())
                    .on_hover_text(&file.summary);
            });
        });
    });
    if let Some((first, more)) = file.remarks.split_first() {
        let more = match more.len() {
            0 => String::new(),
            more => format!("; {more} more"),
        };
        let words = RichText::new(format!("{first}{more}")).color(palette.refusal);
        ui.add(egui::Label::new(words).truncate()).on_hover_text(
            file.remarks
                .iter()
                .take(HOVERED)
                .cloned()
                .collect::<Vec<_>>()
                .join("\n"),
        );
    }
    if !same_inputs(kind, &page.inputs(kind.inputs()), &file.inputs) {
        ui.horizontal(|ui| {
            let words = "The inputs are others now";
            ui.label(RichText::new(words).color(palette.refusal));
            if ui.link("Check with them").clicked() {
                actions.push(Action::PrepareCheck(kind, page.inputs(kind.inputs())));
                actions.push(Action::CheckFile(kind, file.path.clone()));
            }
        });
    }
}

/// Whether two sets of inputs say the same: what is not typed counts as its default, and a switch as off.
fn same_inputs(kind: Kind, one: &PageInputs, other: &PageInputs) -> bool {
    let Some(topic) = crate::calculator::topic(kind.topic()) else {
        return false;
    };
    let fields = topic.fields.iter();
    let mut shared = fields.filter(|field| kind.inputs().contains(&field.name));
    shared.all(|field| {
        let said = |inputs: &PageInputs| {
            let text = field.text(&inputs.0).map(str::to_owned);
            text.filter(|text| !matches!(field.kind, InputKind::Flag) || text == "true")
        };
        said(one) == said(other)
    })
}

fn copy(file: &CheckedFile, actions: &mut Vec<Action>, ui: &mut Ui) {
    let button = widgets::icon_button(ui, Icon::Copy, "Copy batch");
    Popup::menu(&button).show(|ui| {
        if widgets::button(ui, "Copy remarks as text", Ok(())).clicked() {
            actions.push(Action::Copy(list::as_text(file)));
        }
        let can = if file.checked.len() <= COPIED {
            Ok(())
        } else {
            Err("Off, more than 50 000 lines; the command line writes them")
        };
        if widgets::button(ui, "Copy all as JSON lines", can).clicked() {
            let lines: Vec<String> = crate::session::batch::json(&file.checked).collect();
            actions.push(Action::Copy(lines.join("\n")));
        }
    });
}
