use super::*;
use crate::model::{Claim, ClaimDraft, Document, Entity, EntityDraft, Path, Source};
use crate::pack::{LeftOut, Located, Pack};
use std::fs;
use std::io::Write;
use std::path::{Path as FilePath, PathBuf};

fn kept(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/interchange").join(name)
}

/// All packs of a file as one, and what was left out.
fn read(file: &FilePath) -> (Pack, LeftOut) {
    let mut statements = Statements::open(file).unwrap();
    let mut all = Pack::default();
    for pack in statements.by_ref() {
        let pack = pack.unwrap();
        all.sources.extend(pack.sources);
        all.entities.extend(pack.entities);
        all.claims.extend(pack.claims);
    }
    (all, statements.left_out().clone())
}

fn read_text(text: &str) -> Result<(Pack, LeftOut), StatementsError> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("s.csv");
    fs::write(&file, text).unwrap();
    Statements::open(&file).map(|_| read(&file))
}

/// Writes what a pack holds, as a ledger would that had accepted it.
fn written(pack: &Pack) -> (String, LeftOut) {
    let mut out = Vec::new();
    let mut writer = StatementsWriter::new(&mut out, "our ledger").unwrap();
    for source in &pack.sources {
        writer.source(&Source::parse(&source.item, Path::ROOT).unwrap());
    }
    for document in &pack.documents {
        writer.document(&Document::parse(&document.item, Path::ROOT).unwrap());
    }
    for entity in &pack.entities {
        writer.entity(&Entity::parse(&entity.item, Path::ROOT).unwrap()).unwrap();
    }
    for claim in &pack.claims {
        writer.claim(&Claim::parse(&claim.item, Path::ROOT).unwrap()).unwrap();
    }
    let left_out = writer.finish().unwrap();
    (String::from_utf8(out).unwrap(), left_out)
}

fn claim<'p>(pack: &'p Pack, prop: &str, value: &str) -> &'p Located<ClaimDraft> {
    let is = |claim: &&Located<ClaimDraft>| {
        claim.item.labels["ftm.prop"] == prop && claim.item.labels["ftm.value"] == value
    };
    pack.claims.iter().find(is).unwrap()
}

#[test]
fn statements_come_back_byte_by_byte() {
    let file = kept("statements.csv");
    let (pack, _) = read(&file);
    let (text, left_out) = written(&pack);
    assert_eq!(text, fs::read_to_string(file).unwrap());
    assert_eq!(left_out, LeftOut::default());
}

#[test]
fn what_is_left_out_is_counted() {
    let (_, left_out) = read(&kept("statements.csv"));
    assert_eq!(left_out.to_string(), "left out: references by payer to what is not in the file (1)");
    let text = "entity_id,prop,schema,value,dataset
a,name,Person,A,d
a,name,Person,A,d
b,name,Starship,B,d
";
    let (pack, left_out) = read_text(text).unwrap();
    assert_eq!(
        left_out.to_string(),
        "left out: statements of schema Starship (1), statements told twice (1)"
    );
    let things: Vec<_> = pack.entities.iter().map(|entity| entity.item.id.as_str()).collect();
    assert_eq!((things, pack.claims.len()), (vec!["ftm", "ftm.name", "ftm.dataset.d", "a"], 1));
}

#[test]
fn a_statement_becomes_a_claim_of_its_data_set() {
    let (pack, _) = read(&kept("statements.csv"));
    let Located { item, line, path, .. } = claim(&pack, "name", "Zelensky");
    assert_eq!((*line, path.as_str()), (12, "statement 0d4fa264679678b3e394537c974718afbec251d6"));
    assert_eq!(item.text, "Volodymyr Zelensky has name: Zelensky");
    assert_eq!(item.actors, ["q3874799"]);
    assert_eq!(item.kind.as_deref(), Some("ftm.name"));
    assert_eq!(item.attribution[0].sources, ["ftm.outlet"]);
    assert_eq!(item.attribution[0].said.as_deref(), Some("2025-02-10"));
    let labels: Vec<_> = item.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(
        labels,
        [
            "ftm.canonical=Q3874799",
            "ftm.entity=outlet-zelensky",
            "ftm.last-seen=2025-02-10",
            "ftm.origin=paragraph 13",
            "ftm.prop=name",
            "ftm.schema=LegalEntity",
            "ftm.type=name",
            "ftm.value=Zelensky",
        ]
    );
    let base = claim(&pack, "id", "nis");
    assert_eq!(base.item.text, "National Intelligence Service is in the data set seed_registry.");
    assert_eq!(base.item.attribution[0].said.as_deref(), Some("2025-02-11T06:00:00Z"));
    assert!(!base.item.labels.contains_key("ftm.last-seen"));
}

