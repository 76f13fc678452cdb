//! Decoded exchanges as JSON rows, one object a line: what `decode --json` prints.

use serde::Serialize;

use crate::bytes::hex;
use crate::crypto::Secret;
use crate::report::{Field, Finding};
use crate::trace::{Authenticated, Event, Exchange, fields, masked_plain};

/// One row, in the member order of the contract.
#[derive(Serialize)]
struct Row<'a> {
    index: usize,
    time_us: Option<u64>,
    lane: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reader: Option<ReaderPart<'a>>,
    command: CommandPart,
    response: ResponsePart,
    aid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    df_name: Option<String>,
    channel: Option<&'static str>,
    mode: Option<&'static str>,
    ctr: Option<u16>,
    key: Option<KeyPart<'a>>,
    verdicts: serde_json::Map<String, serde_json::Value>,
    fields: Vec<FieldPart>,
    findings: Vec<FindingPart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanations: Option<&'a [Explained]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<SessionPart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<&'a str>,
}

#[derive(Serialize)]
struct ReaderPart<'a> {
    name: &'a str,
    atr: String,
}

#[derive(Serialize)]
struct CommandPart {
    name: &'static str,
    ins: String,
    wire: Vec<String>,
    plain: Option<String>,
}

#[derive(Serialize)]
struct ResponsePart {
    status: Option<String>,
    wire: Vec<String>,
    plain: Option<String>,
}

#[derive(Serialize)]
struct KeyPart<'a> {
    label: &'a str,
    key_no: Option<u8>,
}

#[derive(Serialize)]
struct FieldPart {
    path: String,
    name: String,
    value: String,
    r#in: &'static str,
    offset: usize,
    len: usize,
}

#[derive(Serialize)]
struct FindingPart<'a> {
    code: &'static str,
    severity: &'static str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    got: Option<&'a str>,
}

/// A finding apart from its row.
#[derive(Serialize)]
struct FoundPart<'a> {
    row: usize,
    command: &'static str,
    #[serde(flatten)]
    finding: FindingPart<'a>,
}

#[derive(Serialize)]
struct SessionPart {
    rnd_a: String,
    rnd_b: Option<String>,
    ti: Option<String>,
    #[serde(flatten)]
    keys: SessionKeysPart,
    pdcap2: Option<String>,
    pcdcap2: Option<String>,
}

/// The session keys: one of D40 and EV1, two of EV2.
#[derive(Serialize)]
#[serde(untagged)]
enum SessionKeysPart {
    One { key: Option<String> },
    Two { enc: String, mac: String },
}

/// What known mistakes explain of a row: an element of the member `explanations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// One or two mistakes.
    pub mistakes: Vec<ExplainedMistake>,
    /// `command` or `response`.
    pub side: &'static str,
    /// Whether the evidence has at least 32 bits.
    pub certain: bool,
    /// Bits of the received bytes that the mistakes give and the rules do not.
    pub bits: u32,
    /// The bytes by the rules, in hexadecimal; absent where they can't be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The bytes that were there, in hexadecimal.
    pub received: String,
    /// The first byte that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<usize>,
    /// What the computation that fits starts from.
    pub inputs: Vec<ExplainedInput>,
}

/// A mistake of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedMistake {
    /// Stable name.
    pub code: &'static str,
    /// What was done.
    pub title: &'static str,
    /// What to do instead.
    pub fix: &'static str,
    /// Document and section of the rule.
    pub section: &'static str,
    /// What it is about.
    pub family: &'static str,
}

/// An input of an explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedInput {
    /// What it is.
    pub label: &'static str,
    /// Its bytes in hexadecimal; `None` for a secret that is not shown.
    pub bytes: Option<String>,
    /// Index of the row that it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<usize>,
}

/// One exchange as a JSON line without its line end. Key material is printed only with `secrets`.
pub fn row(
    exchange: &Exchange,
    events: &[Event],
    conversation: Option<&str>,
    secrets: bool,
) -> String {
    explained_row(exchange, events, conversation, secrets, None)
}

