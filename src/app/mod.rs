//! The window. Only here is egui known; everything else is in `workbench`.

mod asking;
mod bars;
mod colour_rules;
mod column_choice;
mod commands;
mod dialogs;
mod docking;
mod drafts;
mod icons;
mod kept_filters;
mod menu;
mod palette;
mod panels;
mod path_draft;
mod perform;
mod progress;
mod repeats;
mod run;
mod settings_window;
mod shell;
mod text;
mod theme;
mod times;
mod trace_commands;
mod widgets;

pub use commands::Command;
pub use drafts::Drafts;
pub use menu::Menu;
pub use panels::{Panel, panel_actions_ui, panel_ui};
pub use run::{Opening, Renderer, run};
pub use shell::{App, Executor, Home};
pub use theme::apply as apply_theme;
pub use trace_commands::TraceCommand;
