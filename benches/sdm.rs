//! SDM URLs verified per second on one core (figure N8), printed by `cargo bench --bench sdm`.
//!
//! All with AES; the keys are prepared once. One URL has PICC data and MAC, the other enciphered file data too.
//!
//! * **URL**: from the text on, names recognised, the start of the MAC's input known (N8);
//! * **message**: the same without taking the URL apart;
//! * **examine**: the slow way, which looks for the start and gives every value.
//!
//! The rounds alternate, so that a change of clock frequency meets all of them; printed are medians of rounds.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark stops at once and prints its result"
)]

#[expect(dead_code, reason = "the other benchmarks measure recordings")]
mod measure;

use std::hint::black_box;

use tapscope::sdm::url::{Landmark, Names, Role, dissect};
use tapscope::sdm::{Keys, Mode, Prepared, Reading, examine, verify};

use measure::{median, per, time};

/// Rounds are short, so that on a machine with other work most of them are not interrupted.
const ROUNDS: usize = 1_501;
const URLS: usize = 1_000;
const EXAMINED: usize = 10;
/// N8 of the product's figures, URLs a second.
const TARGET: f64 = 1_000_000.0;
/// Of tags that a public back end and AN12196 §4.4.4.2 test with, and the default of delivery for their keys.
const URLS_OF: [(&str, &str, Option<Role>); 2] = [
    (
        "PICC data, MAC",
        "https://ntag.nxp.com/424?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086",
        None,
    ),
    (
        "with file data",
        "https://x/tag?picc_data=7611174D92F390458FF7E15ACFD2579F&enc=F9FB7442DB2E0BE631CD4E3BCF74276E&cmac=69784EF122D0CB5F",
        Some(Role::FileData),
    ),
];

fn main() {
    println!("SDM URLs with AES on one core, {ROUNDS} rounds of {URLS}, medians");
    for (what, url, start) in URLS_OF {
        println!("{what}");
        measured(url, start);
    }
}

fn measured(text: &str, start: Option<Role>) {
    let keys = Keys {
        meta: Some([0; 16]),
        file: [0; 16],
    };
    let landmark = start.map_or(Landmark::Nothing, Landmark::Value);
    let prepared = Prepared::new(Mode::Aes, &keys);
    let (names, reading) = (Names::default(), Reading::default());
    let url = || {
        let url = dissect(black_box(text), &names, Some(Mode::Aes)).unwrap();
        let start = url.start_of(landmark).unwrap();
        let verified = verify(&prepared, &url.message(start)).unwrap();
        assert_eq!(verified.mac_ok, Some(true));
        black_box(verified);
    };
    let apart = dissect(text, &names, None).unwrap();
    let start = apart.start_of(landmark).unwrap();
    let message = apart.message(start);

    let [mut from_url, mut from_message, mut examined] = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        from_url.push(per(URLS, time(|| (0..URLS).for_each(|_| url()))));
        let once = || black_box(verify(&prepared, black_box(&message)).unwrap());
        from_message.push(per(URLS, time(|| (0..URLS).for_each(|_| drop(once())))));
        let once = || black_box(examine(black_box(text), &keys, &reading).unwrap());
        examined.push(per(
            EXAMINED,
            time(|| (0..EXAMINED).for_each(|_| drop(once()))),
        ));
    }
    let second = |taken| 1e9 / median(taken);
    println!(
        "  URL      {:>10.0} /s   target {TARGET:.0} at least",
        second(from_url)
    );
    println!("  message  {:>10.0} /s", second(from_message));
    println!("  examine  {:>10.0} /s", second(examined));
}
