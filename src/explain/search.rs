//! Trying every mistake, then every two, until the received bytes come out.
//!
//! A subject has a recipe by the rules; a mistake alters parts of it. Which bytes a recipe gives is for the subject to
//! say, as checks: what should stand where, and what stands there. Bytes that fit by the rules already are no evidence.

use super::mistake::{Explanation, Input, Mistake, Side};

/// A line of the catalogue.
pub(super) struct Entry<S: Subject> {
    pub(super) mistake: Mistake,
    /// What it alters: two mistakes go together when they alter different parts.
    pub(super) part: Part,
    /// All ways of making the mistake; none where it can't be made.
    pub(super) alter: fn(&S, &S::Recipe) -> Vec<S::Recipe>,
}

/// Parts of a recipe that do not depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Keys,
    /// Which session key does what.
    KeyOrder,
    /// The order of the random numbers in a session vector.
    VectorOrder,
    /// What else a session vector is made of.
    Vector,
    Ti,
    TiOrder,
    Counter,
    CounterOrder,
    Iv,
    IvLabel,
    /// Which bytes of a MAC are sent.
    Cut,
    /// What stands for the command code or status.
    Code,
    /// What stands for the status in the CMACs of EV1; a host that errs about it has another IV.
    Status,
    Header,
    /// What of the data the MAC covers.
    Cover,
    /// The kind of MAC.
    MacKind,
    Padding,
    /// The direction of the cipher.
    Cipher,
    CrcFlavour,
    CrcRange,
    CrcOrder,
    /// How old and new key are mixed.
    Mix,
    SecondCrc,
    Version,
    KeyType,
    /// A rotation.
    Rotation,
    /// The order of two random numbers.
    Order,
}

/// Where bytes stand that a check compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// As transmitted.
    Wire,
    /// Deciphered.
    Clear,
}

/// What should stand at a place and what stands there.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) space: Space,
    pub(super) at: usize,
    pub(super) expected: Vec<u8>,
    pub(super) received: Vec<u8>,
    /// Bits that chance takes off: the logarithm of the places or keys that were tried.
    pub(super) discount: u32,
}

impl Check {
    pub(super) fn new(space: Space, at: usize, expected: &[u8], received: &[u8]) -> Self {
        Self {
            space,
            at,
            expected: expected.to_vec(),
            received: received.to_vec(),
            discount: 0,
        }
    }

    pub(super) fn fits(&self) -> bool {
        self.expected == self.received
    }

    fn covers(&self, space: Space, at: usize) -> bool {
        self.space == space && (self.at..self.at + self.received.len()).contains(&at)
    }
}

/// What is to be explained.
pub(super) trait Subject: Sized + 'static {
    /// How its bytes are made.
    type Recipe: Clone;

    fn side(&self) -> Side;

    /// The recipe by the rules.
    fn rules(&self) -> Self::Recipe;

    /// What a recipe gives; `None` where it can't be followed.
    fn checks(&self, recipe: &Self::Recipe) -> Option<Vec<Check>>;

    /// The checks of a recipe with which all bytes fit.
    fn fitting(&self, recipe: &Self::Recipe) -> Option<Vec<Check>> {
        let checks = self.checks(recipe)?;
        (!checks.is_empty() && checks.iter().all(Check::fits)).then_some(checks)
    }

    /// Whether the checks of the rules leave nothing open.
    fn is_proved(&self) -> bool {
        true
    }

    /// What the recipe starts from, what was altered first.
    fn inputs(&self, recipe: &Self::Recipe) -> Vec<Input>;

    /// The bytes to show: by the rules, and received. `by_rules` are the checks of the rules.
    fn shown(&self, _recipe: &Self::Recipe, by_rules: &[Check]) -> (Vec<u8>, Vec<u8>) {
        let wrong = by_rules.iter().find(|check| !check.fits());
        wrong.map_or_else(Default::default, |check| {
            (check.expected.clone(), check.received.clone())
        })
    }
}

/// What the search found.
pub(super) enum Found {
    /// The bytes are those by the rules.
    Right,
    /// They are not; best first.
    Explained(Vec<Explanation>),
}

impl Found {
    /// What was found.
    pub(super) fn explanations(self) -> Vec<Explanation> {
        match self {
            Self::Right => Vec::new(),
            Self::Explained(found) => found,
        }
    }
}

