//! The table of a calculation as one JSON object: what `--json` of a topic prints and the page copies.

use serde::Serialize;

use crate::bytes::hex;
use crate::calculator::{
    Beside, Comparison, Content, Explanation, Line, Outcome, Role, Topic, Weight,
};

#[derive(Serialize)]
struct Worked<'a> {
    topic: &'a str,
    ok: bool,
    steps: Vec<Step<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    slips: Vec<Remark<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mine: Vec<Mine<'a>>,
}

/// A user's value; its bytes are not repeated, they may be key material.
#[derive(Serialize)]
struct Mine<'a> {
    key: &'a str,
    same: bool,
    /// From 0; absent when the lengths differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_difference: Option<usize>,
    explanations: Vec<String>,
}

#[derive(Serialize)]
struct Step<'a> {
    key: &'a str,
    label: &'a str,
    role: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    section: &'a str,
    /// Hexadecimal digits, `XX` for each byte of a hidden secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
    /// What was computed where `bytes` stand in for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    computed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    got: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ok: Option<bool>,
}

#[derive(Serialize)]
struct Remark<'a> {
    place: &'a str,
    refused: bool,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

/// The table as one line; key material only with `secrets`.
pub fn json(topic: &Topic, outcome: &Outcome, beside: &[Beside], secrets: bool) -> String {
    let worked = Worked {
        topic: topic.id,
        ok: !outcome.is_refused()
            && !outcome.sheet.is_wrong()
            && !beside.iter().any(Beside::differs),
        steps: outcome
            .sheet
            .lines()
            .iter()
            .map(|line| step(line, secrets))
            .collect(),
        slips: outcome
            .slips
            .iter()
            .map(|slip| Remark {
                place: slip.place.name(),
                refused: slip.weight == Weight::Refused,
                text: &slip.text,
                hint: slip.hint.as_deref(),
            })
            .collect(),
        mine: beside.iter().map(mine).collect(),
    };
    // Strings and booleans only: this form always serialises.
    serde_json::to_string(&worked).unwrap_or_default()
}

fn mine(beside: &Beside) -> Mine<'_> {
    Mine {
        key: &beside.key,
        same: !beside.differs(),
        first_difference: match beside.comparison {
            Comparison::Differs { first, .. } => Some(first),
            Comparison::Same | Comparison::Length { .. } => None,
        },
        explanations: beside
            .explanations
            .iter()
            .map(Explanation::sentence)
            .collect(),
    }
}

fn step(line: &Line, secrets: bool) -> Step<'_> {
    let print = |bytes: &[u8]| {
        if line.secret && !secrets {
            "XX".repeat(bytes.len())
        } else {
            hex::upper(bytes)
        }
    };
    let mut step = Step {
        key: &line.key,
        label: &line.label,
        role: match (&line.content, line.role) {
            (Content::Heading, _) => "heading",
            (Content::Note(_), _) => "note",
            (Content::Check { .. } | Content::Verdict { .. }, _) => "check",
            (_, Role::Step) => "step",
            (_, Role::Result) => "result",
        },
        section: line.section,
        bytes: None,
        computed: None,
        expected: None,
        got: None,
        text: None,
        ok: None,
    };
    match &line.content {
        Content::Bytes { bytes, computed } => {
            step.bytes = Some(print(bytes));
            step.computed = computed.as_deref().map(print);
        }
        Content::Check { expected, got } => {
            step.expected = Some(print(expected));
            step.got = Some(print(got));
            step.ok = Some(expected == got);
        }
        Content::Verdict { holds, text } => {
            step.text = Some(text);
            step.ok = Some(*holds);
        }
        Content::Text(text) | Content::Note(text) => step.text = Some(text),
        Content::Heading => {}
    }
    step
}
