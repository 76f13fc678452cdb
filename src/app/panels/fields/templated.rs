//! What the command writes or the answer brings, read by the templates of its file.

use eframe::egui::Ui;

use super::line::{Fold, Line, Lines, digits, words};
use crate::app::drafts::Drafts;
use crate::card::known::template::{Template, apply_part};
use crate::card::settings::FileKind;
use crate::trace::{Exchange, FilePart, content_place, contents};
use crate::workbench::Workbench;

/// A group for each template and record.
pub(super) fn templated_ui(
    ui: &mut Ui,
    (bench, row): (&Workbench, &Exchange),
    drafts: &mut Drafts,
    lines: &mut Lines,
) {
    let Some((aid, file_no)) = content_place(row) else {
        return;
    };
    let all = bench.templates().iter();
    let mut own = all.filter(|template| (template.aid, template.file_no) == (aid, file_no));
    let Some(first) = own.next() else {
        return;
    };
    let known = bench.card_at(row.index);
    let known = known.as_ref().and_then(|view| view.card.file(aid, file_no));
    let size = match known
        .and_then(|file| file.kind.as_ref())
        .map(|kind| &kind.value)
    {
        Some(FileKind::Linear(file) | FileKind::Cyclic(file)) => Some(file.record_size),
        _ => None,
    };
    let size = size.and_then(|size| usize::try_from(size).ok());
    let parts = contents(row, size);
    for template in std::iter::once(first).chain(own) {
        for part in &parts {
            group(ui, drafts, lines, template, part);
        }
    }
}

fn group(
    ui: &mut Ui,
    drafts: &mut Drafts,
    lines: &mut Lines,
    template: &Template,
    part: &FilePart,
) {
    let fields = apply_part(template, part.offset, &part.bytes);
    if fields.is_empty() {
        return;
    }
    let record = part.record.map(|record| format!(", record {record}"));
    let title = format!("{}{}", template.name, record.unwrap_or_default());
    let head = Line {
        label: format!("As template {title}"),
        name: "As template",
        value: words(ui, title.clone()),
        fold: Some(Fold {
            key: "As template",
            open: true,
        }),
        ..Line::default()
    };
    if !lines.add(ui, drafts, head) {
        return;
    }
    for field in fields {
        let value = field.value.unwrap_or_default();
        let line = Line {
            label: format!("{title} {} {value}", field.name),
            name: &field.name,
            value: digits(ui, value.clone()),
            len: Some(field.len),
            depth: 1,
            hover: format!(
                "{value}\n{} bytes at {} in the file",
                field.len, field.offset
            ),
            copy: value,
            ..Line::default()
        };
        lines.add(ui, drafts, line);
    }
}
