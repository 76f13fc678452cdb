//! What an embedded card starts with.

use std::path::Path;

use crate::card::atr;
use crate::card::product::Product;
use crate::session::{CardIdentity, demo, image};
use crate::virtual_card::Image;

use super::{BadInput, files};

/// An image and the name by which sessions call it.
pub(super) struct StartImage {
    pub(super) name: String,
    pub(super) image: Image,
}

impl StartImage {
    /// The image of a file, which must be of this product.
    pub(super) fn file(path: &Path, product: Product) -> Result<Self, BadInput> {
        let name = path
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let place = path.display().to_string();
        Self::read(name, &place, &files::read(path)?, product)
    }

    /// A demo image by its name.
    pub(super) fn demo(name: &str, product: Product) -> Result<Self, BadInput> {
        let text = demo::image(name).unwrap_or_default();
        Self::read(name.to_owned(), name, text.as_bytes(), product)
    }

    /// A card of this product as delivered.
    pub(super) fn factory(product: Product) -> Self {
        let (name, image) = demo::factory(product);
        Self { name, image }
    }

    fn read(name: String, place: &str, bytes: &[u8], product: Product) -> Result<Self, BadInput> {
        let image = image::read(bytes).map_err(|error| BadInput(format!("{place}: {error}")))?;
        if image.product != product {
            return Err(BadInput(format!(
                "{place}: product is {}, expected {}",
                image.product.name(),
                product.name()
            )));
        }
        Ok(Self { name, image })
    }

    /// What identifies the card in a session.
    pub(super) fn identity(&self, atr: Vec<u8>) -> CardIdentity {
        CardIdentity {
            product: Some(self.image.product.name().into()),
            uid: Some(self.image.uid.to_vec()),
            atr: Some(atr),
        }
    }

    /// The answer to reset of the card in a contactless reader.
    pub(super) fn atr(&self) -> Vec<u8> {
        atr::from_ats(self.image.ats())
    }
}

/// The product of this name; `field` says where the name stands.
pub(super) fn product(field: &str, name: &str) -> Result<Product, BadInput> {
    Product::from_name(name).ok_or_else(|| {
        let names = Product::names();
        BadInput(format!("{field} names product {name:?}, expected {names}"))
    })
}
