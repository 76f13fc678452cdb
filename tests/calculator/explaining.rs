//! "My value": mistakes that give the user's bytes are named, chance is not.

use tapscope::bytes::hex;
use tapscope::calculator::{self, Overrides};

use super::{digits, run, texts};

const CMAC: [(&str, &str); 2] = [
    ("key", "2B7E151628AED2A6ABF7158809CF4F3C"),
    ("message", "6BC1BEE22E409F96E93D7E1173931700"),
];

pub(super) fn explain(topic: &str, pairs: &[(&str, &str)], key: &str, mine: &str) -> Vec<String> {
    let topic = calculator::topic(topic).expect("a topic");
    let mine = hex::parse(mine).expect("digits");
    calculator::explain(topic, &texts(pairs), &Overrides::new(), key, &mine)
        .into_iter()
        .map(|explanation| explanation.mistakes.join(" + "))
        .collect()
}

#[test]
fn the_right_value_needs_no_explanation_and_chance_has_none() {
    let right = digits(&run("cmac", &CMAC), "CMAC");
    assert_eq!(explain("cmac", &CMAC, "CMAC", &right), [""; 0]);
    assert_eq!(
        explain("cmac", &CMAC, "CMAC", "0123456789ABCDEF0123456789ABCDEE"),
        [""; 0]
    );
}

#[test]
fn the_even_bytes_in_place_of_the_odd_ones() {
    let whole = digits(&run("cmac", &CMAC), "CMAC");
    let even: String = (0..16)
        .step_by(2)
        .map(|at| &whole[2 * at..2 * at + 2])
        .collect();
    let found = explain("cmac", &CMAC, "MACt, odd bytes", &even);
    assert_eq!(found, ["These are the even bytes (0, 2, …) of CMAC"]);
}

#[test]
fn a_reversed_key_and_with_it_a_second_mistake() {
    let reversed = [("key", "3C4FCF098815F7ABA6D2AE2816157E2B"), CMAC[1]];
    let outcome = run("cmac", &reversed);
    let found = explain("cmac", &CMAC, "CMAC", &digits(&outcome, "CMAC"));
    assert_eq!(found, ["Key stands in the other byte order"]);
    let first_half = digits(&outcome, "First 8 bytes");
    let found = explain("cmac", &CMAC, "MACt, odd bytes", &first_half);
    assert!(
        found.contains(
            &"Key stands in the other byte order + This is the first half of CMAC".to_owned()
        ),
        "{found:?}"
    );
}

#[test]
fn two_inputs_at_once() {
    let wrong = [
        ("key", "3C4FCF098815F7ABA6D2AE2816157E2B"),
        ("message", "00179373117E3DE9969F402EE2BEC16B"),
    ];
    let found = explain("cmac", &CMAC, "CMAC", &digits(&run("cmac", &wrong), "CMAC"));
    assert!(
        found.contains(
            &"Key stands in the other byte order + Message stands in the other byte order"
                .to_owned()
        ),
        "{found:?}"
    );
}

#[test]
fn a_step_on_the_way_that_was_zero() {
    let pairs = [
        CMAC[0],
        ("message", CMAC[1].1),
        ("iv", "00112233445566778899AABBCCDDEEFF"),
    ];
    let found = explain("cmac", &pairs, "CMAC", &digits(&run("cmac", &CMAC), "CMAC"));
    assert!(found.contains(&"IV is all zero".to_owned()), "{found:?}");
}