/// Tries all entries alone and, when none is certain, in pairs.
pub(super) fn search<S: Subject>(subject: &S, entries: &[&'static Entry<S>]) -> Found {
    let rules = subject.rules();
    let by_rules = subject.checks(&rules).unwrap_or_default();
    if !by_rules.is_empty() && by_rules.iter().all(Check::fits) && subject.is_proved() {
        return Found::Right;
    }
    let trial = Trial { subject, by_rules };
    let altered: Vec<(usize, Vec<S::Recipe>)> = entries
        .iter()
        .enumerate()
        .map(|(place, entry)| (place, (entry.alter)(subject, &rules)))
        .filter(|(_, recipes)| !recipes.is_empty())
        .collect();
    let mut found = Vec::new();
    let mut fitting = Vec::new();
    for (place, recipes) in &altered {
        let Some(entry) = entries.get(*place).copied() else {
            continue;
        };
        let best = recipes
            .iter()
            .filter_map(|recipe| trial.explain(recipe, &[&entry.mistake]))
            .max_by_key(|explanation| explanation.bits);
        if let Some(explanation) = best {
            found.push(explanation);
            fitting.push(*place);
        }
    }
    if !found.iter().any(Explanation::is_certain) {
        found.extend(pairs(&trial, entries, &altered, &fitting));
    }
    Found::Explained(found)
}

/// Two mistakes at once. One that explains the bytes alone needs no second.
fn pairs<S: Subject>(
    trial: &Trial<'_, S>,
    entries: &[&'static Entry<S>],
    altered: &[(usize, Vec<S::Recipe>)],
    fitting: &[usize],
) -> Vec<Explanation> {
    let mut found: Vec<Explanation> = Vec::new();
    let mut tried = 0_u32;
    for (at, (place, recipes)) in altered.iter().enumerate() {
        for (other_place, _) in altered.iter().skip(at + 1) {
            let pair = entries
                .get(*place)
                .copied()
                .zip(entries.get(*other_place).copied());
            let Some((one, other)) = pair else {
                continue;
            };
            let alone = fitting.contains(place) || fitting.contains(other_place);
            if one.part == other.part || alone {
                continue;
            }
            let both = recipes
                .iter()
                .flat_map(|recipe| (other.alter)(trial.subject, recipe));
            let mistakes = [&one.mistake, &other.mistake];
            let best = both
                .inspect(|_| tried += 1)
                .filter_map(|recipe| trial.explain(&recipe, &mistakes))
                .max_by_key(|explanation| explanation.bits);
            found.extend(best);
        }
    }
    let discount = tried.max(1).ilog2() + 1;
    for explanation in &mut found {
        explanation.bits = explanation.bits.saturating_sub(discount);
    }
    found.retain(|explanation| explanation.bits >= NOISE);
    found
}

struct Trial<'a, S> {
    subject: &'a S,
    by_rules: Vec<Check>,
}

impl<S: Subject> Trial<'_, S> {
    fn explain(&self, recipe: &S::Recipe, mistakes: &[&'static Mistake]) -> Option<Explanation> {
        let checks = self.subject.fitting(recipe)?;
        let bits = self.evidence(&checks);
        if bits == 0 {
            return None;
        }
        let (expected, received) = self.subject.shown(recipe, &self.by_rules);
        Some(Explanation {
            mistakes: mistakes.to_vec(),
            side: self.subject.side(),
            bits,
            expected,
            received,
            inputs: self.subject.inputs(recipe),
        })
    }

    /// Bits that fit now and did not by the rules.
    fn evidence(&self, checks: &[Check]) -> u32 {
        let fitted = |space, at| {
            let mut by_rules = self.by_rules.iter();
            by_rules.any(|check| check.fits() && check.covers(space, at))
        };
        checks
            .iter()
            .map(|check| {
                let places = check.at..check.at + check.received.len();
                let new = places.filter(|at| !fitted(check.space, *at)).count();
                let bits = u32::try_from(8 * new).unwrap_or(u32::MAX);
                bits.saturating_sub(check.discount)
            })
            .sum()
    }
}

/// Fewer bits of a pair say nothing: with so many pairs some fit by chance.
const NOISE: u32 = 6;
