//! Opens the window: renderer, fallback, fonts, settings.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use eframe::{NativeOptions, egui};

use super::shell::{App, Executor, Home};
use super::theme;
use crate::workbench::worker::{self, Threads};
use crate::workbench::worker_journal::Left;
use crate::workbench::worker_settings::{self, Start};
use crate::workbench::{Action, LogLine, Workbench};

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

/// What the window shows beyond its own settings.
#[derive(Debug, Default)]
pub struct Opening {
    /// Session to open.
    pub file: Option<PathBuf>,
    /// The only graphics interface to try.
    pub renderer: Option<Renderer>,
    /// Lines that the program logs.
    pub log: Option<Receiver<LogLine>>,
    /// Folder of the log files.
    pub log_folder: Option<PathBuf>,
}

/// Opens the window and stays until it closes. Without a forced renderer the other one is tried when the first fails.
pub fn run(opening: Opening) -> Result<(), String> {
    let forced = opening.renderer;
    let start = worker_settings::start();
    let system_fonts = start.settings.system_fonts;
    let opening = Rc::new(Cell::new(Some((opening, start))));
    let order = match forced {
        Some(renderer) => vec![renderer],
        None if cfg!(target_os = "linux") => vec![Renderer::Glow, Renderer::Wgpu],
        None => vec![Renderer::Wgpu, Renderer::Glow],
    };
    let mut problems = Vec::new();
    for renderer in order {
        match open(renderer, system_fonts, &opening) {
            Ok(()) => return Ok(()),
            Err(error @ eframe::Error::WinitEventLoop(_)) => {
                return Err(no_display(&error.to_string()));
            }
            Err(error) => {
                tracing::warn!("{renderer:?} can't be used: {error}");
                problems.push(format!("{renderer:?}: {error}"));
            }
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

fn open(
    renderer: Renderer,
    system_fonts: bool,
    opening: &Rc<Cell<Option<(Opening, Start)>>>,
) -> Result<(), eframe::Error> {
    let options = NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Tapscope")
            .with_inner_size([1280.0, 720.0])
            .with_min_inner_size([720.0, 480.0]),
        renderer: renderer.eframe(),
        system_font_fallback: system_fonts,
        ..NativeOptions::default()
    };
    let opening = opening.clone();
    eframe::run_native(
        "tapscope",
        options,
        Box::new(move |creation| {
            // Only a renderer that works gets here: this is called once.
            let (opening, start) = opening.take().ok_or("the window was opened before")?;
            tracing::info!("window opened with {renderer:?}");
            theme::apply(&creation.egui_ctx);
            let ctx = creation.egui_ctx.clone();
            let wake: worker::Wake =
                Arc::new(move || ctx.request_repaint_after(std::time::Duration::from_millis(16)));
            let (bench, effects) = Workbench::new(start.settings, None);
            let folder = start.path.as_deref().and_then(Path::parent);
            // With a file to open, what a crash left waits for the next start without one: nothing takes its place.
            let folder = folder.filter(|_| opening.file.is_none());
            let left = folder.and_then(Left::find);
            let home = Home {
                settings: start.path.clone(),
                log: opening.log_folder,
                instance: start.instance,
            };
            let threads = Threads::new(wake);
            #[cfg(feature = "pcsc")]
            let threads = threads.watching_desk();
            let executor = Executor::Threads(threads);
            let mut app = App::new(bench, effects, executor, home);
            app.log = opening.log;
            if let Some(left) = left {
                app.recover(left);
            }
            app.act(
                start
                    .notices
                    .into_iter()
                    .chain(opening.file.map(Action::OpenSession))
                    .collect(),
                None,
            );
            Ok(Box::new(app))
        }),
    )
}
