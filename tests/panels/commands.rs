//! Every command stands in its menu, and says why when it is off.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use tapscope::app::{Command, Menu, TraceCommand};

use crate::scene::{key, press, window};
use crate::support::desk::Desk;

#[test]
fn every_command_is_in_a_menu() {
    for desk in [Desk::new(), Desk::topped_up()] {
        let mut window = window(desk);
        for menu in Menu::ALL {
            press(&mut window, menu.title());
            for command in Command::all() {
                let name = command.name();
                if command.menu() != menu {
                    continue;
                }
                let found = window.query_all_by(|node| {
                    node.role() == Role::Button
                        && node.label().is_some_and(|label| label.starts_with(&name))
                });
                let available = command.available(window.state().bench());
                let entry = found.max_by(|a, b| {
                    // Buttons of panels may have the same name; the menu is drawn last.
                    a.accesskit_node().label().cmp(&b.accesskit_node().label())
                });
                assert!(entry.is_some(), "{name} in menu {}", menu.title());
                if let Err(why) = available {
                    assert!(why.starts_with("Off, ") && why.len() > 10, "{name}: {why}");
                }
            }
            key(&mut window, Modifiers::NONE, Key::Escape);
        }
    }
}

#[test]
fn commands_that_are_off_say_why() {
    let empty = Desk::new();
    let off: Vec<Command> = Command::all()
        .into_iter()
        .filter(|command| command.available(&empty.bench).is_err())
        .collect();
    for command in [
        Command::Save,
        Command::ReplayRecorded,
        Command::ReplayCard,
        Command::Undo,
        Command::Redo,
        Command::Find,
        Command::ToggleMark,
        Command::NoteRow,
        Command::CopyRow,
    ] {
        assert!(off.contains(&command), "{}", command.name());
    }
    let full = Desk::topped_up();
    for command in off {
        let later = command.available(&full.bench);
        // These need an edit, long work, a filter, a mark, a finding, or a reader on the desk.
        let others = [
            Command::Undo,
            Command::Redo,
            Command::Cancel,
            Command::Redecode,
            Command::Connect,
            Command::Disconnect,
            Command::TakeBack,
            Command::ClearFilter,
            Command::SaveFilter,
            Command::Trace(TraceCommand::NextMark),
            Command::Trace(TraceCommand::PreviousMark),
            Command::NextFinding,
            Command::PreviousFinding,
        ];
        assert_eq!(
            later.is_err(),
            others.contains(&command),
            "{}",
            command.name()
        );
    }
}
