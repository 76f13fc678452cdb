//! The manual's pages, part of the documentation so that links are checked.

/// Words of the field, as this code uses them.
#[doc = include_str!("glossary.md")]
pub mod glossary {}

/// Documents that the code refers to.
#[doc = include_str!("spec-index.md")]
pub mod spec_index {}
