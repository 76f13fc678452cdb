//! Which key fits: the search over the table, dictionaries, learnt keys; key tables that ask for the order of AIDs.

use tapscope::bytes::hex;
use tapscope::keyring::Scope;
use tapscope::ota::application::AID;
use tapscope::secure_messaging::Verdict;
use tapscope::session::keys::AidOrder;
use tapscope::trace::Judgement;
use tapscope::workbench::{Action, NoticeKind};

use crate::support::desk::Desk;

const ALL: Action = Action::FindKeys {
    row: None,
    dictionary: None,
};
const UID: [u8; 7] = [0x04, 0x5A, 0x31, 0xC2, 0x9B, 0x61, 0x80];

/// The place of a key in the table.
fn place(desk: &Desk, label: &str) -> usize {
    let mut keys = desk.bench.keyring().keys.iter();
    keys.position(|key| key.label == label)
        .expect("a key of the demo")
}

#[test]
fn every_authentication_is_told_with_the_keys_that_fit() {
    let mut desk = Desk::topped_up();
    desk.act(ALL);
    let result = desk.bench.search_result().expect("a result");
    assert_eq!(result.authentications.len(), 1);
    let one = &result.authentications[0];
    assert_eq!(
        (one.row, one.command, one.key_no),
        (2, "AuthenticateEV2First", 3)
    );
    assert_eq!(one.fits[0].from, "top-up");
    assert!(
        one.fits.iter().all(|fit| fit.entry.is_none()),
        "the table has it"
    );
    assert_eq!(
        desk.take_notice(NoticeKind::Info),
        "Keys found for all 1 authentications"
    );
    // Another trace has another result.
    desk.act(Action::NewSession);
    assert_eq!(desk.bench.search_result(), None);
    assert!(desk.bench.can_search().is_err());
}

#[test]
fn a_dictionary_finds_what_the_table_lacks_and_the_key_is_kept() {
    let mut desk = Desk::topped_up();
    let index = place(&desk, "top-up");
    let entry = desk.bench.keyring().keys[index].clone();
    let key = entry.key_for(Some(&UID), Some(AID)).expect("a key");
    desk.act(Action::RemoveKey(index));
    assert_eq!(Judgement::of(desk.row(2)), Judgement::Opaque);
    desk.act(ALL);
    let fits = |desk: &Desk| {
        desk.bench
            .search_result()
            .expect("a result")
            .authentications[0]
            .fits
            .clone()
    };
    assert_eq!(fits(&desk), []);
    assert_eq!(
        desk.take_notice(NoticeKind::Info),
        "Keys found for 0 of 1 authentications"
    );

    let path = desk.path("keys.dic");
    let lines = format!(
        "# some\n{}\nnot a key\n{}\n",
        "A1".repeat(16),
        hex::upper(key.expose())
    );
    std::fs::write(&path, lines).expect("written");
    desk.act(Action::FindKeys {
        row: Some(2),
        dictionary: Some(path),
    });
    let found = fits(&desk);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].from, "line 4 of keys.dic");
    let complaint = desk
        .bench
        .search_result()
        .and_then(|result| result.complaint.clone());
    assert!(complaint.expect("a bad line").contains("line 3"));
    let kept = found[0].entry.clone().expect("to be kept");
    assert_eq!((kept.key_no, kept.scope), (3, Scope::Application(AID)));
    desk.act(Action::AddKey(kept));
    assert_eq!(desk.row(4).verdicts.command_mac, Verdict::Ok);
    let printed = format!("{:?}", desk.bench);
    assert!(!printed.contains(&hex::upper(key.expose())));
}

#[test]
fn a_row_without_authentication_has_nothing_to_search() {
    let mut desk = Desk::topped_up();
    desk.act(Action::FindKeys {
        row: Some(4),
        dictionary: None,
    });
    let result = desk.bench.search_result().expect("a result");
    assert_eq!(result.authentications, []);
    let notice = desk.take_notice(NoticeKind::Info);
    assert_eq!(
        notice,
        "The trace holds no authentication that can be searched"
    );
}

#[test]
fn keys_that_a_change_of_keys_showed_are_offered() {
    let mut desk = Desk::new();
    desk.act(Action::OpenSample(0));
    let index = place(&desk, "read");
    desk.act(Action::RemoveKey(index));
    desk.act(ALL);
    let learnt = desk.bench.search_result().expect("a result").learnt.clone();
    assert_eq!(learnt.len(), 1, "{learnt:?}");
    let (row, entry) = &learnt[0];
    assert_eq!(desk.row(*row).ins, 0xC4);
    assert_eq!((entry.key_no, entry.scope), (1, Scope::Application(AID)));
    desk.act(Action::AddKey(entry.clone()));
    desk.act(ALL);
    assert_eq!(desk.bench.search_result().expect("a result").learnt, []);
}

#[test]
fn a_table_with_aids_asks_how_they_are_written() {
    let mut desk = Desk::new();
    let path = desk.path("keys.csv");
    let table = "label,aid,key_no,type,value\nfrom table,994401,2,aes128,000102030405060708090A0B0C0D0E0F\n\
        bad,994401,x,aes128,00\n";
    std::fs::write(&path, table).expect("written");
    let before = desk.bench.keyring().keys.len();
    desk.act(Action::ImportKeys(path.clone()));
    assert_eq!(desk.bench.asked_aid_order(), Some("keys.csv"));
    assert!(!format!("{:?}", desk.bench).contains("000102030405"));
    desk.act(Action::ImportAs(None));
    assert_eq!(
        (
            desk.bench.asked_aid_order(),
            desk.bench.keyring().keys.len()
        ),
        (None, before)
    );
    desk.act(Action::ImportKeys(path));
    desk.act(Action::ImportAs(Some(AidOrder::Wire)));
    let added = desk.bench.keyring().keys.last().expect("a key");
    assert_eq!(
        (added.label.as_str(), added.scope),
        ("from table", Scope::Application(AID))
    );
    let notice = desk.take_notice(NoticeKind::Warning);
    assert_eq!(
        notice,
        "1 keys imported from keys.csv, 1 line can't be read"
    );
}
