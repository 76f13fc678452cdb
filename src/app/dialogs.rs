//! Small windows over the panels: file names, notes, help, unsaved changes, notices.

use std::path::PathBuf;

use eframe::egui::{self, Frame, Key, RichText, Sense, Ui, vec2};

use super::commands::Command;
use super::drafts::Leaving;
use super::icons::{self, Icon};
use super::shell::{App, Executor};
use super::theme::{self, Palette};
use super::{text, widgets};
use crate::trace::Judgement;
use crate::workbench::worker_settings;
use crate::workbench::{Action, CopyForm, KeyStore, NoticeKind};

impl App {
    /// A typed path, with the system's dialog beside it.
    pub(super) fn path_dialog(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let Some(purpose) = self.drafts.path.purpose else {
            return;
        };
        let (title, button, hint) = purpose.words();
        let mut close = ui.input(|input| input.key_pressed(Key::Escape));
        window(ui, title, |ui| {
            let draft = &mut self.drafts.path;
            let text = &mut draft.text;
            let response = widgets::field(ui, "File name", text, "/home/…/name.json", 440.0);
            if !std::mem::replace(&mut draft.focused, true) {
                response.request_focus();
            }
            let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if !hint.is_empty() {
                ui.label(RichText::new(hint).color(Palette::of(ui).refusal));
            }
            let typed = text.trim().to_owned();
            ui.horizontal(|ui| {
                let can = if typed.is_empty() {
                    Err("Off, type a file name first")
                } else {
                    Ok(())
                };
                let pressed = widgets::primary_button(ui, button, can).clicked();
                if pressed || (enter && can.is_ok()) {
                    actions.push(purpose.action(PathBuf::from(&typed)));
                    close = true;
                }
                if let Executor::Threads(threads) = &self.executor
                    && widgets::button(ui, "Browse…", Ok(())).clicked()
                {
                    threads.in_background("tapscope-dialog", move || {
                        let dialog = rfd::FileDialog::new().set_title(title);
                        let path = if purpose.writes() {
                            dialog.save_file()
                        } else {
                            dialog.pick_file()
                        };
                        path.map(|path| purpose.action(path))
                    });
                    close = true;
                }
                close |= widgets::button(ui, "Cancel", Ok(())).clicked();
            });
        });
        if close {
            self.drafts.path = super::drafts::PathDraft::default();
        }
    }

    pub(super) fn note_dialog(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let Some(mut note) = self.drafts.note.take() else {
            return;
        };
        let row = note.row;
        let mut close = ui.input(|input| input.key_pressed(Key::Escape));
        window(ui, &format!("Note on row {row}"), |ui| {
            let hint = "What is worth remembering";
            let response = widgets::field(ui, "Note", &mut note.text, hint, 420.0);
            if !std::mem::replace(&mut note.focused, true) {
                response.request_focus();
            }
            let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            ui.horizontal(|ui| {
                if widgets::primary_button(ui, "Keep note", Ok(())).clicked() || enter {
                    actions.push(Action::NoteRow {
                        row,
                        text: note.text.clone(),
                    });
                    close = true;
                }
                close |= widgets::button(ui, "Cancel", Ok(())).clicked();
            });
        });
        if !close {
            self.drafts.note = Some(note);
        }
    }

    /// A row number; it is checked while it is typed.
    pub(super) fn go_to_dialog(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let Some(mut draft) = self.drafts.go_to.take() else {
            return;
        };
        let count = self.bench.rows().len();
        let mut close = ui.input(|input| input.key_pressed(Key::Escape)) || count == 0;
        window(ui, "Go to row", |ui| {
            let response = widgets::field(ui, "Row number", &mut draft.text, "0", 160.0);
            if !std::mem::replace(&mut draft.focused, true) {
                response.request_focus();
            }
            let enter = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let digits = draft.text.replace([' ', '\u{2009}'], "");
            let row = digits.parse::<usize>().ok().filter(|row| *row < count);
            let last = count.saturating_sub(1);
            if row.is_none() && !digits.is_empty() {
                let text = format!("Row is {:?}, 0 to {last} expected", draft.text);
                widgets::complaint(ui, &text);
            }
            ui.horizontal(|ui| {
                let can = row.map(|_| ()).ok_or("Off, type the number of a row first");
                let pressed = widgets::primary_button(ui, "Go to", can).clicked();
                if let (true, Some(row)) = (pressed || enter, row) {
                    actions.push(Action::GoToRow(row));
                    close = true;
                }
                close |= widgets::button(ui, "Cancel", Ok(())).clicked();
            });
        });
        if !close {
            self.drafts.go_to = Some(draft);
        }
    }

