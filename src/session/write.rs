//! Writes the session form: header members first, then one event a line.

use super::json::{self, Object};
use super::schema::FORMAT;
use super::{CardIdentity, KeyLabel, Session, migrate};
use crate::bytes::hex;
use crate::trace::{Event, EventKind, Lane};

/// The text of a session file.
pub fn write(session: &Session) -> String {
    write_while(session, session.events.iter(), &mut |_| true).unwrap_or_default()
}

/// The text of a session file with other events than `session` holds, as long as it is wanted: `go_on` is asked
/// before each event, with its number. `None` when it said no.
pub fn write_while<'a>(
    session: &Session,
    events: impl Iterator<Item = &'a Event>,
    go_on: &mut dyn FnMut(usize) -> bool,
) -> Option<String> {
    let mut out = Object::new()
        .text("format", FORMAT)
        .number("version", migrate::NEWEST)
        .finish();
    out.pop();
    let mut member = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            out.push_str(",\n\"");
            out.push_str(name);
            out.push_str("\":");
            out.push_str(&value);
        }
    };
    member("reader", session.reader.as_deref().map(json::text));
    member("card", session.card.as_ref().map(card));
    member("image", session.image.as_deref().map(json::text));
    member("keys", some(&session.keys, keys));
    member("notes", some(&session.notes, json::texts));
    member("assertions", some(&session.assertions, json::texts));
    out.push_str(",\n\"events\":[");
    for (index, event) in events.enumerate() {
        if !go_on(index) {
            return None;
        }
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&event_line(event));
    }
    out.push_str("\n]}\n");
    Some(out)
}

/// One event as a line of a session file, without comma and line end.
pub fn event_line(event: &Event) -> String {
    let object = Object::new();
    let mut object = match &event.kind {
        EventKind::Command(bytes) => object.text("command", &hex::upper(bytes)),
        EventKind::Response(bytes) => object.text("response", &hex::upper(bytes)),
        EventKind::Reset => object.raw("reset", "true"),
        EventKind::FieldOff => object.raw("field_off", "true"),
        EventKind::Lost => object.raw("lost", "true"),
        EventKind::Tear { after_writes } => {
            let tear = Object::new().number("after_writes", *after_writes);
            object.raw("tear", &tear.finish())
        }
        EventKind::Note(text) => object.text("note", text),
        EventKind::Card(presented) => {
            let card = Object::new().text("reader", &presented.reader);
            let card = card.text("atr", &hex::upper(&presented.atr));
            object.raw("card", &card.finish())
        }
    };
    if let Some(time) = event.time_us {
        object = object.number("time_us", time);
    }
    if event.lane != Lane::Card {
        object = object.text("lane", event.lane.name());
    }
    if event.reader != 0 {
        object = object.number("reader", event.reader);
    }
    object.finish()
}

fn some<T>(values: &[T], write: impl Fn(&[T]) -> String) -> Option<String> {
    (!values.is_empty()).then(|| write(values))
}

fn card(card: &CardIdentity) -> String {
    let (uid, atr) = (card.uid.as_ref(), card.atr.as_ref());
    Object::new()
        .maybe_text("product", card.product.as_deref())
        .maybe_text("uid", uid.map(hex::upper).as_deref())
        .maybe_text("atr", atr.map(hex::upper).as_deref())
        .finish()
}

fn keys(keys: &[KeyLabel]) -> String {
    let one = |key: &KeyLabel| {
        let aid = key
            .aid
            .map_or_else(|| "*".to_owned(), |aid| aid.to_string());
        Object::new()
            .text("label", &key.label)
            .text("aid", &aid)
            .number("key_no", key.key_no)
            .finish()
    };
    format!("[{}]", keys.iter().map(one).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Presented;

    #[test]
    fn one_event_a_line() {
        let server = Event {
            time_us: Some(12),
            lane: Lane::Server,
            reader: 3,
            kind: EventKind::Command(vec![0x90, 0x5A]),
        };
        let kinds = [
            EventKind::Response(vec![0x91, 0x00]),
            EventKind::Reset,
            EventKind::FieldOff,
            EventKind::Lost,
            EventKind::Tear { after_writes: 3 },
            EventKind::Note("a \"b\"\n".into()),
            EventKind::Card(Box::new(Presented {
                reader: "Desk 00".into(),
                atr: vec![0x3B, 0x80],
            })),
        ];
        let session = Session {
            reader: Some("demo".into()),
            keys: vec![KeyLabel {
                label: "top-up".into(),
                aid: "014499".parse().ok(),
                key_no: 3,
            }],
            events: std::iter::once(server)
                .chain(kinds.map(Event::new))
                .collect(),
            ..Session::default()
        };
        assert_eq!(
            write(&session),
            r#"{"format":"tapscope-session","version":1,
"reader":"demo",
"keys":[{"label":"top-up","aid":"014499","key_no":3}],
"events":[
{"command":"905A","time_us":12,"lane":"server","reader":3},
{"response":"9100"},
{"reset":true},
{"field_off":true},
{"lost":true},
{"tear":{"after_writes":3}},
{"note":"a \"b\"\n"},
{"card":{"reader":"Desk 00","atr":"3B80"}}
]}
"#
        );
    }
}
