use super::data::Data;
use super::file::Format;
use super::*;
use crate::model::{ContentDraft, EntityDraft, FigureDraft, SourceDraft, StepDraft};
use crate::pack::Pack;
use proptest::prelude::*;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn mapping(text: &str) -> Mapping {
    Mapping::read_text(Path::new("m.yaml"), text).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(text: &str) -> String {
    Mapping::read_text(Path::new("m.yaml"), text).unwrap_err().to_string()
}

/// Applies a mapping to the bytes of a table; what is wrong becomes its text.
fn rows(mapping: &Mapping, table: impl AsRef<[u8]>) -> Vec<Result<RowDrafts, String>> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t");
    fs::write(&path, table).unwrap();
    let told = |text: String| text.replace(&path.display().to_string(), "t");
    match mapping.drafts(&path) {
        Err(error) => vec![Err(told(error.to_string()))],
        Ok(drafts) => drafts
            .map(|row| {
                row.map_err(|error| match error {
                    RowError::Broken(faults) => {
                        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
                        told(faults.join("\n"))
                    }
                    RowError::Ended(error) => told(format!("ended: {error}")),
                })
            })
            .collect(),
    }
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|&text| text.to_owned()).collect()
}

const STATEMENT: &str = "
claims:
  - text: '{text}'
    type: statement
    attribution: [{ clarity: unattributed }]
";

/// The texts of the claims, or what is wrong, row by row.
fn claims(mapping: &Mapping, table: impl AsRef<[u8]>) -> Vec<String> {
    let text = |row: Result<RowDrafts, String>| match row {
        Ok(row) => row.claims.iter().map(|claim| claim.item.text.as_str()).collect::<Vec<_>>().join(" | "),
        Err(fault) => fault,
    };
    rows(mapping, table).into_iter().map(text).collect()
}

#[test]
fn a_row_becomes_claims_and_what_they_are_about() {
    let mapping = mapping(
        "format: csv
delimiter: ';'
values:
  hedge: { column: form, table: { about: '~', more: '>=' } }
  date: { text: '{day}/{month}/{year}', date: dmy }
  said:
    - { if: { precision: [2, 3] }, text: '{year}-{month}' }
    - '{date}'
  papers: { column: papers, split: ['+', ' and '], table: { Times: The Times, none: ~, '*': '*' } }
  others: { column: papers, split: '+', without: papers }
entities:
  - { id: dead, kind: topic, name: Deaths }
  - { kind: country, name: '{country}' }
sources:
  - { each: papers, kind: news_outlet, name: '{each}' }
claims:
  - each: { dead: dead, hurt: hurt }
    if: { skip: ~ }
    id: 'c-{id}-{each.name}'
    text: '{hedge?}{each} {each.name}{note?}.'
    figure: '{hedge?}{each} person'
    actors: ['{country}', '{side}', Everybody]
    kind: '{each.name}'
    when: '{date}'
    attribution:
      - { sources: ['{papers}'], act: said, said: '{said}' }
      - { if: others, sources: ['{others}', 'The {others}'], relay: summary }
    labels: { place: '{place}', side: '{side}' }
",
    );
    let table = "id;country;side;dead;hurt;form;day;month;year;precision;papers;place;note;skip
7;Syria; syria ;4000;;about;3;02;2024;2;Times+Le Monde and times;;;
8;Syria;Iraq;1;2;;03;12;2024;1;none;Aleppo;, so they say;
9;Iraq;Iraq;1;2;;3;2;2024;1;;;;x
";
    let read: Vec<RowDrafts> = rows(&mapping, table).into_iter().collect::<Result<_, _>>().unwrap();
    let [first, second, third] = &read[..] else { panic!("{read:?}") };
    let names = |row: &RowDrafts| {
        let entities = row.entities.iter().map(|entity| entity.item.name.clone());
        let sources = row.sources.iter().map(|source| source.item.name.clone());
        (entities.collect::<Vec<_>>(), sources.collect::<Vec<_>>())
    };
    assert_eq!(names(first), (texts(&["Deaths", "Syria"]), texts(&["The Times", "Le Monde", "times"])));
    assert_eq!(names(second), (texts(&[]), texts(&[])));
    assert_eq!(names(third), (texts(&["Iraq"]), texts(&[])));
    assert_eq!((first.row.number, first.row.line, third.row.number, third.row.line), (1, 2, 3, 4));

    let [claim] = &first.claims[..] else { panic!("{:?}", first.claims) };
    let claim = &claim.item;
    assert_eq!((claim.id.as_str(), claim.text.as_str()), ("c-7-dead", "~4000 dead."));
    let figure =
        FigureDraft { notation: Some("~4000".into()), unit: Some("person".into()), ..FigureDraft::default() };
    assert_eq!(claim.content, Some(ContentDraft::Figure(figure)));
    assert_eq!(claim.actors, texts(&["Syria", "Everybody"]));
    assert_eq!(claim.when.as_deref(), Some("2024-02-03"));
    assert_eq!(claim.attribution[0].sources, texts(&["The Times", "Le Monde", "times"]));
    assert_eq!(claim.attribution[0].said.as_deref(), Some("2024-02"));
    assert_eq!(
        claim.attribution[1..],
        [StepDraft {
            sources: texts(&["Le Monde and times", "The Le Monde and times"]),
            relay: Some(crate::model::vocabulary::Relay::Summary),
            ..StepDraft::default()
        }]
        .map(|step| StepDraft { sources: step.sources, ..step })
    );
    assert_eq!(claim.labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(), ["side=syria"]);

    let ids: Vec<_> = second.claims.iter().map(|claim| (&*claim.item.id, &*claim.item.text)).collect();
    assert_eq!(ids, [("c-8-dead", "1 dead, so they say."), ("c-8-hurt", "2 hurt, so they say.")]);
    assert_eq!(second.claims[0].item.attribution[0].sources, texts(&[]));
    assert_eq!(third.claims, []);
}

