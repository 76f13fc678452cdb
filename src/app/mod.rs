//! The window. Only here is egui known; everything else is in `workbench`.

mod asking;
mod bars;
mod commands;
mod dialogs;
mod docking;
mod drafts;
mod icons;
mod menu;
mod palette;
mod panels;
mod progress;
mod repeats;
mod run;
mod settings_window;
mod shell;
mod text;
mod theme;
mod widgets;

pub use commands::Command;
pub use drafts::Drafts;
pub use menu::Menu;
pub use panels::{Panel, panel_actions_ui, panel_ui};
pub use run::{Opening, Renderer, run};
pub use shell::{App, Executor, Home};
pub use theme::apply as apply_theme;
