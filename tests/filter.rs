//! The display filter: its grammar, every relation over recorded rows, completion and the places of errors.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails should stop at once"
)]

mod support;

use proptest::prelude::*;
use tapscope::filter::{
    Completion, Expr, Filter, Literal, Name, Relation, Test, Vocabulary, Walk, complete,
};
use tapscope::trace::{self, Event, Exchange};

/// The recorded top-up, decoded with the demo keys.
fn top_up() -> (Vec<Event>, Vec<Exchange>) {
    let text = std::fs::read("sessions/02-top-up.json").unwrap();
    let events = tapscope::session::read(&text).unwrap().value.events;
    let rows = trace::decode(&events, &support::demo::keyring());
    (events, rows)
}

/// Numbers of the rows that pass; row 4 has a note and a mark.
fn passing(text: &str) -> Vec<usize> {
    let (events, rows) = top_up();
    let filter = Filter::parse(text).unwrap().unwrap();
    let mut walk = Walk::default();
    let mut numbers = Vec::new();
    for row in &rows {
        let own = (row.index == 4).then_some("look at the amount");
        let subject = walk.next(row, &events, (own, row.index == 4));
        if filter.passes(&subject) {
            numbers.push(row.index);
        }
    }
    numbers
}

fn names(of: &[usize]) -> Vec<&'static str> {
    let rows = top_up().1;
    of.iter().map(|index| rows[*index].name()).collect()
}

#[test]
fn every_relation_asks_what_it_says() {
    assert_eq!(names(&passing("cmd == credit")), ["Credit"]);
    assert_eq!(passing("row != 4").len() + 1, top_up().1.len());
    assert_eq!(passing("row < 2"), [0, 1]);
    assert_eq!(passing("row <= 2"), [0, 1, 2]);
    assert_eq!(passing("row > 1 and row < 4"), [2, 3]);
    assert_eq!(passing("row >= 1 && row <= 1"), [1]);
    assert_eq!(
        names(&passing("cmd contains auth")),
        ["AuthenticateEV2First"]
    );
    assert_eq!(names(&passing("cmd matches \"^get.*e$\"")), ["GetValue"]);
    assert_eq!(passing("row in {1, 3, 0x4}"), [1, 3, 4]);
    assert_eq!(passing("note"), [4]);
    assert_eq!(passing("mark or row == 0"), [0, 4]);
    assert_eq!(passing("not row > 0"), [0]);
    assert_eq!(passing("!(row > 0 || mark)"), [0]);
    assert_eq!(passing("\"amount\""), [4]);
}

#[test]
fn values_are_written_as_the_columns_print_them() {
    assert_eq!(passing("file == 03 and cmd == Credit"), [4]);
    assert_eq!(passing("ins == 0C"), [4]);
    assert_eq!(passing("ins == 0x0c"), [4]);
    assert_eq!(passing("app == 014499 and row < 2"), [1]);
    assert_eq!(passing("status == 9000"), [0]);
    assert!(passing("status == 9100").contains(&4));
    assert!(passing("status == 00").contains(&4), "the last byte alone");
    assert!(!passing("status == 00").contains(&0), "9000 has no code");
    assert_eq!(passing("mode == full and ctr == 1"), [4]);
    assert!(passing("key == top-up").contains(&4));
    assert!(passing("key == 3").contains(&4));
    assert!(passing("verdict == verified and mac == ok").contains(&4));
    assert!(passing("verdict == \"decrypted, not verified\"").is_empty());
    assert_eq!(names(&passing("tmv == ok")), ["CommitTransaction"]);
    assert_eq!(passing("plain contains E8030000 and cmd == Credit"), [4]);
    assert_eq!(passing("wire contains \"90 0C\""), [4]);
    assert_eq!(passing("channel == plain"), [1]);
    assert_eq!(passing("time <= 2 and time >= 2000us and row > 0"), [1]);
    assert_eq!(passing("delta == 2ms and row < 3"), [1, 2]);
    assert_eq!(passing("lane == server").len(), top_up().1.len());
    assert_eq!(passing("lane == phone"), [] as [usize; 0]);
}

#[test]
fn a_session_has_the_identifier_that_its_authentication_gave() {
    let rows = top_up().1;
    let ti = rows
        .iter()
        .find_map(|row| row.authentication.as_ref()?.ti())
        .unwrap();
    let ti = tapscope::bytes::hex::upper(ti);
    let inside = passing(&format!("ti == {ti}"));
    assert!(inside.contains(&2) && inside.contains(&4), "{inside:?}");
    assert!(!inside.contains(&1));
    assert_eq!(passing("ti").len(), inside.len());
}

