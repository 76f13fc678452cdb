//! The window's frame: menus, toolbar, tiles, status bar, notices, dialogs. Draws the model and pushes actions.

use std::path::PathBuf;
use std::sync::mpsc::Receiver;

use eframe::egui::text_selection::LabelSelectionState;
use eframe::egui::{self, Frame, Key, Ui};
use egui_tiles::Tree;

use super::commands::Command;
use super::docking::{self, Dock};
use super::drafts::Drafts;
use super::panels::Panel;
use super::theme::{self, Palette};
use super::{asking, bars, colour_rules, column_choice, kept_filters, palette, settings_window};
use crate::transport::unix_time_ms;
use crate::workbench::worker::Threads;
use crate::workbench::worker_inline::Inline;
use crate::workbench::worker_journal::{Journal, Left};
use crate::workbench::worker_settings::{Instance, Writer};
use crate::workbench::{
    Action, Effect, LogLine, Recovery, Setting, Settings, TextFont, ThemeChoice, Workbench,
};

/// Who carries out effects.
pub enum Executor {
    /// Threads, in the program.
    Threads(Threads),
    /// At once, in tests.
    Inline(Inline),
}

/// Where the program keeps its own files.
#[derive(Debug, Default)]
pub struct Home {
    /// File of the settings; nothing is kept without one.
    pub settings: Option<PathBuf>,
    /// Folder of the log files.
    pub log: Option<PathBuf>,
    /// Tells other instances that this one runs.
    pub instance: Option<Instance>,
}

/// The window.
pub struct App {
    pub(super) bench: Workbench,
    pub(super) executor: Executor,
    pub(super) drafts: Drafts,
    tree: Tree<Panel>,
    pub(super) home: Home,
    /// Lines that the program logs.
    pub(super) log: Option<Receiver<LogLine>>,
    writer: Option<Writer>,
    saved_settings: Settings,
    /// What the context draws with now.
    shown_font: Option<TextFont>,
    journal: Option<Journal>,
    /// What a crash left, until it stands in our own journal.
    left: Option<Left>,
    pressed: Vec<Command>,
    /// Whether undo and redo belong to the calculator.
    calculating: bool,
    was_drawn: bool,
    pub(super) quitting: bool,
}

impl App {
    /// A window over a model; the effects that start the model are carried out.
    pub fn new(bench: Workbench, start: Vec<Effect>, executor: Executor, home: Home) -> Self {
        let saved_settings = bench.settings().clone();
        let folder = home.settings.as_deref().and_then(std::path::Path::parent);
        let journal = folder.map(Journal::new);
        let writer = home.settings.clone().map(Writer::new);
        let tree = docking::tree_of(saved_settings.arrangement.as_ref());
        let drafts = Drafts {
            amount: "10.00".into(),
            ..Drafts::default()
        };
        let mut app = Self {
            bench,
            executor,
            drafts,
            tree,
            home,
            log: None,
            writer,
            saved_settings,
            shown_font: None,
            journal,
            left: None,
            pressed: Vec::new(),
            calculating: false,
            was_drawn: false,
            quitting: false,
        };
        app.carry_out(start, None);
        app
    }

    /// The model, to look at.
    pub const fn bench(&self) -> &Workbench {
        &self.bench
    }

    /// Chooses a command in the next frame, as a menu does.
    pub fn press(&mut self, command: Command) {
        self.pressed.push(command);
    }

    /// Carries out actions as if panels had pushed them.
    pub fn act(&mut self, actions: Vec<Action>, ctx: Option<&egui::Context>) {
        self.bench.set_now(unix_time_ms());
        for action in actions {
            let effects = self.bench.apply(action);
            self.carry_out(effects, ctx);
        }
        let due = self.bench.due();
        self.carry_out(due, ctx);
    }

