//! Keys from files, from the command line, and the demo keys.

use crate::card::KeyType;
use crate::crypto::Secret;
use crate::keyring::{Diversification, KeyEntry, Keyring, Scope, Use};
use crate::report::Severity;
use crate::session::{demo, keys as form, store};

use super::args::{AidOrder, KeyOptions};
use super::{BadInput, files, key_store};

/// The keys that the options name.
pub(super) fn load(options: &KeyOptions) -> Result<Keyring, BadInput> {
    let mut keyring = Keyring::default();
    let format = options.keys_from.as_deref().map(format).transpose()?;
    for file in &options.keys {
        let name = file.file_name().unwrap_or(file.as_os_str());
        let import = form::ImportOptions {
            format,
            aid_order: options.aid_order.map(|order| match order {
                AidOrder::Msb => form::AidOrder::MostSignificantFirst,
                AidOrder::Wire => form::AidOrder::Wire,
            }),
            name: &name.to_string_lossy(),
        };
        let path = file.display();
        let bytes = files::read(file)?;
        let reading = if store::is_store(&bytes) {
            key_store::open(file, &bytes, options.passphrase_file.as_deref())?
        } else {
            form::import(&bytes, import).map_err(|error| match error {
                form::KeyFileError::AidOrder { .. } => {
                    BadInput(format!("{path}: {error}, --aid-order msb or wire expected"))
                }
                error => BadInput(format!("{path}: {error}")),
            })?
        };
        for finding in &reading.findings {
            let text = format!("{path}: {}", finding.text);
            if finding.severity == Severity::Error {
                // The keys that could be read are used; nobody should think that it was all of them.
                files::print(&mut std::io::stderr(), &format!("tapscope: {text}"))?;
            } else {
                tracing::warn!("{text}");
            }
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

fn format(name: &str) -> Result<form::KeyFormat, BadInput> {
    form::KeyFormat::from_name(name).ok_or_else(|| {
        BadInput(format!(
            "--keys-from is {name:?}, expected json, csv or dic"
        ))
    })
}

/// The public keys of the image that a card or session started from; none when its keys are not public.
pub(super) fn of_image(image: Option<&str>) -> Result<Keyring, BadInput> {
    match image {
        Some(name) if demo::image(name).is_some() => demo(),
        Some(name) if demo::factory_named(name).is_some() => Ok(factory()),
        _ => Ok(Keyring::default()),
    }
}

/// The public demo keys.
pub(super) fn demo() -> Result<Keyring, BadInput> {
    form::read(demo::keys().as_bytes())
        .map(|reading| reading.value)
        .map_err(|error| BadInput(format!("demo keys: {error}")))
}

/// The keys of a card as delivered: PICC master key, and the default key in applications of every type.
fn factory() -> Keyring {
    let entry = |scope, key_no, key_type: KeyType, len: usize| KeyEntry {
        label: format!("factory key {key_no} {}", key_type.name()),
        scope,
        key_no,
        key_set: 0,
        usage: Use::Auth,
        file_no: None,
        key_type,
        version: 0,
        value: Secret::new(vec![0; len]),
        diversification: Diversification::None,
    };
    let kinds = [
        (KeyType::Des, 16),
        (KeyType::ThreeKey3Des, 24),
        (KeyType::Aes128, 16),
    ];
    let keys =
        (0..14).flat_map(|key_no| kinds.map(|(kind, len)| entry(Scope::Any, key_no, kind, len)));
    Keyring {
        keys: keys.collect(),
        sessions: Vec::new(),
    }
}
