//! The image of a virtual card as a file: `{"format":"tapscope-image","version":1,…}`. It is key material.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bytes::hex::HexError;
use crate::bytes::{Reader, hex};
use crate::card::product::Product;
use crate::card::settings::{FileKind, FileSettings};
use crate::card::{Aid, ApplicationKeys, KeySettings, KeyType};
use crate::crypto::Secret;
use crate::virtual_card::{
    ApplicationImage, ChoiceError, Failures, FileContent, FileImage, Image, ImageError, KeyImage,
    Production, Profile,
};

const FORMAT: &str = "tapscope-image";
const VERSION: u32 = 1;

/// Why a file is not an image.
#[derive(Debug, thiserror::Error)]
pub enum ImageFileError {
    /// No JSON, or a member of another type.
    #[error("not a {FORMAT} file, line {line}, column {column}: {reason}")]
    Json {
        /// Line from 1.
        line: usize,
        /// Column from 1.
        column: usize,
        /// What the JSON reader says, without values.
        reason: String,
    },
    /// Another file form.
    #[error("format is {0:?}, {FORMAT:?} expected")]
    Format(String),
    /// A form of a later program.
    #[error("version {0}, this program reads up to {VERSION}")]
    Version(u32),
    /// A member with a value that does not fit.
    #[error("{field} is {got}, expected {expected}")]
    Member {
        /// The member with its path.
        field: String,
        /// What fits.
        expected: String,
        /// What was there; never key bytes.
        got: String,
    },
    /// A choice that this program does not know.
    #[error("choices: {0}")]
    Choice(#[from] ChoiceError),
    /// The parts do not make a card.
    #[error(transparent)]
    Image(#[from] ImageError),
}

#[derive(Serialize, Deserialize)]
struct Head {
    format: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ImageForm {
    format: String,
    version: u32,
    product: String,
    uid: String,
    batch: String,
    week: String,
    year: String,
    key_settings: String,
    keys: String,
    master_key: KeyForm,
    default_key: KeyForm,
    configuration: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disabled: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ats: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lost_memory: Option<u32>,
    /// Those that differ from the default, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    choices: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed_authentications: Option<FailuresForm>,
    applications: Vec<ApplicationForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FailuresForm {
    in_a_row: u8,
    delays: u8,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    r#type: Option<String>,
    value: String,
    version: u8,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplicationForm {
    aid: String,
    key_settings: String,
    keys: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iso_fid: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    df_name: String,
    key_values: Vec<KeyForm>,
    files: Vec<FileForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    file_no: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iso_fid: Option<String>,
    /// The answer of GetFileSettings.
    settings: String,
    #[serde(flatten)]
    content: ContentForm,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ContentForm {
    Data(String),
    Value(i32),
    Records(Vec<String>),
    Tmac {
        key: String,
        tmc: u32,
        tmv: String,
        tmri_prev: String,
    },
}

/// Reads an image file.
pub fn read(text: &[u8]) -> Result<Image, ImageFileError> {
    let head: Head = serde_json::from_slice(text).map_err(|error| json(&error))?;
    if head.format != FORMAT {
        return Err(ImageFileError::Format(head.format));
    }
    if head.version != VERSION {
        return Err(ImageFileError::Version(head.version));
    }
    let form: ImageForm = serde_json::from_slice(text).map_err(|error| json(&error))?;
    let image = form.image()?;
    image.check()?;
    Ok(image)
}

/// Writes an image file.
pub fn write(image: &Image) -> String {
    // Strings and numbers only: this form always serialises.
    let mut text = serde_json::to_string_pretty(&ImageForm::of(image)).unwrap_or_default();
    text.push('\n');
    text
}

/// The JSON reader quotes values in some messages; a value may be a key.
fn json(error: &serde_json::Error) -> ImageFileError {
    use serde_json::error::Category;
    let reason = match error.classify() {
        Category::Eof => "the file is cut off",
        Category::Data => "a member is missing, unknown or of another type",
        Category::Syntax | Category::Io => "this is no JSON",
    };
    ImageFileError::Json {
        line: error.line(),
        column: error.column(),
        reason: reason.into(),
    }
}

impl ImageForm {
    fn of(image: &Image) -> Self {
        Self {
            format: FORMAT.into(),
            version: VERSION,
            product: image.product.name().into(),
            uid: hex::upper(image.uid),
            batch: hex::upper(image.production.batch),
            week: hex::upper([image.production.week]),
            year: hex::upper([image.production.year]),
            key_settings: hex::upper([image.settings.0]),
            keys: hex::upper([image.keys.0]),
            master_key: KeyForm {
                r#type: Some(image.master_key_type.name().into()),
                ..KeyForm::of(&image.master_key)
            },
            default_key: KeyForm::of(&image.default_key),
            configuration: hex::upper([image.configuration]),
            disabled: (image.disabled != 0).then(|| hex::upper([image.disabled])),
            ats: image.ats.as_ref().map(hex::upper),
            lost_memory: Some(image.lost_memory).filter(|lost| *lost != 0),
            choices: image
                .profile
                .changed()
                .map(|(choice, value)| (choice.name(), value))
                .collect(),
            failed_authentications: FailuresForm::of(image.failures),
            applications: image
                .applications
                .iter()
                .map(|(aid, application)| ApplicationForm::of(*aid, application))
                .collect(),
        }
    }

    fn image(self) -> Result<Image, ImageFileError> {
        let product = Product::from_name(&self.product);
        let kind = self.master_key.r#type.as_deref().unwrap_or_default();
        let mut applications = BTreeMap::new();
        for (index, form) in self.applications.into_iter().enumerate() {
            let path = format!("applications[{index}]");
            let aid = form
                .aid
                .parse::<Aid>()
                .map_err(|error| member(&path, "aid", "3 bytes", found(&error)))?;
            applications.insert(aid, form.application(&path)?);
        }
        Ok(Image {
            product: product
                .ok_or_else(|| member("", "product", Product::names(), self.product.clone()))?,
            uid: bytes("", "uid", &self.uid)?,
            production: Production {
                batch: bytes("", "batch", &self.batch)?,
                week: byte("", "week", &self.week)?,
                year: byte("", "year", &self.year)?,
            },
            settings: KeySettings(byte("", "key_settings", &self.key_settings)?),
            keys: ApplicationKeys(byte("", "keys", &self.keys)?),
            master_key_type: KeyType::from_name(kind).ok_or_else(|| {
                member(
                    "master_key",
                    "type",
                    "des, 2k3des, 3k3des or aes128",
                    kind.to_owned(),
                )
            })?,
            master_key: self.master_key.key("master_key")?,
            default_key: self.default_key.key("default_key")?,
            configuration: byte("", "configuration", &self.configuration)?,
            disabled: match &self.disabled {
                Some(flags) => byte("", "disabled", flags)?,
                None => 0,
            },
            ats: match &self.ats {
                Some(ats) => Some(any_bytes("", "ats", ats)?),
                None => None,
            },
            lost_memory: self.lost_memory.unwrap_or_default(),
            profile: chosen(&self.choices)?,
            failures: self
                .failed_authentications
                .map_or_else(Failures::default, FailuresForm::failures),
            applications,
        })
    }
}

impl FailuresForm {
    fn of(failures: Failures) -> Option<Self> {
        (failures != Failures::default()).then_some(Self {
            in_a_row: failures.in_a_row,
            delays: failures.delays,
        })
    }

    const fn failures(self) -> Failures {
        Failures {
            in_a_row: self.in_a_row,
            delays: self.delays,
        }
    }
}

fn chosen(choices: &BTreeMap<String, String>) -> Result<Profile, ChoiceError> {
    let mut profile = Profile::default();
    for (name, value) in choices {
        profile.set(name, value)?;
    }
    Ok(profile)
}

impl KeyForm {
    fn of(key: &KeyImage) -> Self {
        Self {
            r#type: None,
            value: hex::upper(key.value.expose()),
            version: key.version,
        }
    }

    fn key(&self, path: &str) -> Result<KeyImage, ImageFileError> {
        let value = hex::parse(&self.value)
            .map_err(|_| member(path, "value", "hexadecimal digits", "something else".into()))?;
        Ok(KeyImage {
            value: Secret::new(value),
            version: self.version,
        })
    }
}

impl ApplicationForm {
    fn of(aid: Aid, application: &ApplicationImage) -> Self {
        Self {
            aid: aid.to_string(),
            key_settings: hex::upper([application.settings.0]),
            keys: hex::upper([application.keys.0]),
            iso_fid: application.iso_fid.map(fid_text),
            df_name: hex::upper(&application.df_name),
            key_values: application.key_values.iter().map(KeyForm::of).collect(),
            files: application
                .files
                .iter()
                .map(|(file_no, file)| FileForm::of(*file_no, file))
                .collect(),
        }
    }

    fn application(self, path: &str) -> Result<ApplicationImage, ImageFileError> {
        let mut files = BTreeMap::new();
        for (index, form) in self.files.into_iter().enumerate() {
            let file_no = form.file_no;
            files.insert(file_no, form.file(&format!("{path}.files[{index}]"))?);
        }
        let key =
            |(index, form): (usize, &KeyForm)| form.key(&format!("{path}.key_values[{index}]"));
        Ok(ApplicationImage {
            settings: KeySettings(byte(path, "key_settings", &self.key_settings)?),
            keys: ApplicationKeys(byte(path, "keys", &self.keys)?),
            iso_fid: fid(path, self.iso_fid.as_deref())?,
            df_name: any_bytes(path, "df_name", &self.df_name)?,
            key_values: self
                .key_values
                .iter()
                .enumerate()
                .map(key)
                .collect::<Result<_, _>>()?,
            files,
        })
    }
}

impl FileForm {
    fn of(file_no: u8, file: &FileImage) -> Self {
        let mut settings = Vec::new();
        file.settings.emit(&mut settings);
        let content = match &file.content {
            FileContent::Data(data) => ContentForm::Data(hex::upper(data)),
            FileContent::Value(value) => ContentForm::Value(*value),
            FileContent::Records(records) => {
                ContentForm::Records(records.iter().map(hex::upper).collect())
            }
            FileContent::Tmac {
                key,
                tmc,
                tmv,
                tmri_prev,
            } => ContentForm::Tmac {
                key: hex::upper(key.expose()),
                tmc: *tmc,
                tmv: hex::upper(tmv),
                tmri_prev: hex::upper(tmri_prev),
            },
        };
        Self {
            file_no,
            iso_fid: file.iso_fid.map(fid_text),
            settings: hex::upper(settings),
            content,
        }
    }

    fn file(self, path: &str) -> Result<FileImage, ImageFileError> {
        let settings = any_bytes(path, "settings", &self.settings)?;
        let settings = Reader::all("settings", &settings, FileSettings::read).map_err(|error| {
            member(
                path,
                "settings",
                "the answer of GetFileSettings",
                format!("unreadable ({error})"),
            )
        })?;
        if let FileKind::Unknown { code, .. } = settings.kind {
            return Err(member(
                path,
                "settings",
                "file type 00 to 05",
                format!("{code:02X}"),
            ));
        }
        let content = match self.content {
            ContentForm::Data(data) => FileContent::Data(any_bytes(path, "data", &data)?),
            ContentForm::Value(value) => FileContent::Value(value),
            ContentForm::Records(records) => FileContent::Records(
                records
                    .iter()
                    .map(|record| any_bytes(path, "records", record))
                    .collect::<Result<_, _>>()?,
            ),
            ContentForm::Tmac {
                key,
                tmc,
                tmv,
                tmri_prev,
            } => {
                let key = hex::parse(&key).map_err(|_| {
                    member(path, "key", "hexadecimal digits", "something else".into())
                })?;
                let (tmv, tmri_prev) = (
                    bytes(path, "tmv", &tmv)?,
                    bytes(path, "tmri_prev", &tmri_prev)?,
                );
                FileContent::Tmac {
                    key: Secret::new(key),
                    tmc,
                    tmv,
                    tmri_prev,
                }
            }
        };
        Ok(FileImage {
            iso_fid: fid(path, self.iso_fid.as_deref())?,
            settings,
            content,
        })
    }
}

fn member(path: &str, name: &str, expected: impl Into<String>, got: String) -> ImageFileError {
    let field = if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    };
    ImageFileError::Member {
        field,
        expected: expected.into(),
        got,
    }
}

fn bytes<const N: usize>(path: &str, name: &str, text: &str) -> Result<[u8; N], ImageFileError> {
    hex::array(text).map_err(|error| member(path, name, format!("{N} bytes"), found(&error)))
}

/// What stands where hexadecimal digits should.
fn found(error: &HexError) -> String {
    match error {
        HexError::Length { got, .. } => format!("{got} bytes"),
        HexError::Odd { digits } => format!("{digits} digits"),
        HexError::Character { position, found } => format!("{found:?} at character {position}"),
    }
}

fn byte(path: &str, name: &str, text: &str) -> Result<u8, ImageFileError> {
    bytes(path, name, text).map(|[byte]| byte)
}

fn any_bytes(path: &str, name: &str, text: &str) -> Result<Vec<u8>, ImageFileError> {
    hex::parse(text).map_err(|error| member(path, name, "hexadecimal digits", found(&error)))
}

/// File identifiers are written most significant byte first, as ISO 7816-4 sends them.
fn fid_text(fid: u16) -> String {
    hex::upper(fid.to_be_bytes())
}

fn fid(path: &str, text: Option<&str>) -> Result<Option<u16>, ImageFileError> {
    text.map(|text| bytes(path, "iso_fid", text).map(u16::from_be_bytes))
        .transpose()
}