#[test]
fn a_link_is_told_of_its_ends() {
    let (pack, _) = read(&kept("statements.csv"));
    let program = &claim(&pack, "program", "UN Security Council Resolution 2397").item;
    assert_eq!(program.text, "sanction (North Korea) has program: UN Security Council Resolution 2397");
    assert_eq!(
        (program.actors.len(), &*program.targets, program.when.as_deref()),
        (0, &["north-korea".to_owned()][..], Some("2017-12-22/.."))
    );
    assert_eq!(claim(&pack, "listingDate", "2017-12-22").item.when.as_deref(), Some("2017-12-22"));
    let amount = &claim(&pack, "amount", "800").item;
    let crate::model::ContentDraft::Figure(figure) = amount.content.as_ref().unwrap() else { panic!() };
    assert_eq!((figure.notation.as_deref(), figure.unit.as_deref()), (Some("800"), Some("USD")));
    assert_eq!(amount.targets, ["workers-in-russia"]);
}

#[test]
fn an_entity_is_found_by_all_its_names_and_numbers() {
    let (pack, _) = read(&kept("statements.csv"));
    let entity = |id: &str| &pack.entities.iter().find(|entity| entity.item.id == id).unwrap().item;
    let lines = |entity: &EntityDraft| {
        let EntityDraft { kind, name, aliases, external_ids, .. } = entity;
        format!("{} {name} {aliases:?} {external_ids:?}", kind.unwrap())
    };
    assert_eq!(
        lines(entity("q3874799")),
        r#"person Volodymyr Zelensky ["Zelensky", "Volodymyr Zelenskyy"] {"ftm": "Q3874799", "wikidata": "Q3874799"}"#
    );
    assert_eq!(
        lines(entity("north-korea")),
        r#"country North Korea ["Democratic People's Republic of Korea"] {"territorycode": "kp"}"#
    );
    assert_eq!(lines(entity("ftm.territorycode")), "topic FollowTheMoney territoryCode [] {}");
    let lines: Vec<_> = pack
        .sources
        .iter()
        .map(|Located { item, .. }| {
            let dataset = entity(item.entity.as_deref().unwrap());
            format!("{} is {} {:?}", item.id, dataset.id, dataset.labels)
        })
        .collect();
    assert_eq!(
        lines,
        [
            r#"ftm.outlet is ftm.dataset.outlet {"ftm.dataset": "outlet", "ftm.last-seen": "2025-03-01T06:00:00"}"#,
            r#"ftm.seed_registry is ftm.dataset.seed_registry {"ftm.dataset": "seed_registry", "ftm.last-seen": "2025-03-01T06:00:00"}"#,
            r#"ftm.un_sc is ftm.dataset.un_sc {"ftm.dataset": "un_sc", "ftm.last-seen": "2025-03-01T06:00:00"}"#,
        ]
    );
}

#[test]
fn the_model_takes_what_is_read() {
    let (pack, _) = read(&kept("statements.csv"));
    let mut refused = Vec::new();
    for Located { item, path, .. } in &pack.claims {
        refused.extend(Claim::parse(item, Path::ROOT).err().map(|found| (path, found)));
    }
    assert_eq!(refused, []);
    assert_eq!(pack.claims.len(), 32);
}

#[test]
fn a_data_set_last_seen_at_no_time_is_kept_so_if_it_is_short() {
    let seen = |last_seen: &str| {
        let head = "entity_id,prop,schema,value,dataset,last_seen";
        let (pack, _) = read_text(&format!("{head}\na,name,Person,A,d,{last_seen}\n")).unwrap();
        let dataset = pack.entities.iter().find(|entity| entity.item.id == "ftm.dataset.d").unwrap();
        Entity::parse(&dataset.item, Path::ROOT).unwrap();
        let (text, left_out) = written(&pack);
        assert!(left_out.is_empty());
        assert!(text.contains(last_seen), "{text}");
        dataset.item.labels.get("ftm.last-seen").cloned()
    };
    assert_eq!(seen("2025-03-01\u{2}"), Some("2025-03-01\\u{2}".to_owned()));
    assert_eq!(seen(&"9".repeat(65)), None);
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let message = |text: &str| {
        let error = read_text(text).unwrap_err().to_string();
        error
            .lines()
            .map(|line| line.split_once("s.csv:").unwrap().1.to_owned())
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(
        message("name,value\n"),
        "1: these are no FollowTheMoney statements: the heading has no column `entity_id`, `prop`, `schema`, `dataset`; \
         `ftm statements -f csv` writes one"
    );
    assert_eq!(
        message(
            "entity_id,prop,schema,value,dataset
a,name,Person,A,d
b,name,Person,,d
b,name,Person,\"two
lines\",d
a,alias,Person,A,d
c,name
"
        ),
        "3: `value` is empty
6: statements of `a` stand above too, with those of others between; sort the rows by canonical_id
7: the row has 2 cells, and the heading has 5"
    );
    let heading = "entity_id,prop,schema,value,dataset\na,name,Person,A,d\n";
    assert_eq!(
        message(&format!("{heading}b,name,Person,\"B,d\n{}", "c,name,Person,C,d\n".repeat(100_000))),
        "3: the row is longer than 1048576 bytes: is a quote not closed?"
    );
    let many = "b,alias,Person,B,d\n".repeat(100_001);
    assert_eq!(
        message(&format!("{heading}{many}c,name,Person,C\n")),
        "100003: with this row, `b` has more than 100000 statements, or 64 MiB of them: is the file damaged?"
    );
    let long = format!("b,notes,Person,{},d\n", "b".repeat(1 << 19)).repeat(129);
    assert_eq!(
        message(&format!("{heading}{long}")),
        "131: with this row, `b` has more than 100000 statements, or 64 MiB of them: is the file damaged?"
    );
}

#[test]
fn a_file_may_be_gzipped() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("statements.csv.gz");
    let mut gzip =
        flate2::write::GzEncoder::new(fs::File::create(&path).unwrap(), flate2::Compression::fast());
    gzip.write_all(&fs::read(kept("statements.csv")).unwrap()).unwrap();
    gzip.finish().unwrap();
    assert_eq!(read(&path).0.claims.len(), 32);
}

