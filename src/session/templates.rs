//! Files of templates: what the bytes of files and records mean.
//!
//! ```text
//! {"templates":[{"name":"Log","aid":"014499","file_no":2,"fields":[
//!  {"name":"reader","offset":0,"length":4,"kind":"hex"}]}]}
//! ```

use serde::Deserialize;

use super::json::{Place, clip, reason};
use crate::card::known::template::{FieldKind, Template, TemplateField};

/// Reads a file of templates.
pub fn read(text: &[u8]) -> Result<Vec<Template>, TemplateFileError> {
    let file: FileForm = serde_json::from_slice(text).map_err(|error| {
        let place = Place::of(&error, text);
        TemplateFileError::Json {
            line: place.line,
            offset: place.offset,
            reason: reason(&error),
        }
    })?;
    file.templates.into_iter().map(template).collect()
}

/// Why a file of templates can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFileError {
    /// It is no such file.
    #[error("line {line}, byte {offset}: {reason}")]
    Json {
        /// From 1.
        line: usize,
        /// From 0.
        offset: usize,
        /// What is wrong.
        reason: String,
    },
    /// The application is none.
    #[error("template {name:?}: aid is {got:?}, expected six hexadecimal digits")]
    Aid {
        /// Name of the template.
        name: String,
        /// What stands there.
        got: String,
    },
    /// The kind of a field is unknown.
    #[error("template {name:?}, field {field:?}: kind is {got:?}, expected one of {expected}")]
    Kind {
        /// Name of the template.
        name: String,
        /// Name of the field.
        field: String,
        /// What stands there.
        got: String,
        /// All kinds.
        expected: String,
    },
    /// The length of a field does not go with its kind.
    #[error("template {name:?}, field {field:?}: length is {got}, expected {expected} for {kind}")]
    Length {
        /// Name of the template.
        name: String,
        /// Name of the field.
        field: String,
        /// What stands there.
        got: usize,
        /// Allowed lengths.
        expected: String,
        /// Name of the kind.
        kind: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    templates: Vec<TemplateForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateForm {
    name: String,
    aid: String,
    file_no: u8,
    fields: Vec<FieldForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldForm {
    name: String,
    offset: usize,
    length: usize,
    kind: String,
}

fn template(form: TemplateForm) -> Result<Template, TemplateFileError> {
    let aid = form.aid.parse().map_err(|_| TemplateFileError::Aid {
        name: clip(&form.name),
        got: clip(&form.aid),
    })?;
    let fields = form.fields.into_iter();
    let fields = fields.map(|each| field(&form.name, each));
    Ok(Template {
        aid,
        file_no: form.file_no,
        fields: fields.collect::<Result<_, _>>()?,
        name: form.name,
    })
}

fn field(template: &str, form: FieldForm) -> Result<TemplateField, TemplateFileError> {
    let Some(kind) = FieldKind::from_name(&form.kind) else {
        return Err(TemplateFileError::Kind {
            name: clip(template),
            field: clip(&form.name),
            got: clip(&form.kind),
            expected: FieldKind::ALL.map(FieldKind::name).join(", "),
        });
    };
    let lengths = kind.lengths();
    if !lengths.contains(&form.length) {
        let (first, last) = (lengths.start(), lengths.end());
        return Err(TemplateFileError::Length {
            name: clip(template),
            field: clip(&form.name),
            got: form.length,
            expected: if first == last {
                first.to_string()
            } else {
                format!("{first} to {last}")
            },
            kind: kind.name(),
        });
    }
    Ok(TemplateField {
        name: form.name,
        offset: form.offset,
        length: form.length,
        kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(aid: &str, length: usize, kind: &str) -> String {
        format!(
            r#"{{"templates":[{{"name":"Log","aid":"{aid}","file_no":2,"fields":[
            {{"name":"reader","offset":3,"length":{length},"kind":"{kind}"}}]}}]}}"#
        )
    }

    #[test]
    fn a_file_reads() {
        let templates = read(file("014499", 4, "uint-be").as_bytes()).unwrap();
        let [template] = templates.as_slice() else {
            panic!("{templates:?}")
        };
        assert_eq!(template.aid.to_string(), "014499");
        assert_eq!((template.name.as_str(), template.file_no), ("Log", 2));
        let expected = TemplateField {
            name: "reader".into(),
            offset: 3,
            length: 4,
            kind: FieldKind::UintBe,
        };
        assert_eq!(template.fields, [expected]);
    }

    #[test]
    fn every_mistake_is_a_sentence() {
        let kinds = FieldKind::ALL.map(FieldKind::name).join(", ");
        for (text, expected) in [
            (
                file("99", 4, "hex"),
                "template \"Log\": aid is \"99\", expected six hexadecimal digits".to_owned(),
            ),
            (
                file("014499", 4, "float"),
                format!(
                    "template \"Log\", field \"reader\": kind is \"float\", expected one of {kinds}"
                ),
            ),
            (
                file("014499", 9, "uint-le"),
                "template \"Log\", field \"reader\": length is 9, expected 1 to 8 for uint-le"
                    .to_owned(),
            ),
            (
                file("014499", 3, "dos-time"),
                "template \"Log\", field \"reader\": length is 3, expected 4 for dos-time"
                    .to_owned(),
            ),
            (
                r#"{"templates":[{"name":"Log"}]}"#.to_owned(),
                "line 1, byte 27: missing field `aid`".to_owned(),
            ),
            (
                r#"{"templates":["#.to_owned(),
                "line 1, byte 14: the file ends here".to_owned(),
            ),
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
    }
}