    fn carry_out(&mut self, effects: Vec<Effect>, ctx: Option<&egui::Context>) {
        for effect in effects {
            if let (Effect::Copy(text), Some(ctx)) = (&effect, ctx) {
                ctx.copy_text(text.clone());
            }
            match &mut self.executor {
                Executor::Threads(threads) => threads.run(effect),
                Executor::Inline(inline) => inline.run_all(&mut self.bench, vec![effect]),
            }
        }
    }

    /// Takes what the workers report; also while the window is hidden.
    pub fn absorb(&mut self, ctx: Option<&egui::Context>) {
        let Executor::Threads(threads) = &self.executor else {
            return;
        };
        let (reports, news, actions) = (threads.reports(), threads.news(), threads.actions());
        let desk = threads.desk();
        for report in reports {
            self.bench.absorb(report);
        }
        for one in desk {
            let effects = self.bench.absorb_desk(one);
            self.carry_out(effects, ctx);
        }
        let logged = self.log.iter().flat_map(Receiver::try_iter);
        let actions = actions.into_iter().chain(logged.map(Action::Log)).collect();
        for one in news {
            let effects = self.bench.absorb_news(one);
            self.carry_out(effects, ctx);
        }
        self.act(actions, ctx);
        self.keep_journal();
    }

    fn keep_journal(&mut self) {
        if let Some(journal) = &mut self.journal {
            let document = self.bench.document();
            let events = self.bench.log().events();
            let (image, trace) = (document.image.as_deref(), self.bench.trace_no());
            let followed = journal.follow(document.changed, image, trace, events);
            let safe = !document.changed || journal.has_all(events);
            if document.recovered && safe {
                self.forget_left();
            }
            if let Err(text) = followed {
                self.act(vec![Action::Warn(text)], None);
            }
        }
    }

    /// Shows what a crash left; its file stays until the trace is safe elsewhere.
    pub(super) fn recover(&mut self, mut left: Left) {
        match left.bytes() {
            // The program ended before the first event was written.
            Some(bytes) if bytes.is_empty() => left.forget(),
            Some(bytes) => {
                self.left = Some(left);
                self.act(vec![Action::Recover(bytes)], None);
            }
            None => {}
        }
    }

    fn forget_left(&mut self) {
        if let Some(left) = self.left.take() {
            left.forget();
        }
    }

    /// Draws one frame and carries out what the user chose.
    pub fn frame(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        self.apply_settings(&ctx);
        self.wake_to_lock(&ctx);
        let filters = self.bench.filter_step();
        if self.bench.find_step() || filters {
            ctx.request_repaint();
        }
        let mut actions = Vec::new();
        self.calculating = self.drafts.calculator.begin_frame();
        let mut chosen = std::mem::take(&mut self.pressed);
        chosen.extend(self.shortcuts(ui));
        chosen.extend(bars::menus_ui(&self.bench, ui));
        let drafts = &mut self.drafts;
        chosen.extend(bars::toolbar_ui(&self.bench, drafts, &mut actions, ui));
        bars::status_ui(&self.bench, &mut actions, ui);
        egui::CentralPanel::default()
            .frame(Frame::new().fill(Palette::of(ui).bg0))
            .show(ui, |ui| {
                let mut dock = Dock {
                    bench: &self.bench,
                    drafts: &mut self.drafts,
                    actions: &mut actions,
                };
                self.tree.ui(&mut dock, ui);
            });
        Self::dropped_files(&ctx, &mut actions);
        self.path_dialog(ui, &mut actions);
        asking::aid_order_ui(&self.bench, &mut actions, ui);
        asking::erase_ui(&self.bench, &mut self.drafts.repeats, &mut actions, ui);
        self.note_dialog(ui, &mut actions);
        self.help(ui);
        self.about(ui, &mut actions);
        self.go_to_dialog(ui, &mut actions);
        self.copy_dialog(ui, &mut actions);
        let (bench, drafts) = (&self.bench, &mut self.drafts);
        settings_window::settings_ui(bench, drafts, &mut actions, ui);
        column_choice::window_ui(bench, drafts, &mut actions, ui);
        colour_rules::window_ui(bench, drafts, &mut actions, ui);
        kept_filters::window_ui(bench, drafts, &mut actions, ui);
        chosen.extend(palette::palette_ui(&self.bench, &mut self.drafts, ui));
        self.notices(ui, &mut actions);
        if !chosen.is_empty() {
            // What it opens is drawn at once, not with the next movement of the pointer.
            ctx.request_repaint();
        }
        for command in chosen {
            self.perform(command, &ctx, &mut actions);
        }
        self.leaving(ui, &mut actions);
        let replays = actions
            .iter()
            .any(|action| matches!(action, Action::Replay(_)));
        actions.extend(self.rearranged(&ctx));
        self.act(actions, Some(&ctx));
        if let Some(panel) = self.drafts.show.take() {
            docking::show(&mut self.tree, panel);
        }
        if replays {
            // The result stands there.
            docking::show(&mut self.tree, Panel::Sessions);
        }
        self.save_settings();
        self.keep_journal();
    }

