//! The `tapscope` program: arguments in, exit code out.

use std::process::ExitCode;

use tapscope::headless;

fn main() -> ExitCode {
    #[cfg(feature = "gui")]
    let window: Option<headless::OpenWindow> = Some(open_window);
    #[cfg(not(feature = "gui"))]
    let window = None;
    headless::main(window)
}

#[cfg(feature = "gui")]
fn open_window(request: headless::WindowRequest) -> Result<(), String> {
    use tapscope::app::{Opening, Renderer, run};
    let renderer = request.renderer.map(|name| {
        Renderer::from_name(&name)
            .ok_or_else(|| format!("--renderer is {name}, expected glow or wgpu"))
    });
    run(Opening {
        file: request.file,
        renderer: renderer.transpose()?,
        log: request.log,
        log_folder: request.log_folder,
    })
}
