//! A recorded top-up whose Credit has a MAC made by a known mistake.

use tapscope::bytes::hex;
use tapscope::trace::prove;
use tapscope::workbench::Action;

use super::desk::Desk;

/// The row of the Credit.
pub const CREDIT: usize = 4;

/// A top-up in which the Credit's command MAC has the even bytes of the CMAC; the Credit is selected.
pub fn even_bytes() -> Desk {
    let mut desk = Desk::topped_up();
    let path = desk.path("even.json");
    desk.act(Action::SaveSession(Some(path.clone())));
    let proof = prove(desk.bench.rows(), CREDIT, desk.bench.log().events(), &[]);
    let mac = proof
        .expect("the keys are known")
        .command
        .expect("a MAC")
        .mac;
    let mut whole = mac
        .steps
        .iter()
        .map(|step| &step.bytes)
        .filter(|bytes| bytes.len() == 16);
    let whole = whole.next_back().expect("the whole CMAC");
    let even: Vec<u8> = whole.iter().step_by(2).copied().collect();
    let odd: Vec<u8> = whole.iter().skip(1).step_by(2).copied().collect();
    assert_eq!(odd, mac.result);
    let saved = std::fs::read_to_string(&path).expect("saved");
    let changed = saved.replace(&hex::upper(&odd), &hex::upper(&even));
    assert_ne!(changed, saved);
    std::fs::write(&path, changed).expect("written");
    desk.act(Action::OpenSession(path));
    desk.act(Action::SelectRow(Some(CREDIT)));
    desk
}
