//! The `tapscope` program: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    tapscope::headless::main()
}
