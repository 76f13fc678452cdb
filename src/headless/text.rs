//! Decoded exchanges as text for people.

use std::fmt::Write;

use crate::bytes::hex;
use crate::crypto::Secret;
use crate::report::{Place, Severity};
use crate::secure_messaging::Verdict;
use crate::trace::{Authenticated, Event, Exchange, fields, masked_plain};

/// One exchange as a few lines.
pub(super) fn exchange(exchange: &Exchange, events: &[Event], secrets: bool) -> String {
    let mut text = head(exchange, events);
    let tree = fields(exchange, events, secrets);
    for (side, arrow, raw) in [
        ("command.", "→", masked_plain(exchange, secrets)),
        ("response.", "←", exchange.response.as_ref().map(hex::upper)),
    ] {
        let plain = tree.iter().filter(|field| {
            field.place == Place::Plain && field.path.starts_with(side) && field.name != "Cmd"
        });
        let parts: Vec<String> = plain
            .map(|field| format!("{} {}", field.name, field.value))
            .collect();
        match (parts.is_empty(), raw) {
            (false, _) => line(&mut text, arrow, &parts.join(", ")),
            (true, None) if side == "command." || exchange.status.is_some() => {
                line(&mut text, arrow, "opaque");
            }
            _ => {}
        }
    }
    if let Some(seen) = exchange.authentication.as_deref() {
        if let Some(ti) = seen.ti() {
            line(&mut text, "·", &format!("TI {}", hex::upper(ti)));
        }
        if secrets {
            authenticated(&mut text, seen);
        }
    }
    let verdicts: Vec<String> = exchange
        .verdicts
        .all()
        .into_iter()
        .filter(|(_, verdict)| *verdict != Verdict::None)
        .map(|(name, verdict)| format!("{} {}", name.replace('_', " "), verdict.name()))
        .collect();
    if !verdicts.is_empty() {
        line(&mut text, "✓", &verdicts.join(", "));
    }
    for finding in &exchange.findings {
        let mark = match finding.severity {
            Severity::Error => "✗",
            Severity::Warning => "!",
            Severity::Hint => "·",
        };
        let values = match (&finding.expected, &finding.got) {
            (Some(expected), Some(got)) => format!(" (expected {expected}, got {got})"),
            _ => String::new(),
        };
        line(&mut text, mark, &format!("{}{values}", finding.text));
    }
    text
}

/// Random numbers and session keys.
fn authenticated(text: &mut String, seen: &Authenticated) {
    let (rnd_a, rnd_b, keys) = match seen {
        Authenticated::Ev2(seen) => {
            let (enc, mac) = (hex::upper(seen.keys.enc), hex::upper(seen.keys.mac));
            let keys = format!("KSesAuthENC {enc}, KSesAuthMAC {mac}");
            (hex::upper(seen.rnd_a), hex::upper(seen.rnd_b), keys)
        }
        Authenticated::Legacy { seen, .. } => {
            let text = |secret: Option<&Secret>| {
                secret.map_or_else(|| "not known".into(), |secret| hex::upper(secret.expose()))
            };
            let key = text(seen.session_key().as_ref());
            let rnd_b = text(seen.rnd_b.as_ref());
            (text(Some(&seen.rnd_a)), rnd_b, format!("Session key {key}"))
        }
    };
    line(text, "·", &format!("RndA {rnd_a}, RndB {rnd_b}"));
    line(text, "·", &keys);
}

fn head(exchange: &Exchange, events: &[Event]) -> String {
    let status = exchange.status.map_or_else(
        || "no answer".to_owned(),
        |status| {
            let meaning = status.meaning().map_or("not known", |meaning| meaning.name);
            format!("{status} {meaning}")
        },
    );
    let mut text = format!("{:>4}  {:<24} {status}", exchange.index, exchange.name());
    let at = exchange.presented(events);
    let selected = exchange
        .aid
        .map(|aid| aid.to_string())
        .or_else(|| exchange.df_name.as_ref().map(hex::upper));
    let mut push = |part: String| {
        // Writing to a String can't fail.
        let _infallible = write!(text, " · {part}");
    };
    if let Some(selected) = selected {
        push(selected);
    }
    if let Some(channel) = exchange.channel.filter(|channel| *channel != "plain") {
        push(channel.to_owned());
    }
    let protected = exchange.channel.is_some_and(|channel| channel != "plain");
    if let Some(mode) = exchange.mode.filter(|_| protected) {
        push(mode.to_string());
    }
    if let Some(ctr) = exchange.ctr {
        push(format!("CmdCtr {ctr}"));
    }
    if let Some(at) = at {
        push(at.reader.clone());
    }
    if let Some(key) = &exchange.key {
        let number = key
            .key_no
            .map_or_else(String::new, |key_no| format!("key {key_no} "));
        push(format!("{number}\"{}\"", key.label));
    }
    text
}

fn line(text: &mut String, mark: &str, content: &str) {
    text.push_str("\n      ");
    text.push_str(mark);
    text.push(' ');
    text.push_str(content);
}
