//! Keys from files, from the command line, and the demo keys.

use crate::keyring::Keyring;
use crate::session::{demo, keys as form};

use super::args::KeyOptions;
use super::{BadInput, files};

/// The keys that the options name.
pub(super) fn load(options: &KeyOptions) -> Result<Keyring, BadInput> {
    let mut keyring = Keyring::default();
    for path in &options.keys {
        let reading = form::read(&files::read(path)?)
            .map_err(|error| BadInput(format!("{}: {error}", path.display())))?;
        for finding in &reading.findings {
            tracing::warn!("{}: {}", path.display(), finding.text);
        }
        keyring.extend(reading.value);
    }
    for (index, spec) in options.key.iter().enumerate() {
        let key = form::parse_spec(spec)
            .map_err(|error| BadInput(format!("--key number {}: {error}", index + 1)))?;
        keyring.keys.push(key);
    }
    Ok(keyring)
}

/// Whether a session started from a demo image, so that the demo keys may open it.
pub(super) fn is_demo(image: Option<&str>) -> bool {
    image.is_some_and(|name| demo::image(name).is_some())
}

/// The public demo keys.
pub(super) fn demo() -> Result<Keyring, BadInput> {
    form::read(demo::keys().as_bytes())
        .map(|reading| reading.value)
        .map_err(|error| BadInput(format!("demo keys: {error}")))
}
