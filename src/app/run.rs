//! Opens the window: renderer, fallback, fonts, settings.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::{NativeOptions, egui};

use super::shell::{App, Executor};
use super::theme;
use crate::workbench::worker::{self, Threads};
use crate::workbench::worker_journal::recover;
use crate::workbench::{Action, Settings, Workbench};

/// Which graphics interface draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renderer {
    /// OpenGL.
    Glow,
    /// Vulkan, Metal, DX12.
    Wgpu,
}

impl Renderer {
    /// Reads the name given on the command line.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "glow" => Some(Self::Glow),
            "wgpu" => Some(Self::Wgpu),
            _ => None,
        }
    }

    const fn eframe(self) -> eframe::Renderer {
        match self {
            Self::Glow => eframe::Renderer::Glow,
            Self::Wgpu => eframe::Renderer::Wgpu,
        }
    }
}

/// Opens the window and stays until it closes. Without a forced renderer the other one is tried when the first fails.
pub fn run(file: Option<&Path>, forced: Option<Renderer>) -> Result<(), String> {
    let order = match forced {
        Some(renderer) => vec![renderer],
        None if cfg!(target_os = "linux") => vec![Renderer::Glow, Renderer::Wgpu],
        None => vec![Renderer::Wgpu, Renderer::Glow],
    };
    let mut problems = Vec::new();
    for renderer in order {
        match open(renderer, file.map(Path::to_owned)) {
            Ok(()) => return Ok(()),
            Err(error @ eframe::Error::WinitEventLoop(_)) => {
                return Err(no_display(&error.to_string()));
            }
            Err(error) => problems.push(format!("{renderer:?}: {error}")),
        }
    }
    Err(format!(
        "no window could be opened ({}); on Debian these packages help: libgl1 libegl1 libgl1-mesa-dri mesa-vulkan-drivers",
        problems.join("; ")
    ))
}

/// The last part of the message says what is missing; what stands before it are places in other people's code.
fn no_display(error: &str) -> String {
    let why = error
        .rsplit(": ")
        .next()
        .unwrap_or(error)
        .trim_end_matches('.');
    format!(
        "no window can be opened: there is no display ({why}); on Debian these packages help: \
         libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libwayland-client0"
    )
}

fn open(renderer: Renderer, file: Option<PathBuf>) -> Result<(), eframe::Error> {
    let options = NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Tapscope")
            .with_inner_size([1280.0, 720.0])
            .with_min_inner_size([720.0, 480.0]),
        renderer: renderer.eframe(),
        ..NativeOptions::default()
    };
    eframe::run_native(
        "tapscope",
        options,
        Box::new(move |creation| {
            theme::apply(&creation.egui_ctx);
            let ctx = creation.egui_ctx.clone();
            let wake: worker::Wake =
                Arc::new(move || ctx.request_repaint_after(std::time::Duration::from_millis(16)));
            let (path, settings, notice) = worker::load_settings();
            let settings: Settings = settings;
            let (bench, start) = Workbench::new(settings, None);
            let folder = path.as_deref().and_then(Path::parent);
            let left = folder.and_then(recover).map(Action::Recover);
            let mut app = App::new(bench, start, Executor::Threads(Threads::new(wake)), path);
            app.act(
                notice
                    .into_iter()
                    .chain(left)
                    .chain(file.map(Action::OpenSession))
                    .collect(),
                None,
            );
            Ok(Box::new(app))
        }),
    )
}
