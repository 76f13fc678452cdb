//! Which piece of a URL is what: parameters by their names, rows of pieces by their lengths, at last the path.

use super::names::{Meaning, Names, Role};
use super::row::{self, Identity, Seen};
use super::{Field, Mode, Part, UrlError};
use crate::bytes::hex;

/// The pieces of the message in a URL.
pub(super) fn fields(
    text: &str,
    names: &Names,
    mode: Option<Mode>,
) -> Result<Vec<Field>, UrlError> {
    let mut assembly = Assembly {
        text,
        names,
        mode,
        fields: Vec::with_capacity(4),
        rows: Vec::new(),
        loose: Vec::new(),
        passed: Vec::new(),
    };
    let query = text.bytes().position(|byte| matches!(byte, b'?' | b'#'));
    let query = query.unwrap_or(text.len());
    for parameter in parameters(text, query) {
        assembly.parameter(parameter)?;
    }
    let rows = std::mem::take(&mut assembly.rows);
    for (at, parameter) in rows.iter().enumerate() {
        assembly.row(*parameter, rows.get(at + 1..).unwrap_or_default());
    }
    if assembly.identity() == Identity::None {
        let path = Part {
            start: authority_end(text).min(query),
            end: query,
        };
        let loose: Vec<Parameter> = std::iter::once(path)
            .chain(std::mem::take(&mut assembly.loose))
            .map(|value| Parameter {
                name: None,
                value,
                may_be_mac: false,
            })
            .collect();
        for (at, parameter) in loose.iter().enumerate() {
            assembly.row(*parameter, loose.get(at + 1..).unwrap_or_default());
        }
    }
    assembly.finish()
}

#[derive(Clone, Copy)]
struct Parameter {
    name: Option<Part>,
    value: Part,
    /// The name is also one of SDMMAC.
    may_be_mac: bool,
}

/// Everything after the path, cut at `&`, `;`, `?` and `#`; in a fragment, too, which some applications use.
fn parameters(text: &str, query: usize) -> impl Iterator<Item = Parameter> {
    // Bytes instead of characters: taking a URL apart is a large part of verifying it.
    let rest = text.as_bytes().get(query + 1..).unwrap_or_default();
    let mut start = query + 1;
    rest.split(|byte| matches!(byte, b'&' | b';' | b'?' | b'#'))
        .map(move |piece| {
            let whole = Part {
                start,
                end: start + piece.len(),
            };
            start = whole.end + 1;
            let at = piece.iter().position(|byte| *byte == b'=');
            let at = at.map(|at| whole.start + at);
            Parameter {
                name: at.map(|end| Part { end, ..whole }),
                value: at.map_or(whole, |at| Part {
                    start: at + 1,
                    ..whole
                }),
                may_be_mac: false,
            }
        })
}

/// Where the host ends and the path begins.
fn authority_end(text: &str) -> usize {
    let host = text.find("://").map_or(0, |at| at + 3);
    let rest = text.get(host..).unwrap_or_default();
    rest.find('/').map_or(text.len(), |at| host + at)
}

struct Assembly<'t> {
    text: &'t str,
    names: &'t Names,
    mode: Option<Mode>,
    fields: Vec<Field>,
    /// Values that may hold several pieces.
    rows: Vec<Parameter>,
    /// Values that no name says anything of.
    loose: Vec<Part>,
    /// Why values were passed over whose names others use too.
    passed: Vec<UrlError>,
}

