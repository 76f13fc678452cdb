//! The demo cards and their keys: public constants, so that the sample sessions replay without a key file.

use crate::card::product::Product;
use crate::virtual_card::Image;

/// UID of cards as delivered.
pub const FACTORY_UID: [u8; 7] = [0x04, 0x5A, 0x21, 0x6C, 0x3B, 0x70, 0x80];

/// The card before personalisation.
pub const BLANK: &str = "demo-blank";
/// The personalised card.
pub const PERSONALISED: &str = "demo";
/// The personalised card with a random UID.
pub const RANDOM_UID: &str = "demo-random-uid";
/// The card whose files have a set of access conditions for the server's own key.
pub const TWO_SETS: &str = "demo-two-sets";
/// The same, and every commit names its reader.
pub const READER_ID: &str = "demo-reader-id";

/// A card of this product as delivered, with the name by which sessions call it.
pub fn factory(product: Product) -> (String, Image) {
    let name = format!("{FACTORY}{}", product.name());
    (name, Image::factory(product, FACTORY_UID))
}

/// The image of this name, when it is that of a card as delivered.
pub fn factory_named(name: &str) -> Option<Image> {
    let product = Product::from_name(name.strip_prefix(FACTORY)?)?;
    Some(factory(product).1)
}

/// Start of the name by which sessions call a card as delivered.
const FACTORY: &str = "factory-";

/// The text of a demo image, by name.
pub fn image(name: &str) -> Option<&'static str> {
    match name {
        BLANK => Some(include_str!("../../assets/demo-blank.json")),
        PERSONALISED => Some(include_str!("../../assets/demo.json")),
        RANDOM_UID => Some(include_str!("../../assets/demo-random-uid.json")),
        TWO_SETS => Some(include_str!("../../assets/demo-two-sets.json")),
        READER_ID => Some(include_str!("../../assets/demo-reader-id.json")),
        _ => None,
    }
}

/// The text of the demo key file.
pub const fn keys() -> &'static str {
    include_str!("../../assets/demo-keys.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_as_delivered_is_found_by_its_name() {
        for product in Product::ALL {
            let (name, image) = factory(product);
            assert_eq!(image.check(), Ok(()));
            assert_eq!(factory_named(&name), Some(image));
        }
        assert_eq!(factory_named(PERSONALISED), None);
    }
}
