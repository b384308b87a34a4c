use super::*;
use crate::model::{Claim, ClaimDraft, Document, Path, Source};
use crate::pack::{LeftOut, Located, Pack};
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path as FilePath, PathBuf};

fn kept(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/interchange").join(name)
}

fn try_read(text: &str) -> Result<(Pack, LeftOut), ReviewsError> {
    let mut reviews = Reviews::new(FilePath::new("r.jsonld"), Cursor::new(text.to_owned()));
    let mut all = Pack::default();
    for pack in reviews.by_ref() {
        let pack = pack?;
        all.entities.extend(pack.entities);
        all.sources.extend(pack.sources);
        all.documents.extend(pack.documents);
        all.claims.extend(pack.claims);
    }
    Ok((all, reviews.left_out().clone()))
}

fn read(text: &str) -> (Pack, LeftOut) {
    try_read(text).unwrap()
}

fn refused(text: &str) -> String {
    try_read(text).unwrap_err().to_string()
}

fn feed() -> (Pack, LeftOut) {
    read(&fs::read_to_string(kept("reviews.jsonld")).unwrap())
}

/// Writes what a pack holds, as a ledger would that had accepted it.
fn written(pack: &Pack) -> (String, LeftOut) {
    let mut writer = ReviewsWriter::default();
    for source in &pack.sources {
        writer.source(Source::parse(&source.item, Path::ROOT).unwrap());
    }
    for document in &pack.documents {
        writer.document(Document::parse(&document.item, Path::ROOT).unwrap());
    }
    for claim in &pack.claims {
        writer.claim(Claim::parse(&claim.item, Path::ROOT).unwrap());
    }
    let mut out = Vec::new();
    let left_out = writer.finish(&mut out).unwrap();
    (String::from_utf8(out).unwrap(), left_out)
}

/// The drafts without their places.
fn drafts(pack: &Pack) -> String {
    let mut lines: Vec<String> = Vec::new();
    lines.extend(pack.entities.iter().map(|Located { item, .. }| format!("{item:#?}")));
    lines.extend(pack.sources.iter().map(|Located { item, .. }| format!("{item:#?}")));
    lines.extend(pack.documents.iter().map(|Located { item, .. }| format!("{item:#?}")));
    lines.extend(pack.claims.iter().map(|Located { item, .. }| format!("{item:#?}")));
    lines.sort();
    lines.join("\n")
}

#[test]
fn a_feed_comes_back_as_the_same_drafts() {
    let (pack, _) = feed();
    let (text, _) = written(&pack);
    let golden = kept("reviews-written.jsonld");
    if std::env::var_os("UPDATE_SCRIPTS").is_some() {
        fs::write(&golden, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&golden).unwrap());
    let (again, left_out) = read(&text);
    assert_eq!(drafts(&again), drafts(&pack));
    assert_eq!(left_out.to_string(), "left out: verdicts of ratings that are not on their scale (1)");
}

#[test]
fn what_is_left_out_is_counted() {
    let (pack, left_out) = feed();
    assert_eq!(
        left_out.to_string(),
        "left out: author.logo (1), itemReviewed.author.jobTitle (1), nodes of type WebPage (1), \
         verdicts of ratings that are not on their scale (1)"
    );
    let (_, left_out) = written(&pack);
    assert_eq!(left_out.to_string(), "");
}

fn shown(claim: &ClaimDraft) -> String {
    let mut lines = vec![claim.text.clone()];
    for step in &claim.attribution {
        let words = [
            Some(step.sources.join("+")),
            step.act.map(|act| act.to_string()),
            step.said.clone(),
            step.clarity.map(|clarity| clarity.to_string()),
            step.relay.map(|relay| relay.to_string()),
            step.stance.map(|stance| stance.to_string()),
        ];
        lines.push(format!("- {}", words.into_iter().flatten().collect::<Vec<_>>().join(" ")));
    }
    if let Some(evidence) = &claim.evidence {
        lines.push(format!("in {}", evidence.document));
    }
    if let Some(credibility) = claim.credibility {
        lines.push(format!("credibility {credibility}"));
    }
    lines.extend(
        claim.relations.iter().map(|relation| format!("{} {}", relation.kind.unwrap(), relation.claim)),
    );
    lines.extend(claim.labels.iter().map(|(key, value)| format!("{key}: {value}")));
    lines.join("\n")
}