#[test]
fn all_faults_of_a_mapping_are_told_together_with_their_places() {
    assert_eq!(
        refused(
            "format: cvs
delimiter: ';;'
tables: { t: [] }
values:
  a: { column: x, text: '{y}' }
  b: { column: x, split: ',', date: dym, without: a }
  c: '{b} and'
  d: { colum: x, table: u }
  e: { column: x, if: [x] }
entities:
  - { kind: contry, name: '{name', parents: b }
  - { each: a, kind: '{kind}', name: '{each.name}' }
sources:
  - { kind: other, name: '{}', part_of: '{b}' }
claims:
  - text: a } b
    figure: { low: '{low}', best: best, hig: 3 }
    actors: ['{b} {b}']
    if: { x: {} }
    attribution:
      - { sources: ['{each}'], act: sad, iff: x }
clams: []
"
        ),
        "\
m.yaml:1:9: format: unknown word `cvs`; did you mean `csv`? Words here: csv, json, jsonl
m.yaml:2:12: delimiter: `;;` is no delimiter; write one ASCII character, or `tab`
m.yaml:3:14: tables.t: expected named fields, found a list
m.yaml:5:6: values.a: a value has exactly one of `column` and `text`
m.yaml:6:37: values.b.date: unknown word `dym`; did you mean `dmy`? Words here: ymd, dmy, mdy, ym, my, y
m.yaml:6:51: values.b.without: `a` is none of the values that are lists, which have `split`; there is none
m.yaml:7:6: values.c: `b` is a list; it can stand in a list, or `each: b` makes one item of each value
m.yaml:8:6: values.d: a value has exactly one of `column` and `text`
m.yaml:8:8: values.d: unknown field `colum`; did you mean `column`? Fields here: column, text, if, split, \
table, without, date, slug
m.yaml:8:25: values.d.table: `u` is none of the mapping's `tables`; there is none
m.yaml:9:23: values.e.if: expected one value or named fields, found a list; text that begins with `[` needs \
quotes
m.yaml:11:13: entities[0].kind: unknown word `contry`; did you mean `country`? Words here: country, place, \
person, organization, group, asset, instrument, incident, topic, action
m.yaml:11:27: entities[0].name: `{` begins the name of a column, and no `}` ends it; write `{{` for a brace \
that is text
m.yaml:11:45: entities[0].parents: expected a list, found one value; write `[a]`, or each value on a line \
that begins with `- `
m.yaml:12:13: entities[1].each: `a` is none of the values that are lists, which have `split`: b
m.yaml:12:38: entities[1].name: `{each.name}` has a meaning only below `each` with names for columns
m.yaml:14:26: sources[0].name: no column is named between `{` and `}`
m.yaml:14:41: sources[0].part_of: `b` is a list; it can stand in a list, or `each: b` makes one item of \
each value
m.yaml:16:11: claims[0].text: `}` stands alone; write `}}` for a brace that is text
m.yaml:17:35: claims[0].figure.best: `best` is not a number
m.yaml:17:41: claims[0].figure: unknown field `hig`; did you mean `high`? Fields here: notation, low, high, \
low_exclusive, high_exclusive, best, hedge, unit, per, basis, of, surface
m.yaml:18:14: claims[0].actors[0]: `b` is a second list in one text; a text can go through one list
m.yaml:19:14: claims[0].if[\"x\"]: expected one value, found named fields; text with `: ` or `{` in it \
needs quotes
m.yaml:21:21: claims[0].attribution[0].sources[0]: `{each}` has a meaning only below `each`
m.yaml:21:37: claims[0].attribution[0].act: unknown word `sad`; did you mean `said`? Words here: said, \
estimated, assessed, believes, opined, confirmed, denied, accused, predicted, promised, demanded, decided, \
declined_to_comment, omitted, corrected
m.yaml:21:42: claims[0].attribution[0]: unknown field `iff`. Fields here: sources, on_behalf_of, act, said, \
clarity, relay, stance, occasion
m.yaml:22:1: unknown field `clams`; did you mean `claims`? Fields here: format, delimiter, tables, values, \
entities, sources, documents, claims"
    );
}

