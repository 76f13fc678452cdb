//! `sdm verify`: a URL as a phone opened it.

use super::stages::{self, Given, Names};
use crate::calculator::{Example, Field, Inputs, Kind, Sheet, Slip, Topic};
use crate::sdm::url::{Landmark, Names as Parameters, Role};
use crate::sdm::{self, Identity, Keys, MacInput, Mirrored, Mode, Reading, TamperStatus};

/// `sdm verify`.
pub(in crate::calculator) const VERIFY: Topic = Topic {
    id: "sdm verify",
    title: "SDM URL",
    about: "Verifies and deciphers the URL that a tag mirrored: UID, counter, file data, MAC, tamper status",
    fields: &[
        Field::new("url", "URL", Kind::Text, "As the phone opened it; parameter names of known back ends are recognised").positional(),
        Field::new("key", "SDMMetaReadKey", Kind::Bytes(&[16]), "Deciphers PICC data; serves for file data and MAC too when no other key is given").secret(),
        Field::new("file-key", "SDMFileReadKey", Kind::Bytes(&[16]), "Gives the session keys of MAC and file data").optional().secret(),
        Field::new("lrp", "LRP", Kind::Flag, "The tag is in LRP mode; without it the length of PICC data decides, and both are tried where there is none"),
        Field::new("names", "Parameter names", Kind::Text, "Names set by hand, such as picc=p file=d mac=s uid=u ctr=n tamper=t").optional(),
        Field::new("mac-from", "MAC from", Kind::Text, "Where the MAC's input begins: nothing, url, query, picc, file, uid, ctr, or SDMMACInputOffset as a number; found by trying when nothing is given").optional(),
        Field::new("tamper-at", "TTStatus at", Kind::Number(255), "Offset of the two letters in the deciphered file data").optional(),
    ],
    examples: &[
        Example {
            title: "AN12196 table 4 with the keys of delivery",
            values: &[
                ("url", "https://ntag.nxp.com/424?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086"),
                ("key", "00000000000000000000000000000000"),
            ],
        },
        Example {
            title: "File data, keys of their own",
            values: &[
                (
                    "url",
                    "https://example.test/t?picc_data=642F1404D23E42B9AE5E7A3D9A686A75&enc=812C5B6FD39AA6A4A1D38F156DC7CF44982795C3F21576750929498D8A16DD7ECF45534F651CC9C4D501FF0C49904AA5&cmac=9E1E0984858ED420",
                ),
                ("key", "95BC1414640FFB7A08A86FF78D4B42B3"),
                ("file-key", "429C21A2AC14658A2DD8F0C1E25CB248"),
            ],
        },
    ],
    compute,
};

const SECTION: &str = "DESFire reference §7.5";

/// The keys, and what the inputs say of the URL beforehand.
pub(in crate::calculator) fn reading(inputs: &Inputs) -> Result<(Keys, Reading), Slip> {
    let meta = inputs.array("key")?;
    let keys = Keys {
        meta: Some(meta),
        file: inputs.given_array("file-key")?.unwrap_or(meta),
    };
    let reading = Reading {
        names: inputs
            .given_text("names")
            .map_or(Ok(Parameters::default()), names)?,
        mode: inputs.flag("lrp").then_some(Mode::Lrp),
        mac_input: inputs
            .given_text("mac-from")
            .map_or(Ok(MacInput::Find), start)?,
        tamper_at: inputs
            .given_number("tamper-at")
            .and_then(|at| usize::try_from(at).ok()),
    };
    Ok((keys, reading))
}