    /// The key store locks itself also while nobody touches the window.
    fn wake_to_lock(&self, ctx: &egui::Context) {
        if let Some(at) = self.bench.locks_at() {
            let left = at.saturating_sub(unix_time_ms());
            // The clock may be behind by a part of a second.
            ctx.request_repaint_after(std::time::Duration::from_millis(left + 200));
        }
    }

    fn perform(&mut self, command: Command, ctx: &egui::Context, actions: &mut Vec<Action>) {
        if self.calculating && matches!(command, Command::Undo | Command::Redo) {
            self.drafts.calculator.travel(command == Command::Undo);
            return;
        }
        if command.available(&self.bench).is_err() {
            return;
        }
        match command {
            Command::ResetPanels => self.tree = docking::tree_of(None),
            Command::Show(panel) => docking::show(&mut self.tree, panel),
            Command::Calculate(_) => {
                docking::show(&mut self.tree, Panel::Calculator);
                command.perform(&self.bench, &mut self.drafts, actions);
            }
            Command::AddKey => {
                docking::show(&mut self.tree, Panel::Keys);
                command.perform(&self.bench, &mut self.drafts, actions);
            }
            Command::OpenPort => {
                docking::show(&mut self.tree, Panel::Readers);
                command.perform(&self.bench, &mut self.drafts, actions);
            }
            Command::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
            command => command.perform(&self.bench, &mut self.drafts, actions),
        }
    }

    fn shortcuts(&self, ui: &mut Ui) -> Vec<Command> {
        if self.drafts.palette.is_some() {
            return Vec::new();
        }
        let typing = ui.ctx().text_edit_focused();
        let free = |command: &Command| {
            let shortcut = command.shortcut()?;
            let plain = !shortcut.modifiers.command
                && !matches!(shortcut.logical_key, Key::F1 | Key::F3 | Key::F5 | Key::F8);
            // While somebody types, undo and the arrows belong to the text.
            let edits = matches!(
                command,
                Command::Undo
                    | Command::Redo
                    | Command::FirstRow
                    | Command::LastRow
                    | Command::CopyRow
            );
            (!typing || !(plain || edits)).then_some(shortcut)
        };
        // The system's key for copying arrives as an event of its own; marked text and text fields come first.
        let copies = ui.input(|input| input.events.contains(&egui::Event::Copy));
        let labels = |state: &mut LabelSelectionState| state.has_selection();
        let marked = ui.ctx().with_plugin(labels).unwrap_or_default();
        let copy = (copies && !typing && !marked).then_some(Command::CopyRow);
        let mut all: Vec<Command> = Command::all();
        // Longer combinations first: Ctrl+Shift+T is not Ctrl+T.
        all.sort_by_key(|command| {
            std::cmp::Reverse(
                command
                    .shortcut()
                    .is_some_and(|shortcut| shortcut.modifiers.shift),
            )
        });
        all.into_iter()
            .filter(|command| {
                free(command)
                    .is_some_and(|shortcut| ui.input_mut(|input| input.consume_shortcut(&shortcut)))
            })
            .chain(copy)
            .collect()
    }

