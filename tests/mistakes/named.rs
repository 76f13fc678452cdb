//! Every mistake is named by the bytes that it leaves, alone and with a second one.

use std::collections::BTreeSet;

use tapscope::explain::{self, Explanation};
use tapscope::trace::decode;

use super::choose::{pair, single};
use super::mistakes::TABLE;
use super::plan::Plan;
use super::scene::record;

/// Conversations for each mistake.
const TRIES: u64 = 50;
/// Conversations with a second one.
const PAIRS: u64 = 25;

fn first(plan: &Plan) -> Option<Explanation> {
    let recorded = record(plan);
    let rows = decode(&recorded.events, &recorded.keyring);
    let found = explain::explain(&rows, rows.len() - 1, &recorded.events, &recorded.keyring);
    found.into_iter().next()
}

fn codes(explanation: Option<&Explanation>) -> Vec<&'static str> {
    let mistakes = explanation.map_or(&[][..], |found| &found.mistakes);
    mistakes.iter().map(|mistake| mistake.code).collect()
}

/// How often a mistake was named.
struct Hits {
    code: &'static str,
    alone: usize,
    pairs: usize,
    of_pairs: usize,
    /// What was named instead, with the conversation.
    instead: Vec<String>,
}

impl Hits {
    fn of(code: &'static str, plans: [Vec<Plan>; 2]) -> Self {
        let mut instead = Vec::new();
        let of_pairs = plans[1].len();
        let [alone, pairs] = plans.map(|plans| {
            let named = plans.into_iter().filter(|plan| {
                let found = codes(first(plan).as_ref());
                let wanted: BTreeSet<_> = plan.knobs.0.iter().collect();
                let hit = found.iter().collect::<BTreeSet<_>>() == wanted;
                if !hit {
                    instead.push(format!(
                        "{:?} {:?} {:?} seed {}: {:?} named {found:?}",
                        plan.channel, plan.last, plan.side, plan.seed, plan.knobs.0
                    ));
                }
                hit
            });
            named.count()
        });
        Self {
            code,
            alone,
            pairs,
            of_pairs,
            instead,
        }
    }

    /// 95 % of the single ones, 80 % of the pairs.
    fn is_enough(&self) -> bool {
        self.alone >= 48 && self.pairs * 10 >= self.of_pairs * 8
    }

    fn line(&self) -> String {
        let Self {
            code,
            alone,
            pairs,
            of_pairs,
            instead,
        } = self;
        let examples: Vec<_> = instead.iter().take(4).map(String::as_str).collect();
        let examples = examples.join("\n    ");
        format!("{code} {alone} of {TRIES}, pairs {pairs} of {of_pairs}\n    {examples}")
    }
}

/// Walks the table's entries whose code starts with one of `families`.
fn walk(families: &[&str]) {
    let mut short = Vec::new();
    let entries = (0_u64..).zip(TABLE);
    let mine = entries.filter(|(_, entry)| families.iter().any(|one| entry.code.starts_with(one)));
    for (number, entry) in mine {
        let seeds = |tries| (0..tries).map(move |seed| number * 1000 + seed);
        let alone = seeds(TRIES).map(|seed| single(entry, seed)).collect();
        let pairs = seeds(PAIRS).filter_map(|seed| pair(entry, seed)).collect();
        let hits = Hits::of(entry.code, [alone, pairs]);
        if !hits.is_enough() {
            short.push(hits.line());
        }
    }
    assert!(short.is_empty(), "{}", short.join("\n"));
}

#[test]
fn mistakes_of_ev2_are_named_first() {
    walk(&["ev2-"]);
}

#[test]
fn mistakes_of_ev1_are_named_first() {
    walk(&["ev1-"]);
}

#[test]
fn mistakes_of_key_changes_and_transactions_are_named_first() {
    walk(&["change-key-", "tmv-"]);
}

#[test]
fn mistakes_of_d40_files_and_handshakes_are_named_first() {
    walk(&["d40-", "mac-", "plain-", "auth-"]);
}

#[test]
fn catalogue_and_table_have_the_same_codes() {
    let known: BTreeSet<&str> = explain::catalogue().iter().map(|one| one.code).collect();
    let made: BTreeSet<&str> = TABLE.iter().map(|entry| entry.code).collect();
    let without_host: Vec<_> = known.difference(&made).collect();
    let without_entry: Vec<_> = made.difference(&known).collect();
    assert!(
        without_host.is_empty() && without_entry.is_empty(),
        "in the catalogue alone {without_host:?}, in the table alone {without_entry:?}"
    );
    assert!(known.len() >= 40, "{} entries", known.len());
}

#[test]
fn a_right_conversation_has_nothing_to_explain() {
    for (seed, entry) in (90_000..).zip(TABLE) {
        let mut plan = single(entry, seed);
        plan.knobs.0.clear();
        let recorded = record(&plan);
        let rows = decode(&recorded.events, &recorded.keyring);
        for at in 0..rows.len() {
            let found = explain::explain(&rows, at, &recorded.events, &recorded.keyring);
            assert!(
                found.is_empty(),
                "{plan:?}: row {at} {:?}",
                codes(found.first())
            );
        }
    }
}
