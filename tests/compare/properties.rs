//! What holds for all traces.

use std::fmt::Write;

use proptest::prelude::*;
use tapscope::bytes::hex;
use tapscope::compare::{Comparison, Counts, Difference, Ignore, Pair};
use tapscope::session;
use tapscope::trace::Exchange;

use super::support::demo;
use super::{Trace, against, with};

/// The same comparison with the traces changed.
fn mirrored(comparison: &Comparison) -> Comparison {
    let mut pairs: Vec<Pair> = comparison.pairs.iter().map(mirrored_pair).collect();
    // Of those that stand alone between two pairs, A's come first.
    let alone = |pair: &Pair| matches!(pair, Pair::OnlyA { .. } | Pair::OnlyB { .. });
    for part in pairs.chunk_by_mut(|a, b| alone(a) && alone(b)) {
        part.sort_by_key(|pair| matches!(pair, Pair::OnlyB { .. }));
    }
    let counts = comparison.counts;
    Comparison {
        pairs,
        counts: Counts {
            only_a: counts.only_b,
            only_b: counts.only_a,
            ..counts
        },
    }
}

fn mirrored_pair(pair: &Pair) -> Pair {
    match pair.clone() {
        Pair::Same { a, b } => Pair::Same { a: b, b: a },
        Pair::Unread { a, b, unread } => Pair::Unread { a: b, b: a, unread },
        Pair::OnlyA { a } => Pair::OnlyB { b: a },
        Pair::OnlyB { b } => Pair::OnlyA { a: b },
        Pair::Differs {
            a,
            b,
            differences,
            unread,
        } => {
            let mut differences: Vec<Difference> =
                differences.into_iter().map(mirrored_difference).collect();
            // Of fields that one of the two does not have, A's come first.
            differences.sort_by_key(
                |found| matches!(found, Difference::Field(field) if field.a.is_none()),
            );
            Pair::Differs {
                a: b,
                b: a,
                differences,
                unread,
            }
        }
    }
}

fn mirrored_difference(difference: Difference) -> Difference {
    match difference {
        Difference::Field(mut field) => {
            let field_ref = &mut *field;
            std::mem::swap(&mut field_ref.a, &mut field_ref.b);
            Difference::Field(field)
        }
        Difference::Key { path } => Difference::Key { path },
        Difference::Value { what, a, b } => Difference::Value { what, a: b, b: a },
    }
}

/// Exchanges of a few kinds in any order, some in a session that nobody has the key of.
fn any_trace() -> impl Strategy<Value = Trace> {
    let exchange = (0..7_u8, 0..3_u8, 0..3_u8);
    proptest::collection::vec(exchange, 0..24).prop_map(|exchanges| {
        let mut text = String::new();
        for (kind, parameter, answer) in exchanges {
            let (p, a) = (hex::upper([parameter]), hex::upper([answer]));
            let written = match kind {
                0 => writeln!(text, "=> 905A000003{p}449900\n<= 9100"),
                1 => writeln!(text, "=> 90BD000007{p}00000002000000\n<= {a}{a}9100"),
                2 => writeln!(text, "=> 6C{p}\n<= 00{a}000000"),
                3 => writeln!(
                    text,
                    "=> 906A000000\n<= {}9100",
                    "014499".repeat(usize::from(answer))
                ),
                4 => writeln!(
                    text,
                    "=> 903D000008{p}000000010000{a}00\n<= 91{}",
                    ["00", "9D", "AE"][usize::from(answer)]
                ),
                5 => writeln!(text, "=> 00B0{p}{a}00\n<= A0{a}9000"),
                _ => writeln!(
                    text,
                    "=> 9071000002{p}0000\n<= {}91AF\n=> 90AF000020{}00\n<= {}9100",
                    a.repeat(16),
                    p.repeat(32),
                    a.repeat(32)
                ),
            };
            written.expect("a string takes everything");
        }
        Trace::lines(&text)
    })
}

proptest! {
    #[test]
    fn a_trace_is_what_it_is(a in any_trace()) {
        let comparison = against(&a, &a);
        prop_assert!(!comparison.differs());
        let sealed = |row: &&Exchange| row.command.is_none() && !row.framed_command(&a.events).is_empty();
        let opaque = a.rows.iter().filter(sealed).count();
        prop_assert!(comparison.counts.unread >= opaque);
        let strict = with(&a, &a, Ignore::NOTHING);
        prop_assert!(!strict.differs());
    }

    #[test]
    fn which_trace_is_a_does_not_matter(a in any_trace(), b in any_trace()) {
        for ignore in [Ignore::default(), Ignore::NOTHING] {
            let comparison = with(&a, &b, ignore);
            prop_assert_eq!(mirrored(&comparison), with(&b, &a, ignore));
            // Every exchange stands in one place, in order.
            let rows = |of: fn(&Pair) -> Option<usize>| comparison.pairs.iter().filter_map(of).collect::<Vec<_>>();
            prop_assert_eq!(rows(|pair| pair.rows().0), (0..a.rows.len()).collect::<Vec<_>>());
            prop_assert_eq!(rows(|pair| pair.rows().1), (0..b.rows.len()).collect::<Vec<_>>());
        }
    }
}

#[test]
fn the_samples_are_what_they_are() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sessions");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("sessions") {
        let text = std::fs::read(entry.expect("an entry").path()).expect("reads");
        let events = session::read(&text).expect("a session").value.events;
        let trace = Trace::new(events, &demo::keyring());
        assert_eq!(against(&trace, &trace).counts.differs, 0);
        seen += 1;
    }
    assert!(seen >= 9);
}