#[test]
fn a_review_is_a_claim_about_a_claim() {
    let (pack, _) = feed();
    let ids: Vec<_> = pack.claims.iter().map(|claim| claim.item.id.as_str()).collect();
    assert_eq!(ids.len(), 8);
    assert_eq!(
        shown(&pack.claims[0].item),
        "Resolution 2375 obliges the North Korean workers abroad to be home when 2019 ends.
- unnamed-outlet said 2025-02-10 named_organization
- example-fact-check citation doubted
in work-010182a20cea7c85
credibility 4
claimreview.first-appearance: yes"
    );
    assert_eq!(
        shown(&pack.claims[1].item),
        format!(
            "Resolution 2375 obliges the North Korean workers abroad to be home when 2019 ends.
- unnamed-outlet said 2025-02-10 named_organization
in work-c1d26ac2af13b55b
repeats {}",
            ids[0]
        )
    );
    assert_eq!(
        shown(&pack.claims[3].item),
        format!(
            "Example Fact Check on the claim “Resolution 2375 obliges the North Korean workers abroad to be home when 2019 ends.”: Wrong resolution
- example-fact-check assessed 2025-02-20 named_organization
in {}.page
contradicts {}
claimreview.best: 5
claimreview.explanation: The deadline stands in resolution 2397, and is 22 December 2019.
claimreview.of: {}
claimreview.rating: Wrong resolution
claimreview.sd-publisher: Example Markup Tool
claimreview.value: 2
claimreview.worst: 1",
            ids[3], ids[0], ids[0]
        )
    );
}

#[test]
fn each_reviewed_claim_is_a_subject_of_its_own() {
    let (pack, _) = feed();
    let entities: Vec<_> = pack
        .entities
        .iter()
        .map(|Located { item, .. }| format!("{} {} {:?}", item.kind.unwrap(), item.name, item.parents))
        .collect();
    assert_eq!(
        entities,
        [
            "topic Claim that fact-checkers reviewed []",
            "action Rate a claim []",
            "topic Resolution 2375 obliges the North Korean workers abroad to be home when 2019 ends. [\"claimreview\"]",
            "topic North Korea sends fewer workers now than it did before there were sanctions. [\"claimreview\"]",
            "topic The sanctions do not let North Korea send any workers. [\"claimreview\"]",
        ]
    );
    let slots = |index: usize| (&pack.claims[index].item.kind, pack.claims[index].item.action.as_deref());
    assert_eq!(
        (slots(0), slots(3)),
        ((&Some(pack.entities[2].item.id.clone()), None), (slots(0).0, Some("claimreview.rate")))
    );
}

#[test]
fn a_rating_that_is_not_on_its_scale_says_nothing_of_the_claim() {
    let (pack, _) = feed();
    assert_eq!(
        shown(&pack.claims[4].item),
        "North Korea sends fewer workers now than it did before there were sanctions.
- wi-sung-lac said named_person
- unnamed-outlet
- example-fact-check citation
in work-010182a20cea7c85"
    );
    let unattributed = &pack.claims[6].item;
    assert_eq!(
        shown(unattributed),
        "The sanctions do not let North Korea send any workers.
-  said unattributed
- example-fact-check citation endorsed
credibility 1"
    );
}

const ALONE: &str =
    r#"{"@type":"ClaimReview","author":{"name":"F"},"claimReviewed":"C","url":"https://f.example/1"}"#;

#[test]
fn reviews_are_found_alone_in_lists_in_graphs_and_on_lines() {
    let (alone, _) = read(ALONE);
    assert_eq!(alone.claims.len(), 2);
    let places =
        |pack: &Pack| pack.claims.iter().map(|claim| (claim.line, claim.path.clone())).collect::<Vec<_>>();
    let id = "claimreview-";
    let begins = |pack: &Pack, expected: &[(usize, &str)]| {
        let found = places(pack);
        assert_eq!(found.len(), 2 * expected.len());
        for (pair, (line, path)) in found.chunks(2).zip(expected) {
            for (found_line, found_path) in pair {
                assert_eq!(found_line, line);
                assert!(found_path.starts_with(&format!("{path}{id}")), "{found_path}");
            }
        }
    };
    begins(&alone, &[(1, "")]);
    let other = ALONE.replace("\"C\"", "\"D\"");
    begins(&read(&format!("[{ALONE},{other}]")).0, &[(1, "[0] ("), (1, "[1] (")]);
    begins(&read(&format!("\n{ALONE}\n\n{other}\n")).0, &[(2, ""), (4, "")]);
    let graph = r##"{"@graph":[
        {"@type":"Organization","@id":"#f","name":"F","url":"https://f.example"},
        {"@type":"schema:ClaimReview","schema:claimReviewed":{"@value":"C"},"author":{"@id":"#f"}}]}"##;
    let (pack, left_out) = read(graph);
    begins(&pack, &[(1, "@graph[1] (")]);
    assert_eq!(pack.sources[0].item.url.as_deref(), Some("https://f.example"));
    assert_eq!(left_out.to_string(), "left out: nodes of type Organization (1)");
}

