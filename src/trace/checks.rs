//! Verdicts of both directions in one, and the findings that go with bad ones.

use crate::bytes::hex;
use crate::report::Finding;
use crate::secure_messaging::{Check, Opened, Verdict};

use super::exchange::Exchange;

/// One verdict of both directions.
pub(super) const fn combine(command: Verdict, response: Verdict) -> Verdict {
    match (command, response) {
        (Verdict::None, other) | (other, Verdict::None) => other,
        (Verdict::Bad, _) | (_, Verdict::Bad) => Verdict::Bad,
        (Verdict::Unknown, _) | (_, Verdict::Unknown) => Verdict::Unknown,
        (Verdict::Ok, Verdict::Ok) => Verdict::Ok,
    }
}

/// Says where a MAC differs.
pub(super) fn note_mac(exchange: &mut Exchange, code: &'static str, name: &str, check: &Check) {
    if check.verdict == Verdict::Bad && check.got.as_ref().is_empty() {
        let finding = Finding::error(code, format!("{name} missing")).field("MAC");
        exchange.findings.push(finding);
    } else if check.verdict == Verdict::Bad {
        let byte = check
            .expected
            .as_ref()
            .iter()
            .zip(check.got.as_ref())
            .position(|(expected, got)| expected != got)
            .unwrap_or_default();
        let finding = Finding::error(code, format!("{name} wrong from byte {byte}")).field("MAC");
        exchange
            .findings
            .push(finding.values(hex::upper(check.expected), hex::upper(check.got)));
    }
}

/// Says what is wrong with the enciphered data of D40 and EV1; `name` is that of the checksum.
pub(super) fn note_data(exchange: &mut Exchange, side: &str, name: &'static str, opened: &Opened) {
    if opened.crc.verdict == Verdict::Bad {
        let text = format!("The {side}'s checksum does not fit its deciphered data");
        let finding = Finding::error("crc", text).field(name);
        exchange
            .findings
            .push(finding.values(hex::upper(opened.crc.expected), hex::upper(opened.crc.got)));
    } else if opened.padding == Verdict::Bad {
        let text = format!("The {side}'s deciphered data does not end in its padding");
        exchange
            .findings
            .push(Finding::error("padding", text).field("padding"));
    }
    if opened.unread > 0 {
        let text = format!(
            "The first {} bytes of the {side}'s data can't be deciphered and stand as zeros",
            opened.unread
        );
        exchange
            .findings
            .push(Finding::warning("unread", text).field("data"));
    }
}
