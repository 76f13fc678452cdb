//! Random transactions: the ledger out of forms, the ledger out of the trace, and the card agree on TMI and TMV.
//!
//! 1,000 in an ordinary run; `TAPSCOPE_TRANSACTIONS=10000` makes as many. They are written to `transactions.json` in
//! the target's `tmp`, where `tests/published.py` computes them again.

use std::path::PathBuf;

use serde_json::{Value, json};
use tapscope::bytes::{Reader, hex};
use tapscope::calculator::ledger::{Options, follow, recorded};
use tapscope::card::CommMode;
use tapscope::command::CommitAnswer;
use tapscope::crypto::entropy::{Entropy, SeededEntropy};
use tapscope::secure_messaging::Verdict;
use tapscope::tmac;
use tapscope::trace::Exchange;

use super::card::{AID, CYCLIC, LINEAR, Plan, SIZE, TMAC};
use super::ends::Ends;
use super::model::{Model, Planned, Raw};
use super::operations::{self, Done};

/// Transactions of one card.
const CARD: usize = 40;

struct Dice(SeededEntropy);

impl Dice {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    fn below(&mut self, end: u16) -> u16 {
        u16::from_le_bytes(self.bytes()) % end
    }

    fn plan(&mut self) -> Plan {
        let session = self.below(3) > 0;
        let modes = [CommMode::Plain, CommMode::Mac, CommMode::Full];
        let reader_ids = if session {
            &[0x01, 0x0E, 0x0F][..]
        } else {
            &[0x0E, 0x0F]
        };
        let at = usize::from(self.below(u16::try_from(reader_ids.len()).unwrap()));
        let mut uid = self.bytes();
        uid[0] = 0x04;
        Plan {
            keys: [self.bytes(), self.bytes(), self.bytes()],
            tmac_key: self.bytes(),
            uid,
            modes: std::array::from_fn(|_| modes[usize::from(self.below(3))]),
            free: !session,
            session,
            reader_id: reader_ids[at],
            seed: u64::from(u32::from_le_bytes(self.bytes())),
        }
    }

    fn raw(&mut self) -> Raw {
        // Reads and writes of every kind, ClearRecordFile, CommitReaderID; AbortTransaction now and then.
        let kinds = [0, 0, 1, 1, 2, 2, 3, 4, 4, 5, 6, 7, 7, 8, 15, 16, 18];
        let length = usize::from(self.below(40));
        let data: [u8; 40] = self.bytes();
        let [other, iso, native] = self.bytes().map(|byte| byte & 1 == 1);
        Raw {
            kind: kinds[usize::from(self.below(u16::try_from(kinds.len()).unwrap()))],
            other,
            iso,
            native,
            a: self.below(u16::MAX),
            b: self.below(48),
            data: data[..length].to_vec(),
            cuts: Vec::new(),
        }
    }
}

/// A card with the ends that see it, and what was seen.
struct Table {
    ends: Ends,
    model: Model,
    rows: Vec<Exchange>,
    done: Vec<Done>,
}

impl Table {
    fn new(plan: &Plan) -> Self {
        let mut table = Self {
            ends: Ends::new(plan),
            model: Model::new(plan),
            rows: Vec::new(),
            done: Vec::new(),
        };
        table.ends.open();
        for file_no in [LINEAR, CYCLIC, TMAC] {
            let planned = table.model.file_settings(file_no);
            table.run(planned);
        }
        table.done.clear();
        table
    }

    fn run(&mut self, (command, mode, answer): Planned) {
        let seen = self.ends.command(command.clone(), mode);
        let reply = seen.outcome.unwrap();
        assert!(reply.status.is_success(), "{command:?}: {}", reply.status);
        assert_eq!(reply.data, answer, "{command:?}");
        self.rows.push(seen.row);
        self.done.push((command, answer));
    }

    /// One transaction; gives what the card committed.
    fn transaction(&mut self, dice: &mut Dice, plan: &Plan) -> CommitAnswer {
        self.done.clear();
        for _ in 0..=dice.below(5) {
            let raw = dice.raw();
            if let Some(planned) = self.model.next(&raw) {
                self.run(planned);
            }
        }
        let reader_id = plan.reader_id == 0x01;
        for kind in if reader_id { &[5, 16][..] } else { &[5] } {
            let raw = Raw {
                kind: *kind,
                ..dice.raw()
            };
            if let Some(planned) = self.model.next(&raw) {
                self.run(planned);
            }
        }
        let commit = self.model.commit(Some(1)).unwrap();
        let answer = commit.2.clone();
        self.run(commit);
        Reader::all("CommitTransaction", &answer, CommitAnswer::read).unwrap()
    }
}

/// The transaction as vector.
fn vector(number: usize, plan: &Plan, done: &[Done], tmi: &[u8], answer: CommitAnswer) -> Value {
    let commands = done.split_last().unwrap().1.iter();
    json!({
        "id": format!("random-{number}"),
        "kind": "tmv",
        "inputs": {
            "key": hex::upper(plan.tmac_key),
            "uid": hex::upper(plan.uid),
            "tmc": hex::upper(answer.tmc.to_le_bytes()),
            "tmac_file": format!("{TMAC:02X}"),
            "operations": commands.map(operations::member).collect::<Vec<_>>(),
        },
        "expected": {"tmi": hex::upper(tmi), "tmv": hex::upper(answer.tmv)},
    })
}

#[test]
fn forms_trace_and_card_agree_on_random_transactions() {
    let wanted = std::env::var("TAPSCOPE_TRANSACTIONS").ok();
    let wanted = wanted.map_or(1_000, |text| text.parse::<usize>().unwrap());
    let mut dice = Dice(SeededEntropy::new(0x7A95));
    let mut vectors = Vec::with_capacity(wanted);
    while vectors.len() < wanted {
        let plan = dice.plan();
        let mut table = Table::new(&plan);
        for _ in 0..CARD.min(wanted - vectors.len()) {
            let answer = table.transaction(&mut dice, &plan);
            let commit = table.rows.last().unwrap();
            assert_eq!(commit.verdicts.tmv, Verdict::Ok, "the observer");

            let heads = [LINEAR, CYCLIC].map(|file_no| format!("file {file_no} records {SIZE}"));
            let lines = table.done.iter().map(operations::line);
            let text: Vec<String> = heads.into_iter().chain(lines).collect();
            let forms = follow(&text.join("\n"), &Options::default()).unwrap();
            assert_eq!(forms.commit(0), Some(answer));

            let seen = recorded(&table.rows, &[], commit.index).unwrap();
            assert_eq!((seen.aid, seen.commit), (Some(AID), Some(answer)));
            let trace = follow(&seen.operations, &Options::default()).unwrap();
            assert_eq!((forms.transactions, trace.transactions), (1, 1));
            let tmi = trace.tmi(0);
            assert_eq!(
                hex::upper(forms.tmi(0)),
                hex::upper(&tmi),
                "{}",
                seen.operations
            );

            let keys = tmac::session_keys(&plan.tmac_key, answer.tmc, &plan.uid).result;
            assert_eq!(tmac::tmv(&keys, &tmi).result, answer.tmv, "the card");
            vectors.push(vector(vectors.len(), &plan, &table.done, &tmi, answer));
        }
    }
    let file = json!({"format": "mifare-vectors/1", "topic": "tmac", "count": vectors.len(),
        "vectors": vectors});
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("transactions.json");
    std::fs::write(path, file.to_string()).unwrap();
}
