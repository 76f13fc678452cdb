//! The Transaction MAC (DESFire reference §6).

use crate::crypto::Secret;
use crate::crypto::cmac::CmacKey;
use crate::tmac;
use crate::trace::Exchange;

use super::mistake::{Explanation, Family, Input, Mistake, Side};
use super::recipe::Cut;
use super::search::{Check, Entry, Part, Space, Subject, search};

const fn tmv(code: &'static str, title: &'static str, fix: &'static str) -> Mistake {
    Mistake {
        code,
        title,
        fix,
        section: "DESFire reference §6.2, §6.3",
        family: Family::Tmac,
    }
}

/// A CommitTransaction under one TransactionMAC key.
#[derive(Clone, Debug)]
pub(super) struct Commit {
    key: Secret,
    uid: Vec<u8>,
    tmc: u32,
    tmv: [u8; 8],
    tmi: Vec<u8>,
    without_last: usize,
    at: usize,
}

/// How a TMV is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    /// TMC as a number of which the least significant byte goes first.
    tmc: u32,
    /// Under SesTMENCKey.
    is_enc: bool,
    cut: Cut,
    /// How much of the TMI it covers.
    covered: usize,
}

pub(super) static ENTRIES: [Entry<Commit>; 6] = [
    Entry {
        mistake: tmv(
            "tmv-tmc-behind",
            "The TMV was made with the session key of the TMC before: TMC was not advanced.",
            "Advance TMC first: the session key comes from the TMC that CommitTransaction answers.",
        ),
        part: Part::Counter,
        alter: |commit, made| {
            let before = commit.tmc.checked_sub(1);
            before
                .map(|tmc| Made { tmc, ..*made })
                .into_iter()
                .collect()
        },
    },
    Entry {
        mistake: tmv(
            "tmv-tmc-big-endian",
            "TMC is in the other byte order in the session vector.",
            "Put the least significant byte of TMC first.",
        ),
        part: Part::CounterOrder,
        alter: |_, made| {
            let tmc = made.tmc.swap_bytes();
            vec![Made { tmc, ..*made }]
        },
    },
    Entry {
        mistake: tmv(
            "tmv-key-swapped",
            "The TMV was made under SesTMENCKey.",
            "Make it under SesTMMACKey, from the vector that starts with 5A.",
        ),
        part: Part::Keys,
        alter: |_, made| {
            vec![Made {
                is_enc: true,
                ..*made
            }]
        },
    },
    Entry {
        mistake: tmv(
            "tmv-even-bytes",
            "Bytes 0, 2, … 14 of the CMAC are the TMV.",
            "Take bytes 1, 3, … 15 of the CMAC.",
        ),
        part: Part::Cut,
        alter: |_, made| {
            vec![Made {
                cut: Cut::Even,
                ..*made
            }]
        },
    },
    Entry {
        mistake: tmv(
            "tmv-first-bytes",
            "The first 8 bytes of the CMAC are the TMV.",
            "Take bytes 1, 3, … 15 of the CMAC.",
        ),
        part: Part::Cut,
        alter: |_, made| {
            vec![Made {
                cut: Cut::First,
                ..*made
            }]
        },
    },
    Entry {
        mistake: tmv(
            "tmv-last-command-missing",
            "The last command of the transaction is missing in the TMI.",
            "Append every read and write since the last commit to the TMI.",
        ),
        part: Part::Cover,
        alter: |commit, made| {
            vec![Made {
                covered: commit.without_last,
                ..*made
            }]
        },
    },
];

impl Subject for Commit {
    type Recipe = Made;

    fn side(&self) -> Side {
        Side::Response
    }

    fn rules(&self) -> Made {
        Made {
            tmc: self.tmc,
            is_enc: false,
            cut: Cut::Odd,
            covered: self.tmi.len(),
        }
    }

    fn checks(&self, made: &Made) -> Option<Vec<Check>> {
        let keys = tmac::session_keys(&self.key.aes128()?, made.tmc, &self.uid).result;
        let key = if made.is_enc { keys.enc } else { keys.mac };
        let mac = CmacKey::new(&key).mac(&[self.tmi.get(..made.covered)?]);
        let expected = made.cut.of(&mac, self.tmv.len());
        Some(vec![Check::new(Space::Wire, 4, &expected, &self.tmv)])
    }

    fn inputs(&self, made: &Made) -> Vec<Input> {
        let tmi = self.tmi.get(..made.covered).unwrap_or_default();
        vec![
            Input::clear("TMC", &made.tmc.to_le_bytes(), Some(self.at)),
            Input::clear("UID", &self.uid, None),
            Input::clear("TMI", tmi, None),
            Input::secret("AppTransactionMACKey", &self.key, None),
        ]
    }
}

/// Explains the TMV of a CommitTransaction.
pub(super) fn explain(row: &Exchange, at: usize) -> Vec<Explanation> {
    let Some(seen) = row.commit.as_deref() else {
        return Vec::new();
    };
    let commits = seen.keys.iter().map(|key| Commit {
        key: key.clone(),
        uid: seen.uid.clone(),
        tmc: seen.tmc,
        tmv: seen.tmv,
        tmi: seen.tmi.clone(),
        without_last: seen.without_last,
        at,
    });
    commits
        .flat_map(|commit| search(&commit, &super::refs(&ENTRIES)).explanations())
        .collect()
}
