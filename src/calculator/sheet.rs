//! The table that a topic writes: steps with label, bytes and section, results, checks, headings and notes.

use std::collections::BTreeMap;

use super::input::{Place, Slip, Weight};

/// Bytes that stand in for computed ones, by the keys of their steps.
pub type Overrides = BTreeMap<String, Vec<u8>>;

/// What a line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A step on the way.
    Step,
    /// What was asked for.
    Result,
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Names the line within the table: its label, from the second line of a label on with `#2`, `#3`, …
    pub key: String,
    /// What stands there, such as `SV 1`.
    pub label: String,
    /// Document and section of the rule; empty for what needs none.
    pub section: &'static str,
    /// What it is for.
    pub role: Role,
    /// Key material: hidden until held.
    pub secret: bool,
    /// What it holds.
    pub content: Content,
}

/// What a line holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Bytes, with the computed ones where others stand in for them.
    Bytes {
        /// What the next steps use.
        bytes: Vec<u8>,
        /// What was computed, when `bytes` is what the user put there.
        computed: Option<Vec<u8>>,
    },
    /// Words or a number.
    Text(String),
    /// A comparison of what was computed with what was given.
    Check {
        /// What the rules give.
        expected: Vec<u8>,
        /// What was given.
        got: Vec<u8>,
    },
    /// A statement that holds or not, without bytes to compare.
    Verdict {
        /// Whether it holds.
        holds: bool,
        /// In words.
        text: String,
    },
    /// The head of the lines after it.
    Heading,
    /// A sentence that teaches; the label is empty.
    Note(String),
}

impl Line {
    /// The bytes that can be copied, compared and changed.
    pub fn bytes(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Bytes { bytes, .. } => Some(bytes),
            _ => None,
        }
    }

    /// Whether it is a check that failed.
    pub fn is_wrong(&self) -> bool {
        match &self.content {
            Content::Check { expected, got } => expected != got,
            Content::Verdict { holds, .. } => !holds,
            _ => false,
        }
    }
}

/// The table while and after it is written.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    lines: Vec<Line>,
    changed: Overrides,
}

/// Bytes of a step, of any or of one length.
pub trait StepBytes: Sized {
    /// As a slice.
    fn view(&self) -> &[u8];
    /// Back from other bytes; `None` when they have another length.
    fn from_other(bytes: &[u8]) -> Option<Self>;
    /// The length it needs.
    const LEN: Option<usize>;
}

impl StepBytes for Vec<u8> {
    const LEN: Option<usize> = None;

    fn view(&self) -> &[u8] {
        self
    }

    fn from_other(bytes: &[u8]) -> Option<Self> {
        Some(bytes.to_vec())
    }
}

impl<const N: usize> StepBytes for [u8; N] {
    const LEN: Option<usize> = Some(N);

    fn view(&self) -> &[u8] {
        self
    }

    fn from_other(bytes: &[u8]) -> Option<Self> {
        Self::try_from(bytes).ok()
    }
}

impl Sheet {
    /// An empty table, with what stands in for computed steps.
    pub fn new(changed: Overrides) -> Self {
        Self {
            lines: Vec::new(),
            changed,
        }
    }

