//! A display filter that the user keeps.

use serde::{Deserialize, Serialize};

/// A filter with a name. In a file it is its text alone while it has no name of its own, as in the first settings files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Form", into = "Form")]
pub struct SavedFilter {
    /// What people read; empty while the text is its name.
    pub name: String,
    /// The filter.
    pub text: String,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Form {
    Text(String),
    Named {
        #[serde(default)]
        name: String,
        filter: String,
    },
}

impl SavedFilter {
    /// A filter that is named by its text.
    pub fn new(text: &str) -> Self {
        Self {
            name: String::new(),
            text: text.to_owned(),
        }
    }

    /// What people read.
    pub fn title(&self) -> &str {
        let name = self.name.trim();
        if name.is_empty() { &self.text } else { name }
    }
}

impl From<Form> for SavedFilter {
    fn from(form: Form) -> Self {
        match form {
            Form::Text(text) => Self::new(&text),
            Form::Named { name, filter } => Self { name, text: filter },
        }
    }
}

impl From<SavedFilter> for Form {
    fn from(SavedFilter { name, text }: SavedFilter) -> Self {
        if name.is_empty() {
            Self::Text(text)
        } else {
            Self::Named { name, filter: text }
        }
    }
}