fn compute(inputs: &Inputs, sheet: &mut Sheet) -> Result<(), Slip> {
    let (keys, reading) = reading(inputs)?;
    let url = inputs.text("url")?;
    let examined = sdm::examine(url, &keys, &reading).map_err(|error| {
        if error.is_about_start() {
            return Slip::refused("mac-from", error.to_string());
        }
        let slip = Slip::refused("url", error.to_string());
        match (url.starts_with("http"), error.role()) {
            (false, None) => {
                slip.hint("A URL with parameters is expected, such as https://…?picc_data=…&cmac=…")
            }
            (true, None) => {
                slip.hint("If its parameters have other names, give them in Parameter names")
            }
            _ => slip,
        }
    })?;
    pieces(sheet, &examined);
    let message = examined.url.message(examined.start);
    let (picc, plain) = match message.identity {
        Identity::PiccData(data) => (Some(data.to_vec()), Mirrored::default()),
        Identity::Plain(plain) => (None, plain),
    };
    let given = Given {
        mode: examined.mode,
        meta: keys.meta,
        file: keys.file,
        picc,
        plain,
        file_data: message.file_data.map(|data| data.to_vec()),
        mac_input: message.mac.is_some().then(|| message.mac_input.to_vec()),
        mac: message.mac,
        tamper_at: reading.tamper_at,
    };
    let names = Names {
        picc: "url",
        file_data: "url",
        meta: "key",
    };
    stages::compute(&given, sheet, names)?;
    remarks(sheet, &examined);
    Ok(())
}

fn pieces(sheet: &mut Sheet, examined: &sdm::Examined<'_>) {
    let url = &examined.url;
    if url.is_unescaped() {
        sheet.note("The URL was escaped; places count in the text without %XX");
    }
    for field in url.fields() {
        let name = field.name.map(|name| name.of(url.text()));
        let value = field.value.of(url.text());
        let at = field.value.start;
        let text = match name {
            Some(name) => format!("{name}, {} characters from character {at} on", value.len()),
            None => format!("{} characters from character {at} on", value.len()),
        };
        sheet.fact(format!("URL, {}", field.role.title()), SECTION, text);
    }
    sheet.fact("Mode", SECTION, examined.mode.title());
    let words = match examined.landmark() {
        Some(landmark) => landmark.to_string(),
        None => examined.start.to_string(),
    };
    if url.mac().is_some() {
        sheet.fact("MAC covers", "DESFire reference §7.4", words);
    }
}

fn remarks(sheet: &mut Sheet, examined: &sdm::Examined<'_>) {
    if let Some(letters) = examined.url.value(Role::Tamper) {
        let two = letters.as_bytes().try_into().ok();
        stages::tamper(sheet, two.and_then(TamperStatus::from_letters), || {
            letters.to_owned()
        });
    }
    if examined.url.mac().is_none() {
        sheet.verdict(
            "SDMMAC",
            SECTION,
            false,
            "the URL has none: anybody can change what it says",
        );
    }
    for slip in &examined.slips {
        sheet.note(capital(&slip.to_string()));
    }
    if examined.url.mac().is_some() && !examined.covers_file_data() {
        sheet.verdict(
            "File data",
            "DESFire reference §7.2",
            false,
            "the MAC does not cover it: anybody can add or change it, and a tag refuses such settings",
        );
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(letters).collect()
}

fn names(text: &str) -> Result<Parameters, Slip> {
    text.split([' ', ',', ';'])
        .filter(|pair| !pair.is_empty())
        .try_fold(Parameters::default(), |names, pair| {
            let (role, name) = pair.split_once('=').unwrap_or((pair, ""));
            match self::role(role) {
                Some(role) if !name.is_empty() => Ok(names.set(role, name)),
                _ => Err(Slip::refused(
                    "names",
                    format!(
                        "{pair:?}, picc=, file=, mac=, uid=, ctr= or tamper= with a name expected"
                    ),
                )),
            }
        })
}

fn role(word: &str) -> Option<Role> {
    Some(match word {
        "picc" => Role::PiccData,
        "file" => Role::FileData,
        "mac" => Role::Mac,
        "uid" => Role::Uid,
        "ctr" => Role::Ctr,
        "tamper" => Role::Tamper,
        _ => return None,
    })
}

fn start(text: &str) -> Result<MacInput, Slip> {
    if let Ok(offset) = text.parse() {
        return Ok(MacInput::Offset(offset));
    }
    Ok(MacInput::At(match text {
        "nothing" => Landmark::Nothing,
        "url" => Landmark::Url,
        "query" => Landmark::Query,
        word => {
            let Some(role) = role(word) else {
                let text = format!(
                    "{text:?}, nothing, url, query, picc, file, uid, ctr or an offset expected"
                );
                return Err(Slip::refused("mac-from", text));
            };
            Landmark::Value(role)
        }
    }))
}