    /// The lines so far.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The line of a key.
    pub fn line(&self, key: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.key == key)
    }

    /// The bytes of a key's line.
    pub fn bytes(&self, key: &str) -> Option<&[u8]> {
        self.line(key).and_then(Line::bytes)
    }

    /// Whether a check failed.
    pub fn is_wrong(&self) -> bool {
        self.lines.iter().any(Line::is_wrong)
    }

    /// Adds a step and gives the bytes to go on with.
    pub fn step<B: StepBytes>(
        &mut self,
        label: impl Into<String>,
        section: &'static str,
        bytes: B,
    ) -> Result<B, Slip> {
        self.put(label.into(), section, Role::Step, false, bytes)
    }

    /// Adds a step that is key material.
    pub fn secret_step<B: StepBytes>(
        &mut self,
        label: impl Into<String>,
        section: &'static str,
        bytes: B,
    ) -> Result<B, Slip> {
        self.put(label.into(), section, Role::Step, true, bytes)
    }

    /// Adds what was asked for.
    pub fn result<B: StepBytes>(
        &mut self,
        label: impl Into<String>,
        section: &'static str,
        bytes: B,
    ) -> Result<B, Slip> {
        self.put(label.into(), section, Role::Result, false, bytes)
    }

    /// Adds what was asked for and is key material.
    pub fn secret_result<B: StepBytes>(
        &mut self,
        label: impl Into<String>,
        section: &'static str,
        bytes: B,
    ) -> Result<B, Slip> {
        self.put(label.into(), section, Role::Result, true, bytes)
    }

    /// Adds words or a number.
    pub fn fact(
        &mut self,
        label: impl Into<String>,
        section: &'static str,
        text: impl Into<String>,
    ) {
        let content = Content::Text(text.into());
        self.push(label.into(), section, Role::Result, false, content);
    }

    /// Compares what the rules give with what was given; says whether they are the same.
    pub fn check(
        &mut self,
        label: impl Into<String>,
        section: &'static str,
        expected: &[u8],
        got: &[u8],
    ) -> bool {
        let content = Content::Check {
            expected: expected.to_vec(),
            got: got.to_vec(),
        };
        self.push(label.into(), section, Role::Result, false, content);
        expected == got
    }

    /// [`Sheet::check`] of key material.
    pub fn secret_check(
        &mut self,
        label: impl Into<String>,
        section: &'static str,
        expected: &[u8],
        got: &[u8],
    ) -> bool {
        let fits = self.check(label, section, expected, got);
        if let Some(line) = self.lines.last_mut() {
            line.secret = true;
        }
        fits
    }

    /// Adds a statement that holds or not.
    pub fn verdict(
        &mut self,
        label: impl Into<String>,
        section: &'static str,
        holds: bool,
        text: impl Into<String>,
    ) {
        let text = text.into();
        let content = Content::Verdict { holds, text };
        self.push(label.into(), section, Role::Result, false, content);
    }

    /// Adds the head of what follows.
    pub fn heading(&mut self, text: impl Into<String>) {
        self.push(text.into(), "", Role::Step, false, Content::Heading);
    }

    /// Adds a sentence that teaches.
    pub fn note(&mut self, text: impl Into<String>) {
        self.push(
            String::new(),
            "",
            Role::Step,
            false,
            Content::Note(text.into()),
        );
    }

    /// Refuses what stands in for the step just added when it is not whole blocks: ciphers leave the rest as it is.
    pub fn need_blocks(&self, block: usize) -> Result<(), Slip> {
        self.need(
            |len| len > 0 && len.is_multiple_of(block),
            &format!("a multiple of {block}"),
        )
    }

    /// Refuses what stands in for the step just added when it has another length.
    pub fn need_len(&self, expected: usize) -> Result<(), Slip> {
        self.need(|len| len == expected, &expected.to_string())
    }

    fn need(&self, fits: impl Fn(usize) -> bool, expected: &str) -> Result<(), Slip> {
        let Some(Line {
            key,
            content:
                Content::Bytes {
                    bytes,
                    computed: Some(_),
                },
            ..
        }) = self.lines.last()
        else {
            return Ok(());
        };
        if fits(bytes.len()) {
            return Ok(());
        }
        Err(unfit(key, bytes.len(), expected))
    }

    fn put<B: StepBytes>(
        &mut self,
        label: String,
        section: &'static str,
        role: Role,
        secret: bool,
        bytes: B,
    ) -> Result<B, Slip> {
        let key = self.key(&label);
        let Some(other) = self.changed.get(&key).cloned() else {
            let content = Content::Bytes {
                bytes: bytes.view().to_vec(),
                computed: None,
            };
            self.push(label, section, role, secret, content);
            return Ok(bytes);
        };
        let used = B::from_other(&other);
        let content = Content::Bytes {
            bytes: other.clone(),
            computed: Some(bytes.view().to_vec()),
        };
        self.push(label, section, role, secret, content);
        let expected = B::LEN.unwrap_or_default().to_string();
        used.ok_or_else(|| unfit(&key, other.len(), &expected))
    }

    fn push(
        &mut self,
        label: String,
        section: &'static str,
        role: Role,
        secret: bool,
        content: Content,
    ) {
        let key = self.key(&label);
        self.lines.push(Line {
            key,
            label,
            section,
            role,
            secret,
            content,
        });
    }

    fn key(&self, label: &str) -> String {
        match self.lines.iter().filter(|line| line.label == label).count() {
            0 => label.to_owned(),
            before => format!("{label}#{}", before + 1),
        }
    }
}

/// Bytes in the place of a step that nothing can be computed with.
fn unfit(key: &str, len: usize, expected: &str) -> Slip {
    Slip {
        place: Place::Step(key.to_owned()),
        weight: Weight::Refused,
        text: format!("{len} bytes, {expected} expected"),
        hint: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_gives_what_stands_in_for_it() {
        let changed = Overrides::from([("B#2".to_owned(), vec![9, 9])]);
        let mut sheet = Sheet::new(changed);
        assert_eq!(sheet.step("B", "", [1, 2]), Ok([1, 2]));
        assert_eq!(sheet.step("B", "", [3, 4]), Ok([9, 9]));
        let content = &sheet.line("B#2").expect("the second").content;
        assert_eq!(
            *content,
            Content::Bytes {
                bytes: vec![9, 9],
                computed: Some(vec![3, 4])
            }
        );
    }

    #[test]
    fn a_step_of_one_length_refuses_another() {
        let mut sheet = Sheet::new(Overrides::from([("IV".to_owned(), vec![1, 2, 3])]));
        let slip = sheet.step("IV", "", [0; 4]).expect_err("three bytes");
        assert_eq!(slip.place, Place::Step("IV".into()));
        assert_eq!(slip.text, "3 bytes, 4 expected");
        assert_eq!(
            sheet.bytes("IV"),
            Some(&[1, 2, 3][..]),
            "what was typed stays visible"
        );
    }

    #[test]
    fn only_what_stands_in_for_a_step_has_to_be_whole() {
        let changed = Overrides::from([("B".to_owned(), vec![1, 2, 3])]);
        let mut sheet = Sheet::new(changed);
        assert_eq!(sheet.step("A", "", vec![1, 2, 3]), Ok(vec![1, 2, 3]));
        assert_eq!(sheet.need_blocks(2), Ok(()), "its input answers for it");
        assert_eq!(sheet.step("B", "", vec![1, 2]), Ok(vec![1, 2, 3]));
        let slip = sheet.need_blocks(2).expect_err("three bytes");
        assert_eq!(slip.place, Place::Step("B".into()));
        assert_eq!(slip.text, "3 bytes, a multiple of 2 expected");
        assert_eq!(sheet.need_len(3), Ok(()));
        let slip = sheet.need_len(4).expect_err("three bytes");
        assert_eq!(slip.text, "3 bytes, 4 expected");
    }

    #[test]
    fn a_table_is_wrong_when_a_check_fails() {
        let mut sheet = Sheet::default();
        assert!(sheet.check("MAC", "", &[1], &[1]));
        assert!(!sheet.is_wrong());
        assert!(!sheet.check("MAC", "", &[1], &[2]));
        assert!(sheet.is_wrong());
    }
}
