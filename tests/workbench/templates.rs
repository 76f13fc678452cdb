//! Files of templates: loaded, kept, replaced, refused with a sentence, forgotten.

use tapscope::workbench::{Action, NoticeKind, Settings, Workbench};

use crate::support::desk::Desk;

const BUILT_IN: usize = 3;

fn file(name: &str, kind: &str) -> String {
    format!(
        r#"{{"templates":[{{"name":"{name}","aid":"014499","file_no":4,"fields":[
        {{"name":"who","offset":0,"length":4,"kind":"{kind}"}}]}}]}}"#
    )
}

fn load(desk: &mut Desk, name: &str, text: &str) {
    let path = desk.path(name);
    std::fs::write(&path, text).expect("written");
    desk.act(Action::LoadTemplates(path));
}

fn names(bench: &Workbench) -> Vec<&str> {
    let all = bench.templates().iter();
    all.map(|template| template.name.as_str()).collect()
}

fn files(bench: &Workbench) -> Vec<(&str, Result<usize, &str>)> {
    bench.template_files().collect()
}

#[test]
fn a_file_is_kept_replaced_and_forgotten() {
    let mut desk = Desk::new();
    assert_eq!(names(&desk.bench).len(), BUILT_IN);
    load(&mut desk, "mine.json", &file("Mine", "hex"));
    load(&mut desk, "other.json", &file("Other", "hex"));
    assert_eq!(names(&desk.bench)[..2], ["Mine", "Other"]);
    let before = desk.bench.templates_no();
    load(&mut desk, "mine.json", &file("Newer", "uint-le"));
    assert!(desk.bench.templates_no() > before);
    assert_eq!(names(&desk.bench)[..2], ["Other", "Newer"]);
    assert_eq!(desk.notices(), [""; 0]);
    // The file may go: its content is in the settings.
    let kept = Settings::parse(&desk.bench.settings().text()).expect("settings");
    let (again, _) = Workbench::new(kept, Some(1));
    assert_eq!(names(&again), names(&desk.bench));
    let both = [("other.json", Ok(1)), ("mine.json", Ok(1))];
    assert_eq!(files(&again), both);
    desk.act(Action::RemoveTemplates(0));
    desk.act(Action::RemoveTemplates(7));
    assert_eq!(files(&desk.bench), [("mine.json", Ok(1))]);
    desk.act(Action::RemoveTemplates(0));
    assert_eq!(names(&desk.bench).len(), BUILT_IN);
}

#[test]
fn a_bad_file_is_refused_with_its_line_or_field() {
    let mut desk = Desk::new();
    load(&mut desk, "mine.json", &file("Mine", "hex"));
    let large = " ".repeat(262_145);
    for (text, expected) in [
        (
            "{\"templates\":[\n",
            "mine.json: line 2, byte 15: the file ends here",
        ),
        (
            &file("Mine", "float"),
            "mine.json: template \"Mine\", field \"who\": kind is \"float\", expected one of ",
        ),
        (
            &large,
            "mine.json has 262145 bytes, at most 262144 expected",
        ),
    ] {
        load(&mut desk, "mine.json", text);
        let said = desk.take_notice(NoticeKind::Failure);
        assert!(said.starts_with(expected), "{said}");
        assert_eq!(
            files(&desk.bench),
            [("mine.json", Ok(1))],
            "the old one stays"
        );
    }
    desk.act(Action::LoadTemplates(desk.path("nowhere.json")));
    let said = desk.take_notice(NoticeKind::Failure);
    assert_eq!(said, "nowhere.json can't be read");
}

#[test]
fn all_files_together_are_limited() {
    let mut desk = Desk::new();
    let mut text = file("Mine", "hex");
    text.push_str(&" ".repeat(262_144 - text.len()));
    for name in ["a.json", "b.json", "c.json", "d.json"] {
        load(&mut desk, name, &text);
    }
    assert_eq!(desk.notices(), [""; 0]);
    load(&mut desk, "e.json", &file("More", "hex"));
    let said = desk.take_notice(NoticeKind::Failure);
    let total = 1_048_576 + file("More", "hex").len();
    assert_eq!(
        said,
        format!("With e.json all template files have {total} bytes, at most 1048576 expected")
    );
    // In the place of one of them it fits.
    load(&mut desk, "d.json", &file("More", "hex"));
    assert_eq!(desk.notices(), [""; 0]);
    assert_eq!(files(&desk.bench).len(), 4);
}

#[test]
fn a_kept_file_that_no_longer_reads_says_why() {
    let text = r#"{"templates":[{"name":"old.json","text":"{}"}]}"#;
    let settings = Settings::parse(text).expect("settings");
    let (bench, _) = Workbench::new(settings, Some(1));
    let [(name, Err(why))] = files(&bench)[..] else {
        panic!("{:?}", files(&bench));
    };
    assert_eq!(name, "old.json");
    assert!(why.contains("missing field `templates`"), "{why}");
    assert_eq!(names(&bench).len(), BUILT_IN);
}