    fn dropped_files(ctx: &egui::Context, actions: &mut Vec<Action>) {
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
        actions.extend(
            dropped
                .into_iter()
                .map(|file| file.path().to_owned())
                .map(Action::OpenSession),
        );
    }

    /// The user moved a panel or a border: kept when the pointer lets go.
    fn rearranged(&self, ctx: &egui::Context) -> Option<Action> {
        if ctx.input(|input| input.pointer.any_down()) {
            return None;
        }
        let now = docking::arrangement_of(&self.tree);
        let kept = now.filter(|now| *now != docking::first());
        let changed = kept != self.bench.settings().arrangement;
        changed.then_some(Action::Set(Setting::Arrangement(kept)))
    }

    fn apply_settings(&mut self, ctx: &egui::Context) {
        let font = self.bench.settings().text_font;
        if self.shown_font.replace(font) != Some(font) {
            theme::set_text_font(ctx, font);
        }
        let preference = match self.bench.settings().theme {
            ThemeChoice::System => egui::ThemePreference::System,
            ThemeChoice::Dark => egui::ThemePreference::Dark,
            ThemeChoice::Light => egui::ThemePreference::Light,
        };
        ctx.set_theme(preference);
        ctx.set_zoom_factor(self.bench.settings().scale);
    }

    fn save_settings(&mut self) {
        let Some(writer) = &mut self.writer else {
            return;
        };
        if self.saved_settings == *self.bench.settings() {
            writer.flush();
        } else {
            self.saved_settings = self.bench.settings().clone();
            writer.write(self.saved_settings.text());
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.absorb(Some(ctx));
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.frame(ui);
        if !std::mem::replace(&mut self.was_drawn, true) {
            tracing::info!("first frame drawn");
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        if let Some(journal) = &mut self.journal {
            journal.forget();
        }
        match self.bench.recovery() {
            Recovery::Over => self.forget_left(),
            // The next start reads it again.
            Recovery::Reading => {}
            Recovery::Failed => {
                if let Some(left) = self.left.take() {
                    left.set_aside();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use eframe::App as _;

    use super::*;
    use crate::session::{self, Session};
    use crate::trace::{Event, EventKind};

    /// What lies in the folder after a window with this executor was open for a moment, and what it showed.
    fn closed(folder: &Path, executor: Executor) -> (Vec<String>, usize) {
        let (bench, start) = Workbench::new(Settings::default(), Some(1));
        let mut app = App::new(bench, start, executor, Home::default());
        app.recover(Left::find(folder).unwrap());
        let shown = app.bench.log().events().len();
        app.on_exit(None);
        let files = std::fs::read_dir(folder).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        (names.collect(), shown)
    }

    #[test]
    fn what_a_crash_left_goes_only_when_it_was_shown() {
        let threads = || Executor::Threads(Threads::new(Arc::new(|| {})));
        let inline = || Executor::Inline(Inline::default());
        let journal = session::write(&Session {
            events: vec![Event::new(EventKind::Command(vec![0x60]))],
            ..Session::default()
        });
        let (name, aside) = ("journal-0.json", "journal-0.json.unreadable");
        for (text, executor, left, shown) in [
            // Closed before it was read.
            (journal.as_str(), threads(), &[name][..], 0),
            (&journal, inline(), &[], 1),
            ("no session", inline(), &[aside], 0),
            ("", inline(), &[], 0),
        ] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join(name), text).unwrap();
            let (files, seen) = closed(folder.path(), executor);
            assert_eq!(files, left, "{text}");
            assert_eq!(seen, shown, "{text}");
        }
    }
}