#[test]
fn fields_are_compared_as_numbers_where_they_are() {
    assert_eq!(
        passing("command.Amount == 1000"),
        passing("command.Amount > 999 and command.Amount < 1001")
    );
    assert_eq!(passing("command.AID == 014499").first(), Some(&1));
    assert_eq!(
        passing("response.status == 9000"),
        [0],
        "the value, not what it means"
    );
    assert!(passing("response.status contains \"operation ok\"").contains(&4));
    assert!(passing("command.nothing").is_empty());
}

#[test]
fn what_a_row_does_not_have_is_neither_equal_nor_unequal() {
    let with = passing("ctr");
    let unequal = passing("ctr != 1");
    assert_eq!(unequal.len() + 1, with.len());
    assert!(!unequal.contains(&0));
    assert!(passing("not ctr == 1").contains(&0));
    assert!(!passing("key != 3").contains(&4), "label or number");
}

#[test]
fn errors_name_the_place_and_what_is_missing() {
    for (text, at, expected) in [
        ("mode ==", 7..7, "`==` needs a value after `mode`"),
        (
            "mode == ful",
            8..11,
            "mode is one of plain, mac, full, not ful",
        ),
        ("row == abc", 7..10, "row is a number, abc is none"),
        (
            "status == 91XE",
            10..14,
            "status is written in hexadecimal digits, 91XE is not",
        ),
        ("cmmd == a", 0..4, "cmmd is no name, did you mean cmd"),
        ("zebra", 0..5, "zebra is no name"),
        (
            "row == 1 row",
            9..12,
            "`and` or `or` is missing before this",
        ),
        ("(row == 1", 9..9, "A parenthesis is not closed"),
        ("row in {1, 2", 12..12, "A brace is not closed"),
        ("row in 1", 7..8, "`{` is missing before this"),
        ("cmd < a", 4..5, "`<` goes with numbers, cmd is text"),
        (
            "row contains 1",
            4..12,
            "`contains` goes with text or bytes, row is a number",
        ),
        (
            "mark == 1",
            5..7,
            "`==` goes with values, mark is there or not",
        ),
        ("cmd == \"a", 7..9, "The quotes are not closed"),
        (
            "row == 1 and",
            12..12,
            "A name is missing at the end, such as cmd or status",
        ),
        (
            "cmd matches \"(\"",
            12..15,
            "Not a regular expression, unclosed group",
        ),
        ("; row", 0..1, "`;` has no meaning here"),
        ("== 1", 0..2, "A name is missing before `==`"),
        (
            "time > soon",
            7..11,
            "time is a time such as 2.5, 300us or 1s, soon is none",
        ),
        (
            "wire contains xyz",
            14..17,
            "wire needs bytes in hexadecimal or text in quotes, not xyz",
        ),
    ] {
        let error = Filter::parse(text).unwrap_err();
        assert_eq!((error.at, error.text.as_str()), (at, expected), "{text}");
    }
}

#[test]
fn blanks_let_everything_pass_and_depth_has_an_end() {
    assert_eq!(Filter::parse("  ").unwrap(), None);
    let deep = format!("{}row", "(".repeat(10_000));
    assert!(
        Filter::parse(&deep)
            .unwrap_err()
            .text
            .contains("Nested deeper")
    );
}

/// Words of a trace.
struct Words;

impl Vocabulary for Words {
    fn paths(&self) -> Vec<String> {
        vec!["command.FileNo".into(), "response.TMV".into()]
    }

    fn values(&self, name: &Name) -> Vec<String> {
        match name.to_string().as_str() {
            "key" => vec!["top-up".into(), "key of terminals".into()],
            "cmd" => vec!["Credit".into(), "CreateApplication".into(), "Debit".into()],
            _ => Vec::new(),
        }
    }
}

fn offered(text: &str) -> (Completion, Vec<String>) {
    let completion = complete(text, text.len(), &Words);
    let texts = completion
        .choices
        .iter()
        .map(|choice| choice.text.clone())
        .collect();
    (completion, texts)
}

#[test]
fn completion_knows_what_can_follow() {
    let (_, names) = offered("");
    assert!(names.contains(&"cmd".into()) && names.contains(&"command.FileNo".into()));
    assert_eq!(offered("mode == ").1, ["plain", "mac", "full"]);
    assert_eq!(offered("mode == fu").1, ["full"]);
    assert_eq!(offered("cmd == cre").1, ["Credit", "CreateApplication"]);
    assert_eq!(offered("key == ").1, ["top-up", "\"key of terminals\""]);
    assert_eq!(offered("key == \"of t").1, ["\"key of terminals\""]);
    assert_eq!(offered("row == 3 ").1, ["and", "or"]);
    assert_eq!(
        offered("row ").1,
        ["==", "!=", "<", "<=", ">", ">=", "in", "and", "or"]
    );
    assert_eq!(offered("mark ").1, ["and", "or"]);
    assert_eq!(
        offered("(row == 3 and no").1,
        ["note", "not", "command.FileNo"]
    );
    assert_eq!(offered("mode in {plain, f").1, ["full"]);
    assert_eq!(
        offered("row == == ").1,
        [] as [&str; 0],
        "wrong before the cursor"
    );
    assert_eq!(offered("mode == full").1, [] as [&str; 0], "written out");
}

