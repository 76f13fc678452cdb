//! What a trace knows of a card, as JSON: what `decode --card --json` prints, one object for each reader.

use serde::Serialize;

use crate::card::known::template::{Template, readings};
use crate::card::known::{Change, Entry, KnownCard, Path, entries};
use crate::trace::known::CardView;

#[derive(Serialize)]
struct View<'a> {
    row: usize,
    reader: u16,
    /// Conversation of a vector file.
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<&'a str>,
    pending_known: bool,
    facts: Vec<FactForm>,
    changes: Vec<ChangeForm>,
    readings: Vec<ReadingForm>,
    /// Facts that hold if the card is the one from before; `null` where a UID has decided, or none can.
    assumed: Option<Vec<FactForm>>,
}

#[derive(Serialize)]
struct Place {
    path: String,
    aid: Option<String>,
    file_no: Option<u8>,
    pending: bool,
    item: String,
}

#[derive(Serialize)]
struct FactForm {
    #[serde(flatten)]
    place: Place,
    value: String,
    /// Row that told it; `null` for what an activation did.
    row: Option<usize>,
}

#[derive(Serialize)]
struct ChangeForm {
    #[serde(flatten)]
    place: Place,
    before: Option<String>,
    after: Option<String>,
}

#[derive(Serialize)]
struct ReadingForm {
    template: String,
    aid: String,
    file_no: u8,
    record: Option<u32>,
    fields: Vec<FieldForm>,
}

#[derive(Serialize)]
struct FieldForm {
    name: String,
    value: Option<String>,
    offset: usize,
    len: usize,
}

/// The view as one line.
pub fn json(view: &CardView, templates: &[Template], conversation: Option<&str>) -> String {
    let form = View {
        row: view.row,
        reader: view.reader,
        conversation,
        pending_known: view.card.pending.whole,
        facts: facts(&view.card),
        changes: view.changes.iter().map(change).collect(),
        readings: readings_of(&view.card, templates),
        assumed: view.assumed.as_ref().map(facts),
    };
    // Strings and numbers only: this form always serialises.
    serde_json::to_string(&form).unwrap_or_default()
}

fn facts(card: &KnownCard) -> Vec<FactForm> {
    let list = entries(card).into_iter();
    list.map(|Entry { path, value, since }| FactForm {
        place: place(&path),
        value,
        row: since,
    })
    .collect()
}

fn change(change: &Change) -> ChangeForm {
    ChangeForm {
        place: place(&change.path),
        before: change.before.clone(),
        after: change.after.clone(),
    }
}

fn place(path: &Path) -> Place {
    Place {
        path: path.to_string(),
        aid: path.aid.map(|aid| aid.to_string()),
        file_no: path.file_no,
        pending: path.pending,
        item: path.item.clone(),
    }
}

fn readings_of(card: &KnownCard, templates: &[Template]) -> Vec<ReadingForm> {
    let all = readings(card, templates).into_iter();
    all.map(|reading| ReadingForm {
        template: reading.name,
        aid: reading.aid.to_string(),
        file_no: reading.file_no,
        record: reading.record,
        fields: reading
            .fields
            .into_iter()
            .map(|field| FieldForm {
                name: field.name,
                value: field.value,
                offset: field.offset,
                len: field.len,
            })
            .collect(),
    })
    .collect()
}
