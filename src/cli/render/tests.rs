use super::*;
use crate::wire::pb::{
    AttributionStep, Basis, Claim, ClaimMatch, ClaimMatches, Clarity, Entity, EntityKind, EntityMatch,
    EntityMatches, Event, Figure, Hedge, ItemType, SpeechAct, Table, TableRow, Time, Truth, claim,
};
use prost_types::value::Kind;
use prost_types::{ListValue, Value};

fn source(id: &str, name: &str) -> NameRef {
    NameRef { r#type: ItemType::Source.into(), id: id.into(), name: name.into() }
}

fn step(sources: &[&str]) -> AttributionStep {
    AttributionStep { sources: sources.iter().map(|&id| id.into()).collect(), ..Default::default() }
}

fn time(text: &str) -> Option<Time> {
    Some(Time { text: text.into(), ..Default::default() })
}

/// A figure that surely matches.
fn first_page() -> QueryResponse {
    let figure = Figure {
        notation: "~4000".into(),
        low: Some(3500.0),
        high: Some(4500.0),
        best: Some(4000.0),
        hedge: Hedge::About.into(),
        unit: "person".into(),
        basis: Basis::Stock.into(),
        ..Default::default()
    };
    let claim = Claim {
        id: "workers-present".into(),
        text: "About 4,000 workers are there.".into(),
        when: time("2025-02"),
        content: Some(claim::Content::Figure(figure)),
        attribution: vec![step(&["nis-official"]), step(&["korea-herald"]), step(&["outlet"])],
        revision: 1,
        ..Default::default()
    };
    QueryResponse {
        result: Some(Rows::Claims(ClaimMatches {
            matches: vec![ClaimMatch { claim: Some(claim), truth: Truth::Sure.into() }],
        })),
        next_page_token: "more".into(),
        canonical_query: "claim".into(),
        names: vec![
            source("korea-herald", "The Korea Herald"),
            source("nis-official", "NIS official"),
            source("outlet", "Outlet"),
        ],
        ..Default::default()
    }
}

/// An event that possibly matches, said by two, and a claim that nobody is named for.
fn second_page() -> QueryResponse {
    let event = Claim {
        id: "pulled-back".into(),
        text: "They left, \"for now\".".into(),
        content: Some(claim::Content::Event(Event {})),
        attribution: vec![step(&["a", "b"]), step(&["outlet"])],
        ..Default::default()
    };
    let unattributed = AttributionStep {
        act: SpeechAct::Accused.into(),
        clarity: Clarity::Unattributed.into(),
        ..Default::default()
    };
    let accusation = Claim { id: "accusation".into(), attribution: vec![unattributed], ..Default::default() };
    QueryResponse {
        result: Some(Rows::Claims(ClaimMatches {
            matches: vec![
                ClaimMatch { claim: Some(event), truth: Truth::Possible.into() },
                ClaimMatch { claim: Some(accusation), truth: Truth::Sure.into() },
            ],
        })),
        canonical_query: "claim".into(),
        names: vec![source("a", "Ukrainian officials"), source("outlet", "Outlet")],
        ..Default::default()
    }
}

fn counts() -> QueryResponse {
    let text = |text: &str| Value { kind: Some(Kind::StringValue(text.into())) };
    let number = |number: f64| Value { kind: Some(Kind::NumberValue(number)) };
    let list = Value { kind: Some(Kind::ListValue(ListValue { values: vec![text("x"), number(1.5)] })) };
    let null = Value { kind: Some(Kind::NullValue(0)) };
    let row = |cells: Vec<Value>, truth: Truth| TableRow { cells, truth: truth.into() };
    QueryResponse {
        result: Some(Rows::Table(Table {
            columns: vec!["when.month".into(), "sure".into(), "b".into()],
            rows: vec![
                row(vec![text("2025-02"), number(2.0), list], Truth::Unspecified),
                row(vec![null, number(1.0), Value { kind: Some(Kind::BoolValue(true)) }], Truth::Possible),
            ],
        })),
        ..Default::default()
    }
}

fn written(format: Format, width: Option<u16>, has_colour: bool, pages: Vec<QueryResponse>) -> String {
    let mut bytes = Vec::new();
    let mut output = Output::new(format, Surface { width, has_colour }, &mut bytes);
    for page in pages {
        output.page(page).unwrap();
    }
    output.finish().unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn claims_are_a_table_with_names_over_all_pages() {
    assert_eq!(
        written(Format::Table, None, false, vec![first_page(), second_page()]),
        "\
id               grade     type    figure        claim                           when     by                         via
────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
workers-present  sure      figure  ~4000 person  About 4,000 workers are there.  2025-02  NIS official               The Korea Herald → Outlet
pulled-back      possible  event                 They left, \"for now\".                    Ukrainian officials and b  Outlet
accusation       sure                                                                     unattributed
"
    );
}

#[test]
fn a_table_fits_its_width() {
    assert_eq!(
        written(Format::Table, Some(80), false, vec![first_page()]),
        "\
id               grade  figure  claim             when     by        via
────────────────────────────────────────────────────────────────────────────────
workers-present  sure   ~4000   About 4,000       2025-02  NIS       The Korea
                        person  workers are                official  Herald →
                                there.                               Outlet
"
    );
    let narrow = written(Format::Table, Some(40), false, vec![first_page()]);
    assert_eq!(narrow.lines().filter(|line| line.chars().count() > 40).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn colours_grade_rows_where_the_surface_has_them() {
    let found = |truth: Truth| EntityMatch {
        entity: Some(Entity {
            id: "e".into(),
            kind: EntityKind::Topic.into(),
            name: "E".into(),
            ..Default::default()
        }),
        truth: truth.into(),
    };
    let answer = QueryResponse {
        result: Some(Rows::Entities(EntityMatches {
            matches: vec![found(Truth::Sure), found(Truth::Possible)],
        })),
        ..Default::default()
    };
    assert_eq!(
        written(Format::Table, None, true, vec![answer]),
        "\
\u{1b}[1mid  \u{1b}[0m\u{1b}[1mgrade     \u{1b}[0m\u{1b}[1mkind   \u{1b}[0m\u{1b}[1mname  \u{1b}[0m
───────────────────────────
e   \u{1b}[38;5;10msure      \u{1b}[39mtopic  E
e   \u{1b}[38;5;11mpossible  \u{1b}[39mtopic  E
"
    );
}

#[test]
fn a_figure_without_a_notation_gets_one() {
    let figure =
        Figure { low: Some(300.0), low_exclusive: true, unit: "person".into(), ..Default::default() };
    let claim = Claim { content: Some(claim::Content::Figure(figure)), ..Default::default() };
    let matches = vec![ClaimMatch { claim: Some(claim), truth: Truth::Sure.into() }];
    let answer = QueryResponse { result: Some(Rows::Claims(ClaimMatches { matches })), ..Default::default() };
    assert_eq!(
        written(Format::Csv, None, false, vec![answer]),
        "id,grade,type,figure,claim,when,by,via\n,sure,figure,>300 person,,,,\n"
    );
}

#[test]
fn nothing_found_leaves_nothing_but_a_header_in_csv() {
    let nothing =
        || QueryResponse { result: Some(Rows::Claims(ClaimMatches::default())), ..Default::default() };
    assert_eq!(written(Format::Table, None, false, vec![nothing()]), "");
    assert_eq!(written(Format::Jsonl, None, false, vec![nothing()]), "");
    assert_eq!(
        written(Format::Csv, None, false, vec![nothing()]),
        "id,grade,type,figure,claim,when,by,via\n"
    );
}

#[test]
fn csv_has_every_column_and_one_header() {
    assert_eq!(
        written(Format::Csv, None, false, vec![first_page(), second_page()]),
        "\
id,grade,type,figure,claim,when,by,via
workers-present,sure,figure,~4000 person,\"About 4,000 workers are there.\",2025-02,NIS official,The Korea Herald → Outlet
pulled-back,possible,event,,\"They left, \"\"for now\"\".\",,Ukrainian officials and b,Outlet
accusation,sure,,,,,unattributed,
"
    );
}

#[test]
fn json_is_one_document_of_all_pages() {
    let json = written(Format::Json, None, false, vec![first_page(), second_page()]);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["claims"]["matches"].as_array().map(Vec::len), Some(3));
    assert_eq!(value["names"].as_array().map(Vec::len), Some(4));
    assert_eq!(value.get("nextPageToken"), None);
    assert!(json.starts_with("{\n  \"claims\": {\n"), "{json}");
    assert!(json.contains(" \"low\": 3500,\n"), "{json}");
}

#[test]
fn json_lines_are_one_row_each() {
    assert_eq!(
        written(Format::Jsonl, None, false, vec![first_page(), second_page()]),
        r#"{"claim":{"id":"workers-present","text":"About 4,000 workers are there.","when":{"text":"2025-02"},"figure":{"notation":"~4000","low":3500,"high":4500,"best":4000,"hedge":"HEDGE_ABOUT","unit":"person","basis":"BASIS_STOCK"},"attribution":[{"sources":["nis-official"]},{"sources":["korea-herald"]},{"sources":["outlet"]}],"revision":"1"},"truth":"TRUTH_SURE"}
{"claim":{"id":"pulled-back","text":"They left, \"for now\".","event":{},"attribution":[{"sources":["a","b"]},{"sources":["outlet"]}]},"truth":"TRUTH_POSSIBLE"}
{"claim":{"id":"accusation","attribution":[{"act":"SPEECH_ACT_ACCUSED","clarity":"CLARITY_UNATTRIBUTED"}]},"truth":"TRUTH_SURE"}
"#
    );
}

#[test]
fn tables_of_values_are_shown_in_every_format() {
    assert_eq!(
        written(Format::Table, None, false, vec![counts()]),
        "\
when.month  sure  b       grade
────────────────────────────────────
2025-02     2     x, 1.5
            1     yes     possible
"
    );
    assert_eq!(
        written(Format::Csv, None, false, vec![counts()]),
        "when.month,sure,b,grade\n2025-02,2,\"x, 1.5\",\n,1,yes,possible\n"
    );
    assert_eq!(
        written(Format::Jsonl, None, false, vec![counts()]),
        "{\"when.month\":\"2025-02\",\"sure\":2,\"b\":[\"x\",1.5]}\n\
         {\"when.month\":null,\"sure\":1,\"b\":true,\"truth\":\"TRUTH_POSSIBLE\"}\n"
    );
}