/// [`row`] with the member `explanations`, where they were asked for.
pub fn explained_row(
    exchange: &Exchange,
    events: &[Event],
    conversation: Option<&str>,
    secrets: bool,
    explanations: Option<&[Explained]>,
) -> String {
    let verdicts = exchange
        .verdicts
        .all()
        .into_iter()
        .map(|(name, verdict)| (name.to_owned(), verdict.name().into()));
    let row = Row {
        index: exchange.index,
        time_us: exchange.time_us,
        lane: exchange.lane.name(),
        reader: exchange.presented(events).map(|presented| ReaderPart {
            name: &presented.reader,
            atr: hex::upper(&presented.atr),
        }),
        command: CommandPart {
            name: exchange.name(),
            ins: hex::upper([exchange.ins]),
            wire: exchange.commands(events).map(hex::upper).collect(),
            plain: masked_plain(exchange, secrets),
        },
        response: ResponsePart {
            status: exchange.status.map(|status| status.to_string()),
            wire: exchange.responses(events).map(hex::upper).collect(),
            plain: exchange.response.as_ref().map(hex::upper),
        },
        aid: exchange.aid.map(|aid| aid.to_string()),
        df_name: exchange.df_name.as_ref().map(hex::upper),
        channel: exchange.channel,
        mode: exchange.mode.map(crate::card::CommMode::name),
        ctr: exchange.ctr,
        key: exchange.key.as_ref().map(|key| KeyPart {
            label: &key.label,
            key_no: key.key_no,
        }),
        verdicts: verdicts.collect(),
        fields: fields(exchange, events, secrets)
            .into_iter()
            .map(FieldPart::of)
            .collect(),
        findings: exchange.findings.iter().map(FindingPart::of).collect(),
        explanations,
        session: exchange
            .authentication
            .as_deref()
            .filter(|_| secrets)
            .map(SessionPart::of),
        conversation,
    };
    // Strings, numbers and maps with string keys: this form always serialises.
    serde_json::to_string(&row).unwrap_or_default()
}

/// A finding of a row as a JSON line without its line end: number and command of the row, then the members that the
/// row itself has of it.
pub fn finding(exchange: &Exchange, finding: &Finding) -> String {
    let found = FoundPart {
        row: exchange.index,
        command: exchange.name(),
        finding: FindingPart::of(finding),
    };
    // Strings and a number: this form always serialises.
    serde_json::to_string(&found).unwrap_or_default()
}

impl FieldPart {
    fn of(field: Field) -> Self {
        let Field {
            path,
            name,
            value,
            place,
            offset,
            len,
        } = field;
        Self {
            path,
            name,
            value,
            r#in: place.name(),
            offset,
            len,
        }
    }
}

impl<'a> FindingPart<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            code: finding.code,
            severity: finding.severity.name(),
            text: &finding.text,
            field: finding.field.as_deref(),
            expected: finding.expected.as_deref(),
            got: finding.got.as_deref(),
        }
    }
}

impl SessionPart {
    fn of(seen: &Authenticated) -> Self {
        match seen {
            Authenticated::Ev2(seen) => Self {
                rnd_a: hex::upper(seen.rnd_a),
                rnd_b: Some(hex::upper(seen.rnd_b)),
                ti: seen.ti.map(hex::upper),
                keys: SessionKeysPart::Two {
                    enc: hex::upper(seen.keys.enc),
                    mac: hex::upper(seen.keys.mac),
                },
                pdcap2: seen.pdcap2.map(hex::upper),
                pcdcap2: seen.pcdcap2.map(hex::upper),
            },
            Authenticated::Legacy { seen, .. } => {
                let upper = |secret: &Secret| hex::upper(secret.expose());
                Self {
                    rnd_a: upper(&seen.rnd_a),
                    rnd_b: seen.rnd_b.as_ref().map(upper),
                    ti: None,
                    keys: SessionKeysPart::One {
                        key: seen.session_key().as_ref().map(upper),
                    },
                    pdcap2: None,
                    pcdcap2: None,
                }
            }
        }
    }
}
