//! Each input refuses what it can't take, with a sentence under it, and its button is off.

use eframe::egui::Rect;
use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use tapscope::app::Panel;
use tapscope::bytes::hex;
use tapscope::card::KeyType;
use tapscope::workbench::Action;

use crate::scene::{Scene, click, field_rect, fill, is_off, press, tall, window};
use crate::support::desk::Desk;

/// Places of all texts that hold this one, apart from the fields themselves.
fn places<S>(harness: &Harness<'_, S>, text: &str) -> Vec<Rect> {
    let found = harness.query_all_by_label_contains(text);
    found.map(|node| node.rect()).collect()
}

/// Types bad texts, expects the complaint below the field and the buttons off; then a good text clears it.
fn refuses(scene: &mut Scene, field: &str, bad: &[(&str, &str)], good: &str, buttons: &[&str]) {
    for (text, complaint) in bad {
        fill(scene, field, text);
        let below = places(scene, complaint);
        assert_eq!(
            below.len(),
            1,
            "{field} {text:?}: one complaint {complaint:?}"
        );
        let own = field_rect(scene, field);
        assert!(below[0].top() >= own.bottom() - 1.0, "{field}: under it");
        for button in buttons {
            assert!(is_off(scene, button), "{field} {text:?}: {button} is off");
        }
    }
    fill(scene, field, good);
    for (text, complaint) in bad {
        assert!(
            places(scene, complaint).is_empty(),
            "{field} {text:?}: gone"
        );
    }
    for button in buttons {
        assert!(!is_off(scene, button), "{field} {good:?}: {button} is on");
    }
    assert_eq!(scene.state_mut().take(), [], "typing does nothing yet");
}

#[test]
fn readers() {
    let mut scene = tall(Panel::Readers, &Desk::new());
    let bad = [
        ("9", "Raw APDU: "),
        ("90 6G", "Raw APDU: "),
        ("hello", "Raw APDU: "),
    ];
    refuses(&mut scene, "Raw APDU", &bad, "90 60 00 00 00", &["Send"]);
    let bad = [
        ("", "Application: "),
        ("1", "Application: "),
        ("01449G", "Application: "),
        ("01449900", "Application: "),
    ];
    let both = ["Authenticate", "Read file"];
    refuses(&mut scene, "Application", &bad, "014499", &both);
    let bad = [
        ("", "Key number is \"\", 00 to 1F expected"),
        ("x", "Key number is \"x\""),
        ("20", "Key number is \"20\", 00 to 1F expected"),
        ("-1", "Key number is \"-1\""),
    ];
    refuses(&mut scene, "Key number", &bad, "1F", &both);
    let bad = [
        ("G", "File number is \"G\", 00 to 1F expected"),
        ("100", "File number is \"100\""),
    ];
    refuses(&mut scene, "File number", &bad, "1f", &["Read file"]);
}

#[test]
fn key_form() {
    let mut scene = tall(Panel::Keys, &Desk::new());
    press(&mut scene, "Add key…");
    assert!(is_off(&scene, "Keep key"));
    fill(&mut scene, "Key application", "*");
    fill(&mut scene, "Number of the key", "1");
    let bad = [
        ("00", "Key value has 1 bytes, 16 bytes expected"),
        (
            "000102030405060708090A0B0C0D0E0F10",
            "Key value has 17 bytes, ",
        ),
        ("000102030405060708090A0B0C0D0E0X", "Key value: "),
    ];
    let good = "000102030405060708090A0B0C0D0E0F";
    refuses(&mut scene, "Key value", &bad, good, &["Keep key"]);
    let bad = [("x", "Application: "), ("0144", "Application: ")];
    refuses(&mut scene, "Key application", &bad, "014499", &["Keep key"]);
    let bad = [
        ("", "Key number is \"\", 0 to 63 expected"),
        ("64", "Key number is \"64\", 0 to 63 expected"),
    ];
    refuses(&mut scene, "Number of the key", &bad, "3", &["Keep key"]);
    assert!(scene.query_by_label("Diversification input").is_none());
    click(&mut scene, Role::ComboBox, "Diversification rule");
    press(&mut scene, "AN10922");
    let bad = [
        ("", "Diversification input is empty"),
        ("{nobody}", "Diversification input: "),
        ("{uid", "Diversification input: "),
        ("0", "Diversification input: "),
    ];
    let good = "{uid}{aid}54617073636F7065";
    refuses(
        &mut scene,
        "Diversification input",
        &bad,
        good,
        &["Keep key"],
    );
}

#[test]
fn a_key_of_each_type_has_its_length() {
    let mut scene = tall(Panel::Keys, &Desk::new());
    for (name, kind, good, bad) in [
        ("DES", KeyType::Des, 8, 24),
        ("2K3DES", KeyType::TwoKey3Des, 16, 8),
        ("3K3DES", KeyType::ThreeKey3Des, 24, 16),
        ("AES-128", KeyType::Aes128, 16, 24),
    ] {
        press(&mut scene, "Add key…");
        fill(&mut scene, "Key application", "*");
        fill(&mut scene, "Number of the key", "1");
        click(&mut scene, Role::ComboBox, "Key type");
        press(&mut scene, name);
        let value = |count: u8| hex::upper((1..=count).collect::<Vec<u8>>());
        let complaint = format!("Key value has {bad} bytes, {} expected", kind.lengths());
        let bad = value(bad);
        refuses(
            &mut scene,
            "Key value",
            &[(&bad, &complaint)],
            &value(good),
            &["Keep key"],
        );
        press(&mut scene, "Keep key");
        let [Action::AddKey(key)] = &scene.state_mut().take()[..] else {
            panic!("a key");
        };
        assert_eq!(key.key_type, kind);
        assert_eq!(key.value.expose(), (1..=good).collect::<Vec<u8>>());
    }
}

#[test]
fn virtual_card() {
    let mut scene = tall(Panel::VirtualCard, &Desk::new());
    click(
        &mut scene,
        Role::TreeItem,
        "File 03 2000, limits 0 to 50000",
    );
    let bad = [
        ("ten", "Value is \"ten\", a number"),
        ("2147483648", "Value is \"2147483648\""),
        ("1.5", "Value is \"1.5\""),
        (
            "50001",
            "Value is \"50001\", a number from 0 to 50000 expected",
        ),
        ("-1", "Value is \"-1\""),
    ];
    refuses(&mut scene, "New value", &bad, "50000", &["Set value"]);
}

#[test]
fn amount() {
    let mut window = window(Desk::topped_up());
    for text in ["", "0", "ten", "1.234", "-5", "99999999999"] {
        fill(&mut window, "Amount", text);
        assert_eq!(places(&window, "Amount is not").len(), 1, "{text:?}");
        assert!(is_off(&window, "Top up") && is_off(&window, "Spend"));
    }
    fill(&mut window, "Amount", "12,50");
    assert_eq!(places(&window, "Amount is not"), []);
    press(&mut window, "Top up");
    press(&mut window, "Spend");
    assert_eq!(window.state().bench().notices(), []);
    assert!(window.state().bench().rows().len() > 14);
}
