//! What of the whole ledger bears on a view, though the query did not select it.

use super::ledger::{Ledger, claim, relating, rescuers, toll, via};
use RelationKind::{Corrects, DerivedFrom, Repeats, Supersedes};
use sayso::model::vocabulary::{Modality, Mode, RelationKind, State};
use sayso::model::{ClaimDraft, ContentDraft, NormDraft};

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn claims_are_one_utterance_through_claims_that_were_not_selected() {
    let ledger = Ledger::new();
    ledger.record([
        via(toll("a", "10", "ministry"), "wire"),
        relating(via(toll("b", "10", "ministry"), "wire herald"), Repeats, "a"),
        relating(via(toll("c", "10", "ministry"), "herald"), Repeats, "b"),
        relating(toll("d", "10", "ministry"), Repeats, "c"),
    ]);
    assert_eq!(ledger.rows("figure latest"), ["d of 1"]);
    // Of a and c, which are joined by b alone, the first in the ledger.
    assert_eq!(ledger.rows("figure where id in ('a', 'c') latest"), ["a of 1"]);
    assert_eq!(ledger.rows("figure where id in ('b', 'c') latest"), ["c of 1"]);
    // Retracting what joins them does not make two utterances of them: what c says it repeats stays.
    ledger.retract("b");
    assert_eq!(
        ledger.rows("figure where id in ('a', 'c') corroboration"),
        ["c: 1 + 0? by a c", "a: 1 + 0? by a c"]
    );
    assert_eq!(
        ledger.rows("figure where id in ('a', 'c') corroboration as of revision 2"),
        ["a: 1 + 0? by a"]
    );
}

#[test]
fn what_a_visible_claim_supersedes_or_corrects_is_not_read() {
    for kind in [Supersedes, Corrects] {
        let ledger = Ledger::new();
        let first = ledger.record([toll("a", "10", "ministry"), toll("b", "25", "red-cross")]);
        let both = ["Value Sure: a b"];
        assert_eq!(ledger.rows("figure conflicts"), both);
        let second = ledger.record([relating(toll("c", "30", "ministry"), kind, "a")]);
        assert_eq!(ledger.rows("figure where id in ('a', 'b') conflicts"), none(), "{kind}");
        assert_eq!(ledger.rows("figure where id='a' latest"), none(), "{kind}");
        assert_eq!(ledger.rows(&format!("figure conflicts as of revision {first}")), both, "{kind}");
        // In its new version it no longer says so.
        ledger.record([toll("c", "30", "ministry")]);
        assert_eq!(ledger.rows("figure where id in ('a', 'b') conflicts"), both, "{kind}");
        assert_eq!(
            ledger.rows(&format!("figure where id='a' latest as of revision {second}")),
            none(),
            "{kind}"
        );
        ledger.record([relating(toll("c", "30", "ministry"), kind, "a")]);
        assert_eq!(ledger.rows("figure where id='a' latest"), none(), "{kind}");
        ledger.retract("c");
        assert_eq!(ledger.rows("figure conflicts"), both, "{kind}");
    }
}

#[test]
fn what_replaces_a_claim_need_not_be_read_itself() {
    let ledger = Ledger::new();
    let forecast = ClaimDraft { mode: Some(Mode::Forecast), ..toll("b", "20", "ministry") };
    ledger.record([toll("a", "10", "ministry"), relating(forecast, Supersedes, "a")]);
    assert_eq!(ledger.rows("figure latest"), none());
}

#[test]
fn of_a_claim_that_was_written_again_one_version_is_read() {
    let ledger = Ledger::new();
    ledger.record([toll("a", "10", "ministry")]);
    ledger.record([toll("a", "20", "ministry")]);
    assert_eq!(ledger.rows("figure envelope"), ["a: 20 to 20"]);
    assert_eq!(ledger.rows("figure envelope as of revision 2"), ["a: 10 to 10"]);
    assert_eq!(ledger.rows("figure where version=1 envelope"), ["a: 10 to 10"]);
    // Who asks for all versions asks which claims conflict, not whether a claim was changed.
    assert_eq!(ledger.rows("figure where version>=1 conflicts"), none());
    assert_eq!(ledger.rows("figure where version>=1 latest"), ["a of 1"]);
    assert_eq!(ledger.rows("figure where version>=1 corroboration"), ["a: 1 + 0? by a"]);
    assert_eq!(ledger.rows("figure envelope by version"), ["2 | a: 20 to 20"]);
}