#[test]
fn names_that_differ_only_in_case_do_not_collide() {
    let (pack, _) = read_text(
        "entity_id,prop,prop_type,schema,value,dataset
a,name,name,Person,A,d
a,Name,name,Person,A,D
a,topics,topic,Person,sanction,d
a,Topics,topic,Person,sanction,d
",
    )
    .unwrap();
    let entities: Vec<_> = pack.entities.iter().map(|entity| entity.item.id.as_str()).collect();
    let expected = [
        "ftm",
        "ftm.name",
        "ftm.topics",
        "ftm.topics.sanction",
        "ftm.dataset.d-50c9e8d5",
        "ftm.dataset.d",
        "a",
    ];
    assert_eq!(entities, expected);
    let sources: Vec<_> = pack.sources.iter().map(|source| source.item.id.as_str()).collect();
    assert_eq!(sources, ["ftm.d-50c9e8d5", "ftm.d"]);
    let kinds: Vec<_> = pack.claims.iter().map(|claim| claim.item.kind.as_deref().unwrap()).collect();
    assert_eq!(kinds, ["ftm.name", "ftm.name", "ftm.topics.sanction", "ftm.topics.sanction"]);
    let (text, _) = written(&pack);
    assert_eq!(
        text.lines().filter(|line| line.contains("\"Name\"") || line.contains("\"Topics\"")).count(),
        2
    );
}

/// Square in the statements of an entity, this would take minutes.
#[test]
fn a_link_of_very_many_statements_costs_what_it_has() {
    let mut text = "entity_id,prop,prop_type,schema,value,dataset\n".to_owned();
    for number in 0..30_000 {
        text.push_str(&format!("o,summary,string,Ownership,s{number},d{}\n", number % 2));
    }
    text.push_str("o,startDate,date,Ownership,2020,d1\no,startDate,date,Ownership,2021,d1\n");
    let (pack, _) = read_text(&text).unwrap();
    let when = |index: usize| pack.claims[index].item.when.as_deref();
    assert_eq!((pack.claims.len(), when(0), when(1)), (30_002, None, Some("2020/..")));
}

#[test]
fn the_seeds_become_entities_and_notes() {
    let seeds = Pack::read_dir(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("seeds")).unwrap();
    let (text, left_out) = written(&seeds);
    let golden = kept("seeds-statements.csv");
    if std::env::var_os("UPDATE_SCRIPTS").is_some() {
        fs::write(&golden, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&golden).unwrap());
    assert_eq!(
        left_out.to_string(),
        "left out: actions of claims (18), acts and chains of claims (25), documents, but for their links (3), \
         entities of kind action (9), entities of kind instrument (2), entities of kind topic (6), \
         evidence of claims, but for its link (25), figures of claims (6), kinds of claims (24), labels of claims (6), \
         likelihoods of claims (3), norms of claims (6), parents of entities (8), relations of claims (2), \
         sources, but for their names (10), states of claims (6), times of claims (15), types of claims (8)"
    );

    // Read again: the same names for the same ids.
    let (again, _) = read(&golden);
    for Located { item, .. } in &seeds.entities {
        let Some(found) = again.entities.iter().find(|entity| entity.item.id == item.id) else { continue };
        assert_eq!((&found.item.name, &found.item.aliases), (&item.name, &item.aliases));
    }
    // And once more the same statements.
    assert_eq!(written(&again), (text, LeftOut::default()));
}