#[test]
fn columns_that_a_table_lacks_are_told_together() {
    let mapping = mapping(&format!(
        "format: csv
values:
  low: {{ column: [low_death, lo] }}
  none: {{ column: [absent, ~] }}
  text: '{{low}} {{low}} {{none?}} {{twice}}'
  more: {{ text: '{{contry}}', if: {{ sid: ~ }} }}{STATEMENT}"
    ));
    assert_eq!(
        claims(&mapping, "low,side,country,twice,twice\n"),
        ["\
m.yaml:3:18: values.low.column: t has no column `low_death` or `lo`. Columns there: low, side, country, twice, \
twice
m.yaml:5:9: values.text: t has two columns `twice`
m.yaml:6:17: values.more.text: t has no column `contry`; did you mean `country`? Columns there: low, side, country, \
twice, twice
m.yaml:6:35: values.more.if[\"sid\"]: t has no column `sid`; did you mean `side`? Columns there: low, side, \
country, twice, twice"]
    );
}

#[test]
fn what_is_wrong_with_a_row_names_its_cells() {
    let mapping = mapping(
        "format: csv
values:
  kind: { column: what, table: { dead: deaths, wounded: injuries } }
  date: { column: date, date: ymd }
sources:
  - { kind: '{source_kind}', name: '{source}' }
claims:
  - each: { low: low, high: high }
    text: '{text}'
    figure: { low: '{each}', unit: person }
    kind: '{kind}'
    when: '{date}'
    credibility: '{grade}'
    attribution: [{ sources: ['{source}'] }]
",
    );
    let table = "what,date,source_kind,source,low,high,text,grade
deads,yesterday,,,1,,T,
dead,2024-01-02,paper,S,,few,T,7
dead,2024-01-02,,,1,2,,
dead,2024-01-02,,,1
dead,2024-01-02,ngo,S,1,,\"T
T\",
dead,2024-01-02,ngo,S,,1,\u{1}T,
";
    assert_eq!(
        claims(&mapping, table),
        [
            "\
t: row 1 (line 2): what=\"deads\": claims[0]: the mapping's table has no `deads`; did you mean `dead`?
t: row 1 (line 2): date=\"yesterday\": claims[0]: `yesterday` is no date in the order ymd",
            "\
t: row 2 (line 3): source_kind=\"paper\": sources[0].kind: unknown word `paper`. Words here: \
intelligence_agency, government, military, legislator, court, igo, ngo, news_agency, news_outlet, aggregator, \
think_tank, academic, pollster, company, witness, sensor, social_account, dataset, other
t: row 2 (line 3): high=\"few\": claims[0].figure.low: `few` is not a number
t: row 2 (line 3): grade=\"7\": claims[0].credibility: unknown word `7`. Words here: 1, 2, 3, 4, 5, 6",
            "t: row 3 (line 4): text=\"\": claims[0]: `text` is missing: `{text}` is empty here",
            "t: row 4 (line 5): the row has 5 cells, and the heading has 8",
            "T\nT",
            "\u{1}T",
        ]
    );
}

#[test]
fn json_is_read_as_an_array_or_line_by_line() {
    let array = mapping(&format!("format: json\nvalues: {{ text: '{{a}}{{b?}}' }}{STATEMENT}"));
    assert_eq!(
        claims(&array, "\n[ {\"a\": 1.5, \"b\": null},\n\n {\"b\": true, \"c\": [1], \"a\": \"x\"} ] \n"),
        ["1.5", "t: row 2 (line 4): the row is no flat JSON object: `c` is no plain value"]
    );
    assert_eq!(
        claims(&array, "[]"),
        ["m.yaml:2:17: values.text: t has no column `a`. Columns there: \n\
         m.yaml:2:17: values.text: t has no column `b`. Columns there: "]
    );
    assert_eq!(claims(&array, ""), ["t is empty: a table begins with the names of its columns"]);
    for (text, expected) in [
        ("{}", "t: line 1: not a JSON array of objects: it begins with no `[`"),
        ("[\n1]", "t: line 2: not a JSON array of objects: `{` is missing"),
        ("[{}\n{}]", "t: line 2: not a JSON array of objects: `,` or `]` is missing"),
        ("[{},]", "t: line 1: not a JSON array of objects: `{` is missing"),
        ("[{}", "t: line 1: not a JSON array of objects: `,` or `]` is missing"),
        ("[{}] x", "t: line 1: not a JSON array of objects: something stands behind `]`"),
        ("[{\"a\": }]", "t: line 1: not a JSON array of objects: expected value"),
    ] {
        assert_eq!(claims(&array, text), [expected], "{text}");
    }
    let lines = mapping(&format!("format: jsonl\nvalues: {{ text: '{{a}}' }}{STATEMENT}"));
    assert_eq!(
        claims(&lines, "{\"a\": 1}\n\n{\"a\": \n[]\n{\"a\": \"2\"}"),
        [
            "1",
            "t: row 2 (line 3): the row is no flat JSON object: EOF while parsing a value",
            "t: row 3 (line 4): the row is no flat JSON object: invalid type: sequence, expected a map",
            "2"
        ]
    );
}

#[test]
fn what_is_gzipped_is_read_as_what_it_was() {
    let mapping = mapping(&format!("format: csv{STATEMENT}"));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all("\u{feff}text,b\nT,1\n".as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    assert_eq!(claims(&mapping, &gzip), ["T"]);
    assert_eq!(
        claims(&mapping, &gzip[..gzip.len() - 9]),
        ["T", "ended: cannot read t: incomplete deflate stream"]
    );
    assert_eq!(claims(&mapping, ""), ["t is empty: a table begins with the names of its columns"]);
    assert_eq!(claims(&mapping, b"text\n\xff\nT\n"), ["t: row 1 (line 2): the row is not UTF-8", "T"]);
}

#[test]
fn a_quote_that_nobody_closed_does_not_take_the_rest_into_memory() {
    let mapping = mapping(&format!("format: csv{STATEMENT}"));
    let table = format!("text\nT\n\"{}", "row\n".repeat(1 << 19));
    assert_eq!(
        claims(&mapping, table),
        [
            "T",
            "ended: t: the row that begins on line 3 is longer than 1048576 bytes: is a quote not closed, or is \
             it another format?"
        ]
    );
}

#[test]
fn rows_before_the_first_are_passed_over_and_a_refusal_names_the_cells() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.csv");
    fs::write(&path, "id,low,best,side_a,side_b\n1,x,1,a,b\n2,3,1,a,b\n").unwrap();
    let mapping = mapping(
        "format: csv
claims:
  - id: '{id}'
    text: T
    figure: { low: '{low}', best: '{best}', unit: person }
    actors: ['{side_a}', '{side_b}']
    attribution: [{ clarity: unattributed }]
",
    );
    let mut drafts = mapping.drafts(&path).unwrap();
    drafts.skip_to(2).unwrap();
    let row = drafts.next().unwrap().unwrap();
    let blame = |field: &str| {
        let fault = drafts.blame(&row.row, &row.claims[0].origin, field, "is odd".to_owned());
        fault.to_string().replace(&path.display().to_string(), "t.csv")
    };
    assert_eq!(blame("figure.best"), "t.csv: row 2 (line 3): best=\"1\": claims[0].figure.best: is odd");
    assert_eq!(blame("figure"), "t.csv: row 2 (line 3): low=\"3\", best=\"1\": claims[0].figure: is odd");
    assert_eq!(blame("actors[1]"), "t.csv: row 2 (line 3): side_b=\"b\": claims[0].actors[1]: is odd");
    assert_eq!(blame("mode"), "t.csv: row 2 (line 3): claims[0].mode: is odd");
    assert!(drafts.next().is_none());
}

#[test]
fn what_a_row_becomes_is_shown_as_a_pack_that_reads_the_same() {
    for (name, table) in MAPPINGS {
        let mapping = Mapping::read_file(&root().join("docs/mappings").join(name)).unwrap();
        let mut drafts = mapping.drafts(&root().join("tests/data/mapping").join(table)).unwrap();
        let mut claims = 0;
        while let Some(row) = drafts.next() {
            let Ok(row) = row else { continue };
            for Made { item, origin } in &row.claims {
                let yaml = format!("claims:\n{}", drafts.yaml(&row.row, origin, None));
                let pack = Pack::read_text(Path::new("p.yaml"), &yaml).unwrap();
                assert_eq!(pack.claims[0].item, *item, "{yaml}");
                claims += 1;
            }
        }
        assert!(claims > 5, "{name}");
    }
}

const MAPPINGS: [(&str, &str); 6] = [
    ("ucdp-ged.yaml", "ucdp-ged-21.1.csv"),
    ("ucdp-ged.yaml", "ucdp-ged-syria.csv"),
    ("ucdp-ged-syria.yaml", "ucdp-ged-syria.csv"),
    ("general-staff-personnel.yaml", "general-staff-personnel.json"),
    ("general-staff-equipment.yaml", "general-staff-equipment.json"),
    ("oryx.yaml", "oryx.csv"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_documentation_shows_what_is_read() {
    let page = include_str!("../../../docs/mapping.md");
    let examples: Vec<_> =
        page.split("```yaml\n").skip(1).filter_map(|part| part.split("```").next()).collect();
    let whole = examples.iter().filter(|example| example.contains("format:"));
    let (yaml, table) = (examples[0], page.split("```csv\n").nth(1).unwrap().split("```").next().unwrap());
    let shown = mapping(yaml);
    assert_eq!(
        claims(&shown, table),
        [
            "On 2024-05-02 between 3 and 5 people died in Graustark.",
            "On 2024-05-03 between 0 and 2 people died in Ruritania."
        ]
    );
    for example in whole {
        mapping(example);
    }
}

proptest! {
    #[test]
    fn no_table_makes_it_panic(table in any::<Vec<u8>>(), text in "[a-c,;\"\n{}:\\[\\]0-9]{0,60}") {
        for format in [Format::Csv { delimiter: b',' }, Format::Json, Format::JsonLines] {
            for bytes in [table.clone(), text.clone().into_bytes(), [b"a,b\n", text.as_bytes()].concat()] {
                let file: Arc<Path> = Path::new("t").into();
                let Ok(data) = Data::read(&file, std::io::Cursor::new(bytes), format) else { continue };
                let mapping = mapping(
                    "format: csv
values:
  text: { column: [a, ~], split: [';', b], slug: true }
  date: { column: [b, ~], date: ymd }
claims:
  - { each: text, id: '{each}', text: '{each}', type: event, when: '{date}', attribution: [{ clarity: unattributed }] }
",
                );
                if let Ok(drafts) = mapping.drafts_of(data) {
                    for row in drafts {
                        if let Err(RowError::Broken(faults)) = row {
                            prop_assert!(!faults.is_empty());
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn no_mapping_makes_it_panic(
        text in "[a-e{}:,?\\[\\]' \n-]{0,80}",
        field in "(column|text|split|table|if|date|without|each): ?[a-e{}:,~'\\[\\]]{0,20}",
    ) {
        let value = format!("format: csv\nvalues:\n  a: {{ {field} }}\nclaims: [{{ text: '{{a}}', {field} }}]");
        for text in [format!("format: csv\n{text}"), text, value] {
            if let Err(error) = Mapping::read_text(Path::new("m.yaml"), &text) {
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}

#[test]
fn entities_are_told_apart_by_kind_and_told_once() {
    let mapping = mapping(
        "format: csv
entities:
  - { kind: group, name: '{a}' }
  - { kind: country, name: '{a}' }
  - { id: '{b}', kind: place, name: '{a}' }
sources:
  - { kind: other, name: '{a}' }
",
    );
    let read: Vec<RowDrafts> =
        rows(&mapping, "a,b\nX,\nx,p\nY,p\n").into_iter().collect::<Result<_, _>>().unwrap();
    let entity = |made: &Made<EntityDraft>| (made.item.id.clone(), made.item.name.clone());
    let entities: Vec<Vec<_>> = read.iter().map(|row| row.entities.iter().map(entity).collect()).collect();
    let named = |name: &str| (String::new(), name.to_owned());
    assert_eq!(
        entities,
        [vec![named("X"), named("X")], vec![("p".to_owned(), "x".to_owned())], vec![named("Y"), named("Y")]]
    );
    let source = |made: &Made<SourceDraft>| made.item.name.clone();
    let sources: Vec<_> = read.iter().flat_map(|row| row.sources.iter().map(source)).collect();
    assert_eq!(sources, ["X", "Y"]);
}

/// Square in the rows, this would take minutes.
#[test]
fn rows_that_name_ever_new_columns_cost_what_they_have() {
    let mapping = mapping(&format!("format: jsonl{STATEMENT}"));
    let table = |rows: usize| {
        let row = |number| format!("{{\"text\":\"t\",\"c{number}\":1}}\n");
        (0..rows).map(row).collect::<String>()
    };
    assert_eq!(claims(&mapping, table(9_999)), vec!["t"; 9_999]);
    assert_eq!(
        claims(&mapping, table(40_000)),
        [
            "t: line 10000: with this row the table has more than 10000 columns: are names here what should be values?"
        ]
    );
}

/// Square in the parts of a cell, these would take minutes, or all memory.
#[test]
fn a_row_of_very_many_parts_costs_what_it_has() {
    let text = "format: csv
values:
  parts: { column: parts, split: '|' }
sources:
  - { each: parts, kind: ngo, name: '{each}' }
claims:
  - each: parts
    text: '{each}'
    KIND
    attribution: [{ sources: ['{each}'] }]
";
    let parts = (0..100_000).map(|part| format!("s{part}")).collect::<Vec<_>>().join("|");
    let table = format!("parts\n{parts}\n");
    let sound = rows(&mapping(&text.replace("KIND", "type: statement")), &table);
    let [Ok(row)] = &sound[..] else { panic!("one row") };
    assert_eq!((row.sources.len(), row.claims.len()), (100_000, 100_000));

    let broken = rows(&mapping(&text.replace("KIND", "figure: '{each}'")), &table);
    let [Err(faults)] = &broken[..] else { panic!("one row") };
    assert_eq!(faults.lines().count(), 100);
}

const INCIDENTS: &str = "format: csv
entities:
  - { kind: '{kind?}', name: '{place}' }
claims:
  - id: '{id}'
    text: '{dead} died in {place}.'
    figure: '{dead} {unit?}'
    places: ['{place}']
    when: '{day}'
    attribution: [{ sources: ['{source}'], said: '{day}' }]
";

#[test]
fn a_hole_that_is_empty_is_named() {
    let table = "id,dead,unit,place,day,source,kind
a,,person,Syria,2024,Paper,country
b,3,person,,2024,Paper,country
";
    assert_eq!(
        claims(&mapping(INCIDENTS), table),
        [
            "t: row 1 (line 2): place=\"Syria\", dead=\"\": claims[0]: `text` is missing: `{dead}` is empty here; a text \
             with an empty hole is left out whole, unless that is written `{dead?}`
t: row 1 (line 2): claims[0]: a claim has exactly one of `figure`, `norm`, `type: event` and `type: statement`; this \
             one has none: `{dead}` is empty here; a text with an empty hole is left out whole, unless that is \
             written `{dead?}`",
            "t: row 2 (line 3): place=\"\", dead=\"3\": claims[0]: `text` is missing: `{place}` is empty here; a text with \
             an empty hole is left out whole, unless that is written `{place?}`",
        ]
    );
}

#[test]
fn what_no_ledger_takes_is_sifted_out() {
    let table = "id,dead,unit,place,day,source,kind
a,3,person,Syria,2024,The Paper,country
B b,3,persons,Syria,in May,,
c,4..3,person,Syria,2024,The Paper,country
";
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t");
    fs::write(&path, table).unwrap();
    let mapping = mapping(INCIDENTS);
    let mut drafts = mapping.drafts(&path).unwrap();
    let mut left = Vec::new();
    while let Some(row) = drafts.next() {
        let mut row = row.unwrap();
        let faults: Vec<_> = drafts.sift(&mut row).iter().map(ToString::to_string).collect();
        let told = faults.join("\n").replace(&path.display().to_string(), "t");
        left.push((row.entities.len(), row.claims.len(), told));
    }
    assert_eq!(left[0], (1, 1, String::new()));
    let times = "times are written as 2025, 2025-01, 2025-01-15, 2025-01-15~, 2024-02/2025-02, ../2019-12-31, \
                 [2025-01-11..2025-01-20] or 2025-02-09T10:00:00+09:00";
    let second = format!(
        "t: row 2 (line 3): kind=\"\": entities[0].kind: is required: `{{kind}}` is empty here
t: row 2 (line 3): id=\"B b\": claims[0].id: has 'B' at byte 0; an id is a-z, 0-9, `_`, `-` and `.` between letters or \
         digits, and begins with a letter or digit
t: row 2 (line 3): day=\"in May\": claims[0].when: ' ' at byte 2: {times}
t: row 2 (line 3): dead=\"3\", unit=\"persons\": claims[0].figure.unit: `persons` is no unit: units are `person`, UCUM \
         codes and ISO 4217 codes; did you mean `person`?
t: row 2 (line 3): source=\"\": claims[0].attribution[0].sources: must name a source; only the first step may name none, \
         with clarity UNATTRIBUTED: `{{source}}` is empty here
t: row 2 (line 3): day=\"in May\": claims[0].attribution[0].said: ' ' at byte 2: {times}"
    );
    assert_eq!(left[1], (0, 0, second));
    let third = "t: row 3 (line 4): dead=\"4..3\", unit=\"person\": claims[0].figure: low 4 is above high 3";
    assert_eq!(left[2], (0, 0, third.to_owned()));
}
