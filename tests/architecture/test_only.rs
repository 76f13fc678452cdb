//! Tells what is compiled for tests only; the house rules leave it alone.
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

/// Whether an item with these attributes is compiled for tests only.
pub(crate) fn is_test_only(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg") && implies_test(&attribute.meta))
    })
}

/// Whether `cfg(…)`, or the condition of `cfg_attr(…)`, can only hold in tests.
pub(crate) fn implies_test(meta: &Meta) -> bool {
    let nested = || match meta {
        Meta::List(list) => list
            .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
            .unwrap_or_default(),
        _ => Punctuated::new(),
    };
    let path = meta.path();
    if path.is_ident("cfg") || path.is_ident("cfg_attr") {
        nested().first().is_some_and(implies_test)
    } else if path.is_ident("all") {
        nested().iter().any(implies_test)
    } else if path.is_ident("any") {
        let conditions = nested();
        !conditions.is_empty() && conditions.iter().all(implies_test)
    } else {
        matches!(meta, Meta::Path(path) if path.is_ident("test"))
    }
}
