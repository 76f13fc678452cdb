//! How long something took, as people read it.

use super::widgets;
use crate::workbench::{Break, Gap};

/// Milliseconds with a tenth, thousands set apart.
pub(super) fn millis(micros: u64) -> String {
    let whole = usize::try_from(micros / 1_000).unwrap_or(usize::MAX);
    format!("{}.{}", widgets::thousands(whole), micros % 1_000 / 100)
}

/// Milliseconds that may lie before.
pub(super) fn signed(micros: i64) -> String {
    let sign = if micros < 0 { "−" } else { "" };
    format!("{sign}{}", millis(micros.unsigned_abs()))
}

/// Milliseconds for a narrow column: from ten seconds on without the tenth, from a thousand on without gaps.
pub(super) fn short(micros: u64) -> String {
    let whole = usize::try_from(micros / 1_000).unwrap_or(usize::MAX);
    match whole {
        0..10_000 => format!("{whole}.{}", micros % 1_000 / 100),
        10_000..1_000_000 => widgets::thousands(whole),
        _ => whole.to_string(),
    }
}

/// A pause in the two largest units that say something.
pub(super) fn pause(micros: u64) -> String {
    let millis = micros / 1_000;
    let seconds = millis / 1_000;
    match seconds {
        0 => format!("{millis} ms"),
        1..60 => format!("{seconds}.{} s", millis % 1_000 / 100),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// What lies before a row, in small text in the row.
pub(super) fn gap(gap: Gap) -> String {
    let happened = gap.happened.map(|happened| match happened {
        Break::Reset => "reset",
        Break::Card => "card came",
        Break::FieldOff => "field off",
        Break::Tear => "power lost",
    });
    let parts = [happened.map(str::to_owned), gap.pause_us.map(pause)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The same as a sentence.
pub(super) fn gap_sentence(gap: Gap) -> String {
    let happened = gap.happened.map(|happened| match happened {
        Break::Reset => "The card was reset before this row",
        Break::Card => "A card came before this row",
        Break::FieldOff => "The field went off before this row",
        Break::Tear => "Power was lost inside the card before this row",
    });
    match (happened, gap.pause_us.map(pause)) {
        (Some(happened), Some(pause)) => format!("{happened}, after a pause of {pause}"),
        (Some(happened), None) => happened.to_owned(),
        (None, Some(pause)) => format!("A pause of {pause} before this row"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_units_that_fit() {
        assert_eq!(millis(1_234_567_890), "1\u{2009}234\u{2009}567.8");
        assert_eq!(
            [999, 9_999_999, 10_000_000, 3_600_000_000].map(short),
            ["0.9", "9999.9", "10\u{2009}000", "3600000"]
        );
        assert_eq!([-1_500, 1_500].map(signed), ["−1.5", "1.5"]);
        let pauses = [350_000, 1_250_000, 59_999_999, 125_000_000, 11_100_000_000];
        let told = ["350 ms", "1.2 s", "59.9 s", "2 min 5 s", "3 h 5 min"];
        assert_eq!(pauses.map(pause), told);
    }

    #[test]
    fn a_gap_tells_what_happened_and_how_long_it_was() {
        let of = |happened, pause_us| {
            let one = Gap { pause_us, happened };
            (gap(one), gap_sentence(one))
        };
        let off = Some(Break::FieldOff);
        let (short, sentence) = of(off, Some(2_000_000));
        assert_eq!(short, "field off, 2.0 s");
        assert_eq!(
            sentence,
            "The field went off before this row, after a pause of 2.0 s"
        );
        assert_eq!(of(Some(Break::Tear), None).0, "power lost");
        let (short, sentence) = of(None, Some(61_000_000));
        assert_eq!(short, "1 min 1 s");
        assert_eq!(sentence, "A pause of 1 min 1 s before this row");
    }
}