#[test]
fn what_stands_twice_is_given_once() {
    let ids = |pack: &Pack| pack.claims.iter().map(|claim| claim.item.id.clone()).collect::<Vec<_>>();
    let (once, _) = read(ALONE);
    let rated = ALONE.replace("\"url\"", "\"reviewRating\":\"False\",\"url\"");
    let (pack, left_out) = read(&format!("[{ALONE},{ALONE}]\n{ALONE}\n{rated}"));
    assert_eq!((ids(&pack), pack.sources.len(), pack.documents.len()), (ids(&once), 1, 1));
    assert_eq!(
        left_out.to_string(),
        "left out: reviews that stand twice (2), reviews that stand twice, and otherwise the second time (1)"
    );

    // Two who review one claim of a ledger.
    let of = |author: &str| {
        format!(
            r#"{{"@type":"ClaimReview","author":"{author}","claimReviewed":"C",
            "itemReviewed":{{"@type":"Claim","@id":"urn:sayso:claim:c"}}}}"#
        )
    };
    let (pack, left_out) = read(&format!("[{},{}]", of("F"), of("G")));
    assert_eq!(ids(&pack).iter().filter(|id| *id == "c").count(), 1);
    assert_eq!(
        (pack.claims.len(), left_out.to_string().as_str()),
        (3, "left out: claims that stand twice (1)")
    );
}

#[test]
fn a_file_may_be_gzipped() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("reviews.jsonld.gz");
    let mut gzip =
        flate2::write::GzEncoder::new(fs::File::create(&path).unwrap(), flate2::Compression::fast());
    gzip.write_all(&fs::read(kept("reviews.jsonld")).unwrap()).unwrap();
    gzip.finish().unwrap();
    let packs = Reviews::open(&path).unwrap().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(packs.iter().map(|pack| pack.claims.len()).sum::<usize>(), 8);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    assert_eq!(
        refused("{\"@type\": \"WebPage\"}"),
        "r.jsonld:1: no ClaimReview stands here; it is looked for in lists, in `@graph`, in a feed's `dataFeedElement` \
         and its `item`, in `itemListElement` and in `mainEntity`"
    );
    assert_eq!(
        refused(r#"{"@graph": [{"@type": "ClaimReview"}, {"@type": "ClaimReview", "claimReviewed": "C"}]}"#),
        "r.jsonld:1: @graph[0]: `claimReviewed` is missing
r.jsonld:1: @graph[1]: `author` is missing"
    );
    assert_eq!(refused(&format!("{ALONE}\n{{\n  \"a\" 1\n}}")), "r.jsonld:3: not JSON: expected `:`");
}

#[test]
fn the_seeds_give_reviews_of_what_they_support() {
    let seeds = Pack::read_dir(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("seeds")).unwrap();
    let (text, left_out) = written(&seeds);
    let golden = kept("seeds-reviews.jsonld");
    if std::env::var_os("UPDATE_SCRIPTS").is_some() {
        fs::write(&golden, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&golden).unwrap());
    assert_eq!(
        left_out.to_string(),
        "left out: actions of claims (2), claims that are no review and have none (22), entities of claims (6), \
         kinds of claims (3), labels of claims (1), places of evidence (3), relays of claims (1), \
         states of claims (3), times of claims (3), times that are not one date (5), types of claims (3)"
    );
    let (again, _) = read(&text);
    let texts: Vec<_> = again.claims.iter().map(|claim| claim.item.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "North Korea's troops were taken off the Kursk front.",
            "National Intelligence Service on the claim “North Korea's troops were taken off the Kursk front.”: \
             Supported",
            "For some three weeks nobody saw North Korea's troops at the Kursk front.",
            "National Intelligence Service on the claim “For some three weeks nobody saw North Korea's troops at the \
             Kursk front.”: Supported",
        ]
    );
}
