//! Templates of diversification inputs, such as `{uid}{aid}4E585020`.

use crate::bytes::hex::{self, HexError};
use crate::card::Aid;

/// A diversification input: bytes, and what identifies card, application and key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Piece {
    Bytes(Vec<u8>),
    Place(Placeholder),
}

/// What stands in braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Placeholder {
    /// The UID, 7 bytes.
    Uid,
    /// The AID in wire order, least significant byte first.
    Aid,
    /// The AID, most significant byte first.
    AidWritten,
    /// The key number, one byte.
    KeyNo,
}

impl Placeholder {
    const ALL: [Self; 4] = [Self::Uid, Self::Aid, Self::AidWritten, Self::KeyNo];

    const fn name(self) -> &'static str {
        match self {
            Self::Uid => "uid",
            Self::Aid => "aid",
            Self::AidWritten => "aid_be",
            Self::KeyNo => "key_no",
        }
    }
}

/// Why a template can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A placeholder that does not exist.
    #[error(
        "placeholder {{{0}}} is not known, {{uid}}, {{aid}}, {{aid_be}} or {{key_no}} expected"
    )]
    Placeholder(String),
    /// A brace without its partner.
    #[error("a brace is not closed")]
    Brace,
    /// Text that is no hexadecimal number.
    #[error(transparent)]
    Hex(#[from] HexError),
}

/// Card, application and key that an input is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target<'a> {
    /// The UID, where it is known.
    pub uid: Option<&'a [u8]>,
    /// The application, where it is known.
    pub aid: Option<Aid>,
    /// The key number, where it is known.
    pub key_no: Option<u8>,
}

impl Template {
    /// Reads a template: placeholders `{uid}`, `{aid}` (wire order), `{aid_be}`, `{key_no}`, and hexadecimal bytes.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((bytes, after)) = rest.split_once('{') {
            if !bytes.trim().is_empty() {
                pieces.push(Piece::Bytes(hex::parse(bytes)?));
            }
            let (name, after) = after.split_once('}').ok_or(TemplateError::Brace)?;
            let name = name.trim();
            let place = Placeholder::ALL.into_iter().find(|one| one.name() == name);
            pieces.push(match place {
                Some(place) => Piece::Place(place),
                None => return Err(TemplateError::Placeholder(name.to_owned())),
            });
            rest = after;
        }
        if !rest.trim().is_empty() {
            pieces.push(Piece::Bytes(hex::parse(rest)?));
        }
        Ok(Self(pieces))
    }

    /// The text that [`Template::parse`] reads.
    pub fn text(&self) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Bytes(bytes) => hex::upper(bytes),
                Piece::Place(place) => format!("{{{}}}", place.name()),
            })
            .collect()
    }

    /// The input for one card; `None` when a placeholder has no value.
    pub fn fill(&self, target: Target<'_>) -> Option<Vec<u8>> {
        let mut input = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Bytes(bytes) => input.extend_from_slice(bytes),
                Piece::Place(Placeholder::Uid) => input.extend_from_slice(target.uid?),
                Piece::Place(Placeholder::Aid) => input.extend_from_slice(&target.aid?.wire()),
                Piece::Place(Placeholder::AidWritten) => {
                    input.extend(target.aid?.wire().into_iter().rev());
                }
                Piece::Place(Placeholder::KeyNo) => input.push(target.key_no?),
            }
        }
        Some(input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_with_what_identifies_card_application_and_key() {
        let template = Template::parse("{uid}{aid} 4E58{aid_be}{ key_no }").unwrap();
        assert_eq!(template.text(), "{uid}{aid}4E58{aid_be}{key_no}");
        assert_eq!(Template::parse(&template.text()), Ok(template.clone()));
        let target = Target {
            uid: Some(&[4, 5]),
            aid: "014499".parse().ok(),
            key_no: Some(3),
        };
        let input = template.fill(target).map(hex::upper);
        assert_eq!(input.as_deref(), Some("04059944014E5801449903"));
        for missing in [
            Target {
                uid: None,
                ..target
            },
            Target {
                aid: None,
                ..target
            },
            Target {
                key_no: None,
                ..target
            },
        ] {
            assert_eq!(template.fill(missing), None);
        }
    }

    #[test]
    fn what_is_no_template_is_said() {
        assert_eq!(
            Template::parse("{pan}"),
            Err(TemplateError::Placeholder("pan".into()))
        );
        assert_eq!(Template::parse("{uid"), Err(TemplateError::Brace));
        let error = Template::parse("{uid}0").unwrap_err().to_string();
        assert_eq!(error, "1 digits, an even number expected");
    }
}
