//! The demo card and its keys: public constants, so that the sample sessions replay without a key file.

/// The card before personalisation.
pub const BLANK: &str = "demo-blank";
/// The personalised card.
pub const PERSONALISED: &str = "demo";

/// The text of a demo image, by name.
pub fn image(name: &str) -> Option<&'static str> {
    match name {
        BLANK => Some(include_str!("../../assets/demo-blank.json")),
        PERSONALISED => Some(include_str!("../../assets/demo.json")),
        _ => None,
    }
}

/// The text of the demo key file.
pub const fn keys() -> &'static str {
    include_str!("../../assets/demo-keys.json")
}