    /// The forms in which the selected row can be copied.
    pub(super) fn copy_dialog(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        if !self.drafts.copying {
            return;
        }
        let mut close = ui.input(|input| input.key_pressed(Key::Escape));
        let Some(row) = self.bench.selected_row() else {
            self.drafts.copying = false;
            return;
        };
        let title = format!("Copy row {}, {}", row.index, row.name());
        window(ui, &title, |ui| {
            for form in CopyForm::ALL {
                let text = self.bench.row_text(row, form);
                let button = ui.button(form.name()).on_hover_text(text);
                if button.clicked() {
                    actions.push(Action::CopyRow(form));
                    close = true;
                }
            }
            close |= widgets::button(ui, "Cancel", Ok(())).clicked();
        });
        self.drafts.copying = !close;
    }

    pub(super) fn about(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        if !self.drafts.about {
            return;
        }
        let mut close = ui.input(|input| input.key_pressed(Key::Escape));
        let place = |path: &Option<PathBuf>| match path {
            Some(path) => path.display().to_string(),
            None => "none, nothing is kept".to_owned(),
        };
        let facts = [
            ("Version", env!("CARGO_PKG_VERSION").to_owned()),
            ("System", worker_settings::system()),
            ("Settings", place(&self.home.settings)),
            ("Log files", place(&self.home.log)),
        ];
        window(ui, "About Tapscope", |ui| {
            ui.set_max_width(520.0);
            ui.label(RichText::new(text::ABOUT).color(Palette::of(ui).t1));
            ui.add_space(4.0);
            egui::Grid::new("about").num_columns(2).show(ui, |ui| {
                for (name, value) in &facts {
                    widgets::section(ui, name);
                    ui.label(RichText::new(value).font(theme::mono()));
                    ui.end_row();
                }
            });
            ui.add_space(4.0);
            ui.label(text::LICENCES);
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                close |= widgets::primary_button(ui, "Close", Ok(())).clicked();
                if widgets::button(ui, "Copy for a bug report", Ok(())).clicked() {
                    let lines = facts.iter().map(|(name, value)| format!("{name} {value}"));
                    let text = lines.collect::<Vec<_>>().join("\n");
                    actions.push(Action::Copy(format!("Tapscope\n{text}")));
                }
            });
        });
        self.drafts.about = !close;
    }

    pub(super) fn help(&mut self, ui: &mut Ui) {
        if !self.drafts.help {
            return;
        }
        let mut close = ui.input(|input| input.key_pressed(Key::Escape));
        window(ui, "Help", |ui| {
            ui.set_width(620.0_f32.min(ui.ctx().content_rect().width() - 60.0));
            // The button below stays in view on a small screen.
            let height = (ui.ctx().content_rect().height() - 180.0).max(60.0);
            let scroll = egui::ScrollArea::vertical().max_height(height);
            scroll.min_scrolled_height(height).show(ui, |ui| {
                for (word, meaning) in text::HELP {
                    explained(ui, RichText::new(*word).font(theme::strong()), meaning);
                }
                ui.separator();
                let all = Command::all().into_iter();
                for command in all.filter(|command| !matches!(command, Command::Show(_))) {
                    if let Some(shortcut) = command.shortcut() {
                        let keys = ui.ctx().format_shortcut(&shortcut);
                        let keys = RichText::new(keys).font(theme::mono());
                        explained(ui, keys, &command.name());
                    }
                }
                let digits = RichText::new("Ctrl+1 … 8").font(theme::mono());
                explained(ui, digits, "Show a panel");
            });
            close |= widgets::button(ui, "Close help", Ok(())).clicked();
        });
        self.drafts.help = !close;
    }

    /// Holds back what would lose an unsaved trace, and asks.
    pub(super) fn leaving(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let ctx = ui.ctx().clone();
        let unsaved = self.bench.document().changed && !self.bench.rows().is_empty();
        let keys = self.bench.key_store().is_some_and(KeyStore::is_changed);
        let closes = ctx.input(|input| input.viewport().close_requested());
        if closes && (unsaved || keys) && !self.quitting {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.drafts.leaving = Some(Leaving::Quit);
        }
        if let Some(held) = actions.iter().position(replaces).filter(|_| unsaved) {
            self.drafts.leaving = Some(Leaving::Replace(actions.remove(held)));
        }
        let Some(leaving) = self.drafts.leaving.take() else {
            return;
        };
        let mut stay = ui.input(|input| input.key_pressed(Key::Escape));
        let mut go = false;
        let name = match leaving {
            Leaving::Quit => "Quit without saving",
            Leaving::Replace(_) => "Go on without saving",
        };
        let title = if unsaved {
            text::UNSAVED
        } else {
            text::UNSAVED_KEYS
        };
        window(ui, title, |ui| {
            if unsaved && keys && leaving == Leaving::Quit {
                ui.label(text::UNSAVED_KEYS);
            }
            ui.horizontal(|ui| {
                if unsaved && widgets::primary_button(ui, "Save…", Ok(())).clicked() {
                    Command::Save.perform(&self.bench, &mut self.drafts, actions);
                    stay = true;
                }
                if keys
                    && widgets::button(ui, "Save the keys", self.bench.can_save_store()).clicked()
                {
                    let (path, passphrase) = (None, None);
                    actions.push(Action::SaveStore { path, passphrase });
                    stay = true;
                }
                go = widgets::button(ui, name, Ok(())).clicked();
                stay |= widgets::button(ui, "Stay", Ok(())).clicked();
            });
        });
        match leaving {
            Leaving::Quit if go => {
                self.quitting = true;
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }
            Leaving::Replace(action) if go => actions.push(action),
            leaving if !stay => self.drafts.leaving = Some(leaving),
            _ => {}
        }
    }

    pub(super) fn notices(&self, ui: &mut Ui, actions: &mut Vec<Action>) {
        if self.bench.notices().is_empty() {
            return;
        }
        egui::Area::new(egui::Id::unique("notices"))
            .order(egui::Order::Foreground)
            .anchor(egui::Align2::RIGHT_BOTTOM, vec2(-12.0, -34.0))
            .show(ui.ctx(), |ui| {
                for notice in self.bench.notices().iter().rev().take(4) {
                    let palette = Palette::of(ui);
                    let judgement = match notice.kind {
                        NoticeKind::Info => Judgement::Verified,
                        NoticeKind::Warning => Judgement::Refused,
                        NoticeKind::Failure => Judgement::Wrong,
                    };
                    Frame::popup(ui.style()).show(ui, |ui| {
                        ui.set_width(360.0);
                        ui.horizontal_top(|ui| {
                            let (rect, _) =
                                ui.allocate_exact_size(vec2(16.0, 18.0), Sense::hover());
                            icons::judgement(ui, judgement, rect.center());
                            ui.vertical(|ui| {
                                ui.set_width(300.0);
                                ui.add(
                                    egui::Label::new(RichText::new(&notice.text).color(palette.t1))
                                        .wrap(),
                                );
                                if !notice.details.is_empty() {
                                    ui.add(
                                        egui::Label::new(
                                            RichText::new(&notice.details).color(palette.t2),
                                        )
                                        .wrap(),
                                    );
                                    if ui.small_button("Copy details").clicked() {
                                        actions.push(Action::Copy(format!(
                                            "{}\n{}",
                                            notice.text, notice.details
                                        )));
                                    }
                                }
                            });
                            if widgets::icon_button(ui, Icon::Close, "Close notice").clicked() {
                                actions.push(Action::CloseNotice(notice.id));
                            }
                        });
                    });
                }
            });
    }
}

/// A word or keys on the left, what they mean on the right.
fn explained(ui: &mut Ui, word: RichText, meaning: &str) {
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(110.0, 18.0), Sense::hover());
        let mut left = ui.new_child(egui::UiBuilder::new().max_rect(rect));
        left.label(word);
        ui.add(egui::Label::new(meaning).wrap());
    });
}

/// Actions that put another trace in the place of the present one.
const fn replaces(action: &Action) -> bool {
    matches!(
        action,
        Action::NewSession | Action::OpenSession(_) | Action::OpenSample(_)
    )
}

/// A small window in the middle.
pub(super) fn window(ui: &Ui, title: &str, contents: impl FnOnce(&mut Ui)) {
    egui::Window::new(title)
        .collapsible(false)
        .resizable(false)
        .anchor(egui::Align2::CENTER_CENTER, vec2(0.0, -40.0))
        .show(ui.ctx(), contents);
}
