//! What the bytes of the example application's files mean (top-up reference §3), for [`crate::card::known::template`].

use super::application::{AID, file};
use crate::card::known::template::{FieldKind, Template, TemplateField};

/// Card header, transaction log and top-up log.
pub fn templates() -> Vec<Template> {
    vec![
        template(
            "Card header",
            file::HEADER,
            &[
                ("format", 1, FieldKind::UintLe),
                ("UID", 7, FieldKind::Hex),
                ("text", 120, FieldKind::Ascii),
            ],
        ),
        template(
            "Transaction log",
            file::SPEND_LOG,
            &[
                ("reader", 4, FieldKind::Hex),
                ("time stamp", 8, FieldKind::UnixMsLe),
                ("value", 4, FieldKind::IntLe),
            ],
        ),
        template(
            "Top-up log",
            file::TOP_UP_LOG,
            &[
                ("time stamp", 8, FieldKind::UnixMsLe),
                ("value", 4, FieldKind::IntLe),
                ("spare", 4, FieldKind::Hex),
            ],
        ),
    ]
}

/// Fields follow one another.
fn template(name: &str, file_no: u8, fields: &[(&str, usize, FieldKind)]) -> Template {
    let fields = fields.iter().scan(0, |next, (name, length, kind)| {
        let offset = *next;
        *next += length;
        Some(TemplateField {
            name: (*name).to_owned(),
            offset,
            length: *length,
            kind: *kind,
        })
    });
    Template {
        name: name.to_owned(),
        aid: AID,
        file_no,
        fields: fields.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::application::{HEADER_SIZE, TERMINAL, header, spend_record, top_up_record};
    use super::*;
    use crate::card::known::template::apply;

    fn values(file_no: u8, bytes: &[u8]) -> Vec<String> {
        let all = templates();
        let template = all.iter().find(|template| template.file_no == file_no);
        let bytes: Vec<Option<u8>> = bytes.iter().copied().map(Some).collect();
        let fields = apply(template.unwrap(), &bytes).into_iter();
        fields.map(|field| field.value.unwrap()).collect()
    }

    #[test]
    fn the_templates_read_what_the_sequences_write() {
        let time_ms = 1_793_606_400_000;
        assert_eq!(
            values(file::SPEND_LOG, &spend_record(TERMINAL, time_ms, -250)),
            ["54415001", "2026-11-02 08:00:00.000 UTC", "-250"]
        );
        assert_eq!(
            values(file::TOP_UP_LOG, &top_up_record(time_ms, 1000)),
            ["2026-11-02 08:00:00.000 UTC", "1000", "00000000"]
        );
        let header = header(&[4, 1, 2, 3, 4, 5, 6]);
        assert_eq!(u32::try_from(header.len()), Ok(HEADER_SIZE));
        let text = "Tapscope example application 014499";
        assert_eq!(values(file::HEADER, &header), ["1", "04010203040506", text]);
    }
}