#[test]
fn what_was_retracted_is_read_by_who_asks_for_it() {
    let ledger = Ledger::new();
    ledger.record([toll("a", "10", "ministry"), toll("b", "25", "red-cross")]);
    ledger.retract("b");
    assert_eq!(ledger.rows("figure conflicts"), none());
    assert_eq!(ledger.rows("figure conflicts as of revision 2"), ["Value Sure: a b"]);
    assert_eq!(ledger.rows("figure where retracted=yes conflicts"), none());
    assert_eq!(ledger.rows("figure where retracted=yes or retracted=no conflicts"), ["Value Sure: a b"]);
}

fn ban(id: &str) -> ClaimDraft {
    let norm = NormDraft {
        modality: Some(Modality::Prohibition),
        in_force: Some("2030-03-01".to_owned()),
        breached_by_states: vec![State::Present],
        ..NormDraft::default()
    };
    ClaimDraft { places: vec!["valley".to_owned()], ..claim(id, ContentDraft::Norm(norm), "ministry") }
}

#[test]
fn norms_are_those_of_the_whole_ledger() {
    let ledger = Ledger::new();
    ledger.record([rescuers("in", State::Present, "2030-03-02", "red-cross")]);
    ledger.record([ban("ban")]);
    assert_eq!(ledger.rows("event where id='in' breaches"), ["in Sure ban"]);
    assert_eq!(ledger.rows("event breaches as of revision 2"), none());
    // A ban that was repeated is one; one that was lifted is none.
    ledger.record([relating(via(ban("reprint"), "herald"), Repeats, "ban")]);
    assert_eq!(ledger.rows("event breaches"), ["in Sure ban"]);
    ledger.record([relating(claim("lifted", ContentDraft::Statement, "ministry"), Supersedes, "ban")]);
    ledger.record([relating(
        claim("lifted-too", ContentDraft::Statement, "ministry"),
        Supersedes,
        "reprint",
    )]);
    assert_eq!(ledger.rows("event breaches"), none());
    ledger.retract("lifted");
    assert_eq!(ledger.rows("event breaches"), ["in Sure ban"]);
    let plan = ClaimDraft { mode: Some(Mode::Plan), ..ban("planned") };
    ledger.record([plan]);
    assert_eq!(ledger.rows("event breaches"), ["in Sure ban"]);
}

#[test]
fn states_between_are_those_of_the_whole_ledger() {
    let ledger = Ledger::new();
    ledger.record([
        rescuers("first", State::Present, "2030-03-01", "red-cross"),
        rescuers("later", State::Present, "2030-03-09", "ministry"),
    ]);
    let present = "event where state=present corroboration";
    let joined = ["later: 2 + 0? by first later", "first: 2 + 0? by first later"];
    let apart = ["later: 1 + 0? by later", "first: 1 + 0? by first"];
    assert_eq!(ledger.rows(present), joined);
    ledger.record([rescuers("gone", State::Absent, "2030-03-05", "herald")]);
    assert_eq!(ledger.rows(present), apart);
    assert_eq!(ledger.rows(&format!("{present} as of revision 2")), joined);
    // Nobody looked, which is not to be gone.
    ledger.record([rescuers("gone", State::Unobserved, "2030-03-05", "herald")]);
    assert_eq!(ledger.rows(present), joined);
    ledger.record([rescuers("gone", State::Absent, "2030-03-05", "herald")]);
    assert_eq!(ledger.rows(present), apart);
    ledger.record([relating(rescuers("sorry", State::Unobserved, "2030-03-05", "herald"), Corrects, "gone")]);
    assert_eq!(ledger.rows(present), joined);
}

#[test]
fn drift_looks_at_origins_that_were_not_selected() {
    let ledger = Ledger::new();
    ledger.record([
        via(toll("a", "~30", "red-cross"), "wire"),
        relating(toll("b", "30", "red-cross"), DerivedFrom, "a"),
        relating(via(toll("c", "40", "red-cross"), "herald"), Repeats, "b"),
    ]);
    let all = ["b → c: Value", "a → b: HedgeDropped"];
    assert_eq!(ledger.rows("figure drift"), all);
    assert_eq!(ledger.rows("figure where id='b' drift"), all[1..]);
    // How the origin matches is told if it was asked for.
    assert_eq!(ledger.rows("figure where value=30 drift"), ["a? → b: HedgeDropped"]);
    ledger.record([toll("b", "30", "red-cross")]);
    assert_eq!(ledger.rows("figure drift"), all[..1]);
    ledger.record([via(toll("b", "40", "red-cross"), "wire")]);
    assert_eq!(ledger.rows("figure drift"), none());
    assert_eq!(ledger.rows("figure drift as of revision 2"), all);
    ledger.retract("b");
    assert_eq!(ledger.rows("figure drift"), none());
}
