//! What a key search found, as JSON lines: what `find-keys --json` prints, one object for each recorded authentication.

use serde::Serialize;

/// A recorded authentication with the keys that fit it.
#[derive(Debug, Serialize)]
pub struct Authentication<'a> {
    /// Row that shows it.
    pub row: usize,
    /// Conversation of a vector file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<&'a str>,
    /// The data sheet's name of the command.
    pub command: &'a str,
    /// Selected application, most significant byte first; `None` when it is not known.
    pub aid: Option<String>,
    /// Key number of the command.
    pub key_no: u8,
    /// UID of the card, where the recording shows it.
    pub uid: Option<String>,
    /// Keys that fit.
    pub matches: Vec<Found<'a>>,
}

/// A key that fits.
#[derive(Debug, Serialize)]
pub struct Found<'a> {
    /// Label of the key table; `None` for a key of a dictionary.
    pub label: Option<&'a str>,
    /// Name of the dictionary.
    pub dictionary: Option<&'a str>,
    /// Line in the dictionary, from 1.
    pub line: Option<u64>,
    /// Type of the key.
    #[serde(rename = "type")]
    pub key_type: &'a str,
    /// How the stored value gives the key; `None` when it is the key.
    pub diversify: Option<Diversify>,
    /// How it is like the first key that fits: `same`, or `parity` for bits of a DES key that are no part of the cipher.
    pub alike: Option<&'static str>,
    /// The verdict on the host's proof.
    pub auth_host: &'static str,
    /// The verdict on the card's proof.
    pub auth_card: &'static str,
    /// The key; only with secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// A rule with its input template.
#[derive(Debug, Serialize)]
pub struct Diversify {
    /// Name of the rule.
    pub rule: &'static str,
    /// Template of its input.
    pub input: String,
}

impl Authentication<'_> {
    /// The object as one line.
    pub fn json(&self) -> String {
        // Strings and numbers only: this form always serialises.
        serde_json::to_string(self).unwrap_or_default()
    }
}