impl Assembly<'_> {
    fn has(&self, role: Role) -> bool {
        self.fields.iter().any(|field| field.role == role)
    }

    fn identity(&self) -> Identity {
        let plain = (self.has(Role::Uid), self.has(Role::Ctr));
        match plain {
            (false, false) if !self.has(Role::PiccData) => Identity::None,
            (true, false) => Identity::Uid,
            (false, true) => Identity::Ctr,
            _ => Identity::Whole,
        }
    }

    fn parameter(&mut self, parameter: Parameter) -> Result<(), UrlError> {
        let name = parameter.name.map(|name| name.of(self.text));
        match name.and_then(|name| self.names.meaning(name)) {
            None => self.loose.push(parameter.value),
            Some(Meaning::ByHand(role)) => self.sure(parameter, role)?,
            Some(Meaning::Known(known)) => {
                if known.row {
                    self.row_or_mac(parameter, known.roles.contains(&Role::Mac));
                } else if known.common {
                    self.common(parameter, known.roles);
                } else if let [role, ..] = known.roles {
                    self.sure(parameter, *role)?;
                }
            }
        }
        Ok(())
    }

    /// A name that says what its value is: what does not fit is an error.
    fn sure(&mut self, parameter: Parameter, role: Role) -> Result<(), UrlError> {
        let fits = self.check(parameter, role);
        if parameter.value.is_empty() {
            self.passed.extend(fits.err());
            return Ok(());
        }
        fits?;
        if self.has(role) {
            let name = self.name(parameter);
            return Err(UrlError::Twice { name, role });
        }
        self.push(role, parameter.name, parameter.value);
        Ok(())
    }

    /// A name that others use too: the first role that fits and is free, or none.
    fn common(&mut self, parameter: Parameter, roles: &[Role]) {
        let mut first = None;
        for role in roles {
            if !self.names.leaves(*role) || self.has(*role) {
                continue;
            }
            match self.check(parameter, *role) {
                Ok(()) => {
                    self.push(*role, parameter.name, parameter.value);
                    return;
                }
                Err(error) => first = first.or(Some(error)),
            }
        }
        self.passed.extend(first);
        self.loose.push(parameter.value);
    }

    /// What may be a row is read when it is known whether the MAC stands elsewhere.
    fn row_or_mac(&mut self, parameter: Parameter, may_be_mac: bool) {
        let alone = may_be_mac && self.names.leaves(Role::Mac) && !self.has(Role::Mac);
        if alone && self.check(parameter, Role::Mac).is_ok() {
            self.push(Role::Mac, parameter.name, parameter.value);
        } else {
            self.rows.push(Parameter {
                may_be_mac: alone,
                ..parameter
            });
        }
    }

    fn row(&mut self, parameter: Parameter, later: &[Parameter]) {
        let own = runs(self.text, parameter.value);
        let mut found = false;
        for (at, run) in own.iter().enumerate() {
            let behind = own.get(at + 1..).unwrap_or_default();
            let is_mac = |run: &Part| run.len() == MAC;
            let elsewhere = || {
                let mut later = later.iter().map(|later| runs(self.text, later.value));
                later.any(|runs| runs.iter().any(is_mac))
            };
            let seen = Seen {
                identity: self.identity(),
                file_data: self.has(Role::FileData),
                mac: self.has(Role::Mac) || behind.iter().any(is_mac) || elsewhere(),
            };
            let mut start = run.start;
            for (role, digits) in row::pieces(run.len(), seen).unwrap_or_default() {
                let name = parameter.name.filter(|_| !found);
                let end = start + digits;
                self.push(role, name, Part { start, end });
                (start, found) = (end, true);
            }
        }
        if !found && parameter.name.is_some() {
            let may_be_mac = parameter.may_be_mac && self.identity() != Identity::None;
            let role = if may_be_mac {
                Role::Mac
            } else {
                Role::PiccData
            };
            self.passed.extend(self.check(parameter, role).err());
        }
    }

    fn push(&mut self, role: Role, name: Option<Part>, value: Part) {
        self.fields.push(Field { role, name, value });
    }

    fn finish(self) -> Result<Vec<Field>, UrlError> {
        let plain = self.has(Role::Uid) || self.has(Role::Ctr);
        if self.has(Role::PiccData) && plain {
            return Err(UrlError::BothIdentities);
        }
        let has_mac = self.has(Role::Mac);
        let identity = self.identity();
        // What was passed over matters only where its piece is missing.
        let mut passed = self.passed.into_iter();
        let error = match identity {
            Identity::None => Some(passed.next().unwrap_or(UrlError::NoIdentity)),
            _ if has_mac => None,
            _ => passed.find(|error| error.role() == Some(Role::Mac)),
        };
        error.map_or(Ok(self.fields), Err)
    }

    fn name(&self, parameter: Parameter) -> String {
        let name = parameter.name.map(|name| name.of(self.text));
        name.unwrap_or_default().to_owned()
    }

    /// Whether a value fits a role.
    fn check(&self, parameter: Parameter, role: Role) -> Result<(), UrlError> {
        let value = parameter.value.of(self.text);
        if role == Role::Tamper {
            let fits = matches!(value.as_bytes(), [b'C' | b'O' | b'I', b'C' | b'O' | b'I']);
            return fits.then_some(()).ok_or_else(|| UrlError::Tamper {
                name: self.name(parameter),
                got: value.to_owned(),
            });
        }
        let other = |(_, found): &(usize, char)| !found.is_ascii_hexdigit();
        if !hex::is_hex(value.as_bytes())
            && let Some((at, found)) = value.chars().enumerate().find(other)
        {
            return Err(UrlError::Digit {
                name: self.name(parameter),
                role,
                position: at + 1,
                found,
            });
        }
        let got = value.len();
        let (fits, expected) = match (role, self.mode) {
            (Role::PiccData, Some(Mode::Aes)) => (got == 32, "32"),
            (Role::PiccData, Some(Mode::Lrp)) => (got == 48, "48"),
            (Role::PiccData, None) => (got == 32 || got == 48, "32 or 48"),
            (Role::FileData, _) => (got > 0 && got.is_multiple_of(32), "a multiple of 32"),
            (Role::Mac, _) => (got == MAC, "16"),
            (Role::Uid, _) => (got == 14, "14"),
            (Role::Ctr | Role::Tamper, _) => (got == 6, "6"),
        };
        fits.then_some(()).ok_or_else(|| UrlError::Digits {
            name: self.name(parameter),
            role,
            expected,
            got,
            hint: hint(role, got),
        })
    }
}

/// What a value of the wrong length looks like.
const fn hint(role: Role, got: usize) -> Option<&'static str> {
    Some(match (role, got) {
        (Role::PiccData, 48) => "48 are PICC data of LRP",
        (Role::PiccData, 32) => "32 are PICC data of AES",
        (Role::Mac, 32) => "32 are the whole CMAC, of which a tag gives bytes 1, 3, … 15",
        (Role::Uid, 6) => "6 are a counter, so UID and counter look swapped",
        (Role::Ctr, 14) => "14 are a UID, so UID and counter look swapped",
        _ => return None,
    })
}

/// The longest runs of digits in a part, divided by anything but letters and digits, or by `x`.
fn runs(text: &str, part: Part) -> Vec<Part> {
    let mut runs = Vec::new();
    let mut start = part.start;
    let value = part.of(text);
    for piece in value.split(|c: char| !c.is_ascii_alphanumeric() || c == 'x' || c == 'X') {
        let end = start + piece.len();
        if !piece.is_empty() && piece.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            runs.push(Part { start, end });
        }
        let divider = text.get(end..).and_then(|rest| rest.chars().next());
        start = end + divider.map_or(0, char::len_utf8);
    }
    runs
}

/// Digits of SDMMAC.
const MAC: usize = 16;
