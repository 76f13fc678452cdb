//! Errors are written to stand after a colon; where one stands alone it begins with a capital letter.

/// The text with a capital letter.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.collect::<String>() + letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::capital;

    #[test]
    fn only_the_first_letter_changes() {
        let texts = ["the port", "PC/SC is", "1 card", "ärger", ""].map(capital);
        assert_eq!(texts, ["The port", "PC/SC is", "1 card", "Ärger", ""]);
    }
}