#[test]
fn a_choice_takes_the_place_of_what_was_typed() {
    let (completion, _) = offered("row > 3 and sta");
    let choice = completion
        .choices
        .iter()
        .find(|choice| choice.text == "status")
        .unwrap();
    assert_eq!(
        completion.take("row > 3 and sta", choice),
        ("row > 3 and status ".into(), 19)
    );
    // In the middle of a filter, too.
    let text = "mo == full and row > 3";
    let completion = complete(text, 2, &Words);
    let choice = completion.choices.first().unwrap();
    assert_eq!(
        completion.take(text, choice),
        ("mode == full and row > 3".into(), 4)
    );
}

fn literal(words: &'static [&'static str]) -> BoxedStrategy<Literal> {
    proptest::sample::select(words)
        .prop_map(Literal::new)
        .boxed()
}

/// A question that the grammar allows.
fn test() -> BoxedStrategy<Expr> {
    let number = || (0..2_000_000_u32).prop_map(|number| Literal::new(number.to_string()));
    let text = || "\\PC{0,12}".prop_map(|text| Literal { text, quoted: true });
    let of = |name: &str, relation: BoxedStrategy<Relation>| {
        // The only way to a name is its text.
        let Some(Expr::Test(Test { name, .. })) = Filter::parse(name)
            .unwrap()
            .map(|filter| filter.expr().clone())
        else {
            panic!("{name} is a test");
        };
        relation
            .prop_map(move |relation| {
                Expr::Test(Test {
                    name: name.clone(),
                    relation,
                })
            })
            .boxed()
    };
    prop_oneof![
        of("row", number().prop_map(Relation::Less).boxed()),
        of("ctr", number().prop_map(Relation::AtLeast).boxed()),
        of("reader", number().prop_map(Relation::More).boxed()),
        of("row", number().prop_map(Relation::AtMost).boxed()),
        of(
            "row",
            proptest::collection::vec(number(), 1..5)
                .prop_map(Relation::In)
                .boxed()
        ),
        of("cmd", text().prop_map(Relation::Contains).boxed()),
        of("note", text().prop_map(Relation::Equal).boxed()),
        of("command.Amount", text().prop_map(Relation::Unequal).boxed()),
        of(
            "mode",
            literal(&["plain", "mac", "full"])
                .prop_map(Relation::Equal)
                .boxed()
        ),
        of(
            "text",
            literal(&["a.b", "9A", "x y", "and", "\\d+"])
                .prop_map(Relation::Matches)
                .boxed()
        ),
        of("mark", Just(Relation::Present).boxed()),
        of("response.TMV", Just(Relation::Present).boxed()),
    ]
    .boxed()
}

fn expr() -> BoxedStrategy<Expr> {
    test()
        .prop_recursive(5, 40, 4, |inner| {
            let parts = proptest::collection::vec(inner.clone(), 2..4);
            prop_oneof![
                parts.clone().prop_map(Expr::And),
                parts.prop_map(Expr::Or),
                inner.prop_map(|inner| Expr::Not(Box::new(inner))),
            ]
        })
        .boxed()
}

proptest! {
    #[test]
    fn a_printed_filter_reads_as_itself(expr in expr()) {
        let text = expr.to_string();
        let read = Filter::parse(&text).unwrap().unwrap();
        prop_assert_eq!(read.expr(), &expr, "{}", text);
        prop_assert_eq!(read.to_string(), text);
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place_in_it(text in "\\PC{0,40}", cursor in 0..60_usize) {
        if let Err(error) = Filter::parse(&text) {
            prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error);
        }
        let completion = complete(&text, cursor, &Words);
        for choice in &completion.choices {
            let (_, at) = completion.take(&text, choice);
            prop_assert!(at > 0);
        }
    }

    #[test]
    fn any_words_of_the_grammar_are_read_or_refused(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "row", "mode", "==", "!=", "(", ")", "and", "or", "not", "in", "{", "}", ",", "3", "full", "\"a\"", "contains",
        ]), 0..14)
    ) {
        let text = words.join(" ");
        if let Ok(Some(filter)) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(&filter.to_string()).unwrap().unwrap(), filter);
        }
    }
}
