//! A computation that shows its steps, as the worked examples of the application notes do.

/// One line of a worked example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What the bytes are, such as `SV 1`.
    pub label: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Document and section of the rule.
    pub section: &'static str,
}

/// A result together with the steps that led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worked<T> {
    /// The result.
    pub result: T,
    /// The steps, in the order of the computation.
    pub steps: Vec<Step>,
}

impl<T> Worked<T> {
    /// Starts with a result and no steps.
    pub fn new(result: T) -> Self {
        Self {
            result,
            steps: Vec::new(),
        }
    }

    /// Adds a step.
    pub fn step(
        mut self,
        label: &'static str,
        bytes: impl Into<Vec<u8>>,
        section: &'static str,
    ) -> Self {
        self.steps.push(Step {
            label,
            bytes: bytes.into(),
            section,
        });
        self
    }
}
