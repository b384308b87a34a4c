use super::chart::{Chart, Facts, Link, NoPicture, Origin, Panel, Plot, Stretch};
use super::draw::{self, Size};
use super::scale::DAY;
use super::tracks::{Change, Look, Piece, Tracks};
use super::values::{Band, Mark, Values};
use super::{font, text};
use crate::model::vocabulary::Hedge;
use crate::model::{Quantity, Time};
use crate::wire::pb::{
    self, AttributionStep, Basis, Bounds, Claim, ClaimRef, Conflict, ConflictKind, Conflicts, Envelope,
    Envelopes, Figure, GroupKeys, GroupValue, Norm, QueryResponse, Slot, State, Subject, Timeline,
    TimelineEntry, TimelineLink, Timelines, Truth, claim, query_response::Result as Rows,
};

/// A day of 2024, in microseconds; the first is 0.
fn day(number: i64) -> i64 {
    (19_723 + number) * DAY
}

fn time(text: &str) -> Option<pb::Time> {
    let read = Time::parse(text).unwrap();
    let stamp = |time: crate::model::Timestamp| {
        time.civil().map(|_| prost_types::Timestamp { seconds: time.0 / 1_000_000, nanos: 0 })
    };
    Some(pb::Time { text: text.to_owned(), start: stamp(read.start()), end: stamp(read.end()) })
}

fn by(source: &str) -> Vec<AttributionStep> {
    vec![AttributionStep { sources: vec![source.to_owned()], ..AttributionStep::default() }]
}

/// A figure on soldiers.
fn figure(id: &str, source: &str, when: &str, notation: &str) -> Claim {
    let quantity = Quantity::parse(notation).unwrap();
    let finite = |end: f64| end.is_finite().then_some(end);
    let figure = Figure {
        notation: notation.to_owned(),
        low: finite(quantity.low()),
        high: finite(quantity.high()),
        best: quantity.best(),
        hedge: Hedge::code(quantity.hedge()),
        unit: "person".to_owned(),
        basis: Basis::Stock.into(),
        ..Figure::default()
    };
    Claim {
        id: id.to_owned(),
        kind: "troops".to_owned(),
        when: time(when),
        attribution: by(source),
        content: Some(claim::Content::Figure(figure)),
        ..Claim::default()
    }
}

fn running(id: &str, source: &str, when: &str, notation: &str) -> Claim {
    let mut claim = figure(id, source, when, notation);
    if let Some(claim::Content::Figure(figure)) = &mut claim.content {
        figure.basis = Basis::Flow.into();
    }
    claim
}

fn event(id: &str, source: &str, when: &str, state: State) -> Claim {
    Claim {
        id: id.to_owned(),
        state: state.into(),
        when: time(when),
        attribution: by(source),
        content: Some(claim::Content::Event(pb::Event {})),
        ..Claim::default()
    }
}

fn facts(claims: Vec<Claim>) -> Facts {
    let named = [("a", "Alpha"), ("a-press", "Alpha"), ("b", "Beta")];
    Facts {
        claims: claims.into_iter().map(|claim| (claim.id.clone(), claim)).collect(),
        roots: named.map(|(id, name)| (id.to_owned(), name.to_owned())).into(),
        entities: [("troops".to_owned(), "Troops".to_owned())].into(),
    }
}

fn sure(id: &str) -> ClaimRef {
    ClaimRef { id: id.to_owned(), truth: Truth::Sure.into() }
}

fn answer(rows: Rows) -> QueryResponse {
    QueryResponse { result: Some(rows), canonical_query: "the query".to_owned(), ..QueryResponse::default() }
}

fn bounds(low: f64, high: Option<f64>) -> Option<Bounds> {
    Some(Bounds { low: Some(low), high, ..Bounds::default() })
}

/// What one envelope says of two figures.
fn envelope() -> (QueryResponse, Facts) {
    let subject = Some(Subject { kind: "troops".to_owned(), ..Subject::default() });
    let row = Envelope {
        subject,
        unit: "person".to_owned(),
        range: bounds(2000.0, Some(4500.0)),
        is_open: true,
        best: bounds(4000.0, Some(4000.0)),
        agreement: bounds(3500.0, Some(4500.0)),
        members: vec![sure("about"), ClaimRef { id: "least".to_owned(), truth: Truth::Possible.into() }],
        ..Envelope::default()
    };
    let claims = vec![
        figure("about", "a-press", "2024-01-02", "~4000"),
        figure("least", "b", "2024-01-01/2024-01-10", ">=2000"),
    ];
    (answer(Rows::Envelopes(Envelopes { rows: vec![row] })), facts(claims))
}

fn stretch(start: i64, end: i64) -> Stretch {
    Stretch { start: Some(day(start)), end: Some(day(end)) }
}

#[test]
fn an_envelope_is_its_members_and_their_bands() {
    let (answer, facts) = envelope();
    let about = Mark {
        claim: "about".to_owned(),
        notation: "~4000 person".to_owned(),
        when: "2024-01-02".to_owned(),
        is_labelled: true,
        origin: 0,
        time: stretch(1, 2),
        low: Some(3500.0),
        high: Some(4500.0),
        best: Some(4000.0),
        is_sure: true,
    };
    let least = Mark {
        claim: "least".to_owned(),
        notation: ">=2000 person".to_owned(),
        when: "2024-01-01/2024-01-10".to_owned(),
        origin: 1,
        time: stretch(0, 10),
        low: Some(2000.0),
        high: None,
        best: None,
        is_sure: false,
        ..about.clone()
    };
    let band = Band {
        time: stretch(0, 10),
        range: (Some(2000.0), Some(4500.0)),
        is_open: true,
        agreement: Some((Some(3500.0), Some(4500.0))),
    };
    let values = Values {
        unit: "person".to_owned(),
        range: (0.0, 4500.0),
        span: Some((day(0), day(10))),
        bands: vec![band],
        marks: vec![about, least],
        links: Vec::new(),
        runs: Vec::new(),
    };
    let origin = |name: &str| Origin { name: name.to_owned(), claims: 1 };
    assert_eq!(
        Chart::of(&answer, &facts).unwrap(),
        Chart {
            title: "the query".to_owned(),
            origins: vec![origin("Alpha"), origin("Beta")],
            panels: vec![Panel { title: "troops".to_owned(), plot: Plot::Values(values), notes: Vec::new() }],
            left_out: 0,
        }
    );
}

#[test]
fn groups_of_time_are_bands_of_one_panel_and_others_panels() {
    let row = |attribute: &str, value: &str, member: &str| Envelope {
        group: Some(GroupKeys {
            values: vec![GroupValue { attribute: attribute.to_owned(), value: Some(value.to_owned()) }],
        }),
        unit: "person".to_owned(),
        range: bounds(1.0, Some(2.0)),
        members: vec![sure(member)],
        ..Envelope::default()
    };
    let facts = facts(vec![figure("one", "a", "2024-01-02", "1"), figure("two", "b", "2024-02-03", "2")]);
    let months = vec![row("when.month", "2024-01", "one"), row("when.month", "2024-02", "two")];
    let chart = Chart::of(&answer(Rows::Envelopes(Envelopes { rows: months })), &facts).unwrap();
    let [Panel { plot: Plot::Values(values), .. }] = chart.panels.as_slice() else { panic!("{chart:?}") };
    let times: Vec<Stretch> = values.bands.iter().map(|band| band.time).collect();
    assert_eq!(times, [stretch(0, 31), stretch(31, 60)]);
    let sources = vec![row("by", "a", "one"), row("by", "b", "two")];
    let chart = Chart::of(&answer(Rows::Envelopes(Envelopes { rows: sources })), &facts).unwrap();
    let titles: Vec<&str> = chart.panels.iter().map(|panel| panel.title.as_str()).collect();
    assert_eq!(titles, ["by a", "by b"]);
}

fn conflict(first: &str, second: &str, truth: Truth) -> Conflict {
    Conflict {
        kind: ConflictKind::Value.into(),
        truth: truth.into(),
        first: Some(sure(first)),
        second: Some(sure(second)),
        slots: vec![Slot { name: "value".to_owned(), first: "1".to_owned(), second: "5".to_owned() }],
        ..Conflict::default()
    }
}

fn conflicts() -> (QueryResponse, Facts) {
    let rows = vec![conflict("one", "five", Truth::Sure), conflict("one", "nine", Truth::Possible)];
    let claims = vec![
        figure("one", "a", "2024-01-02", "1"),
        figure("five", "b", "2024-01-02", "5"),
        figure("nine", "b", "2024-01-03", "9"),
    ];
    (answer(Rows::Conflicts(Conflicts { rows })), facts(claims))
}

#[test]
fn conflicts_join_their_claims_and_are_told() {
    let (answer, facts) = conflicts();
    let chart = Chart::of(&answer, &facts).unwrap();
    let [Panel { title, plot: Plot::Values(values), notes }] = chart.panels.as_slice() else {
        panic!("{chart:?}")
    };
    assert_eq!(title, "Troops");
    assert_eq!(
        values.links,
        [
            Link { ends: (0, 1), is_sure: true, number: Some(1) },
            Link { ends: (0, 2), is_sure: false, number: Some(2) },
        ]
    );
    assert_eq!(notes, &["1: one and five, surely: value: 1 ≠ 5", "2: one and nine, possibly: value: 1 ≠ 5"]);
    let origins: Vec<(&str, usize)> =
        chart.origins.iter().map(|origin| (origin.name.as_str(), origin.claims)).collect();
    assert_eq!(origins, [("Beta", 2), ("Alpha", 1)]);
}

#[test]
fn of_many_conflicts_the_nearest_in_time_are_drawn() {
    let mut claims = Vec::new();
    let mut rows = Vec::new();
    for one in 1..=6 {
        claims.push(figure(&format!("a{one}"), "a", &format!("2024-01-0{one}"), "1"));
        claims.push(figure(&format!("b{one}"), "b", &format!("2024-01-0{one}"), "5"));
        for other in 1..=6 {
            rows.push(conflict(&format!("a{one}"), &format!("b{other}"), Truth::Sure));
        }
    }
    let chart = Chart::of(&answer(Rows::Conflicts(Conflicts { rows })), &facts(claims)).unwrap();
    let [Panel { plot: Plot::Values(values), notes, .. }] = chart.panels.as_slice() else {
        panic!("{chart:?}")
    };
    let name = |place: usize| values.marks[place].claim.as_str();
    let pairs: Vec<(&str, &str)> =
        values.links.iter().map(|link| (name(link.ends.0), name(link.ends.1))).collect();
    assert_eq!(pairs, [("a1", "b1"), ("a2", "b2"), ("a3", "b3"), ("a4", "b4"), ("a5", "b5"), ("a6", "b6")]);
    assert_eq!(notes, &["Of 36 conflicts, those are drawn that are nearest in time."]);
}

#[test]
fn norms_run_to_their_deadlines() {
    let norm = Claim {
        id: "rule".to_owned(),
        attribution: by("a"),
        content: Some(claim::Content::Norm(Norm {
            in_force: time("2024-01-05"),
            deadline: time("2024-01-08"),
            ..Norm::default()
        })),
        ..Claim::default()
    };
    let matches = vec![pb::ClaimMatch { claim: Some(norm), truth: Truth::Sure.into() }];
    let chart = Chart::of(&answer(Rows::Claims(pb::ClaimMatches { matches })), &facts(Vec::new())).unwrap();
    let [Panel { plot: Plot::Tracks(tracks), .. }] = chart.panels.as_slice() else { panic!("{chart:?}") };
    assert_eq!(
        tracks.pieces,
        [Piece {
            claim: "rule".to_owned(),
            row: 0,
            origin: 0,
            look: Look::Norm,
            time: stretch(4, 8),
            when: "2024-01-08".to_owned(),
            is_sure: true,
        }]
    );
}

#[test]
fn norms_without_a_deadline_stay_in_force() {
    let norm = |id: &str, in_force: &str| Claim {
        id: id.to_owned(),
        attribution: by("a"),
        content: Some(claim::Content::Norm(Norm { in_force: time(in_force), ..Norm::default() })),
        ..Claim::default()
    };
    let norms = [norm("since", "2024-01-05"), norm("between", "2024-01-05/2024-01-08")];
    let matches = norms.map(|claim| pb::ClaimMatch { claim: Some(claim), truth: Truth::Sure.into() });
    let rows = Rows::Claims(pb::ClaimMatches { matches: matches.to_vec() });
    let chart = Chart::of(&answer(rows), &facts(Vec::new())).unwrap();
    let [Panel { plot: Plot::Tracks(tracks), .. }] = chart.panels.as_slice() else { panic!("{chart:?}") };
    let times: Vec<Stretch> = tracks.pieces.iter().map(|piece| piece.time).collect();
    assert_eq!(times, [Stretch { start: Some(day(4)), end: None }, stretch(4, 8)]);
}

fn timeline() -> (QueryResponse, Facts) {
    let stamp = |at: i64| Some(prost_types::Timestamp { seconds: day(at) / 1_000_000, nanos: 0 });
    let point = pb::ChangePoint { text: "2024-01-02/2024-01-05".to_owned(), start: stamp(1), end: stamp(5) };
    let link = pb::Link {
        kind: TimelineLink::Succession.into(),
        from: "left".to_owned(),
        change_point: Some(point),
    };
    let entry = |id: &str, link| TimelineEntry { claim: Some(sure(id)), link, ..TimelineEntry::default() };
    let row = Timeline {
        subject: Some(Subject { kind: "troops".to_owned(), ..Subject::default() }),
        entries: vec![entry("left", None), entry("back", Some(link)), entry("unseen", None)],
        ..Timeline::default()
    };
    let claims = vec![
        event("left", "a", "[2024-01-02..2024-01-04]", State::Absent),
        event("back", "b", "2024-01-05", State::Present),
        event("unseen", "b", "2024-01-01/2024-01-10", State::Unobserved),
    ];
    (answer(Rows::Timelines(Timelines { rows: vec![row] })), facts(claims))
}

#[test]
fn a_timeline_has_a_row_for_each_claim_and_its_changes() {
    let (answer, facts) = timeline();
    let chart = Chart::of(&answer, &facts).unwrap();
    let [Panel { plot: Plot::Tracks(tracks), .. }] = chart.panels.as_slice() else { panic!("{chart:?}") };
    let Tracks { rows, pieces, links, changes, span, left_out } = tracks;
    assert_eq!(rows, &["left", "back", "unseen"]);
    let looks: Vec<(Look, Stretch)> = pieces.iter().map(|piece| (piece.look, piece.time)).collect();
    assert_eq!(
        looks,
        [(Look::Absent, stretch(1, 4)), (Look::Present, stretch(4, 5)), (Look::Unobserved, stretch(0, 10))]
    );
    assert_eq!(links, &[]);
    assert_eq!(
        changes,
        &[Change { time: stretch(1, 5), text: "2024-01-02/2024-01-05".to_owned(), place: 1 }]
    );
    assert_eq!((*span, *left_out), ((day(0), day(10)), 0));
}

#[test]
fn claims_share_rows_where_they_are_many() {
    let mut entries = Vec::new();
    let mut claims = Vec::new();
    for number in 10..60 {
        let (month, date) = (1 + number / 28, 1 + number % 28);
        let id = format!("c{number}");
        let state = if number % 2 == 0 { State::Present } else { State::Absent };
        claims.push(event(&id, "a", &format!("2024-{month:02}-{date:02}"), state));
        entries.push(TimelineEntry { claim: Some(sure(&id)), ..TimelineEntry::default() });
    }
    let rows = vec![Timeline { entries, ..Timeline::default() }];
    let chart = Chart::of(&answer(Rows::Timelines(Timelines { rows })), &facts(claims)).unwrap();
    let [Panel { plot: Plot::Tracks(tracks), .. }] = chart.panels.as_slice() else { panic!("{chart:?}") };
    assert_eq!(tracks.rows, ["present", "absent"]);
    assert!(!tracks.is_a_row_each());
}

#[test]
fn running_totals_stand_at_their_ends_and_are_lines() {
    let claims = vec![
        running("two", "a", "2023-01-01/2024-01-02", "20"),
        running("one", "a", "2023-01-01/2024-01-01", "10"),
        running("other", "b", "2023-01-01/2024-01-01", "5"),
    ];
    let matches =
        claims.into_iter().map(|claim| pb::ClaimMatch { claim: Some(claim), truth: Truth::Sure.into() });
    let rows = Rows::Claims(pb::ClaimMatches { matches: matches.collect() });
    let chart = Chart::of(&answer(rows), &facts(Vec::new())).unwrap();
    let [Panel { plot: Plot::Values(values), .. }] = chart.panels.as_slice() else { panic!("{chart:?}") };
    assert_eq!(values.runs, [[1, 0]]);
    assert_eq!(values.marks[0].time, stretch(2, 2));
    // One total alone is a figure like others.
    assert_eq!(values.marks[2].time, stretch(-365, 1));
}

#[test]
fn what_has_no_picture_says_what_has_one() {
    let none = Chart::of(&answer(Rows::Latest(pb::LatestClaims::default())), &facts(Vec::new()));
    assert_eq!(
        none.unwrap_err().to_string(),
        "`latest` has no picture; end the query with `envelope`, `conflicts` or `timeline`, or ask for figures"
    );
    let none = Chart::of(&answer(Rows::Conflicts(Conflicts::default())), &facts(Vec::new()));
    assert_eq!(none, Err(NoPicture::NothingFound));
    let claim = Claim {
        attribution: by("a"),
        content: Some(claim::Content::Statement(pb::Statement {})),
        ..Claim::default()
    };
    let matches = vec![pb::ClaimMatch { claim: Some(claim), truth: Truth::Sure.into() }];
    let none = Chart::of(&answer(Rows::Claims(pb::ClaimMatches { matches })), &facts(Vec::new()));
    assert_eq!(none, Err(NoPicture::NothingToDraw));
}

#[test]
fn an_envelope_in_text() {
    let (answer, facts) = envelope();
    assert_eq!(
        text::drawn(&Chart::of(&answer, &facts).unwrap(), 80),
        "\
troops [person]
A 2024-01-02                                             ├────●────┤       about
B 2024-01-01/2024-01-10                     ├───────────────────────────▶  least
  range                                     ╞═══════════════════════════▶
  all agree on                                           ╞═════════╡
                         0                 2k                4k

A Alpha
B Beta
"
    );
}

#[test]
fn conflicts_in_text() {
    let (answer, facts) = conflicts();
    assert_eq!(
        text::drawn(&Chart::of(&answer, &facts).unwrap(), 70),
        "\
Troops [person]
B 2024-01-02      ●                                          one ≠1 ≠2
A 2024-01-02                        ●                        five ≠1
A 2024-01-03                                         ●       nine ≠2
              0                     5                   10

A Beta
B Alpha
"
    );
}

#[test]
fn a_timeline_in_text() {
    let (answer, facts) = timeline();
    assert_eq!(
        text::drawn(&Chart::of(&answer, &facts).unwrap(), 80),
        "\
troops
B left            ░░░░░░░░░░░                           [2024-01-02..2024-01-04]
A back                       ███                        2024-01-05
A unseen       ···································      2024-01-01/2024-01-10
  changed         ▲▲▲▲▲▲▲▲▲▲▲▲▲▲                        2024-01-02/2024-01-05
           2023-12-31             2024-01-08
  █ present   ░ absent   · unobserved

A Beta
B Alpha
"
    );
}

#[test]
fn no_words_of_a_picture_overlap_or_leave_it() {
    for (answer, facts) in [envelope(), conflicts(), timeline()] {
        let chart = Chart::of(&answer, &facts).unwrap();
        for (width, height) in [(960, None), (480, Some(400))] {
            let svg = draw::svg(&chart, Size { width, height });
            let words = words(&svg);
            assert!(words.len() > 10, "{svg}");
            for (index, one) in words.iter().enumerate() {
                let (left, right, ..) = *one;
                assert!(left >= 0.0 && right <= f64::from(width), "{one:?} leaves a width of {width}");
                for other in &words[index + 1..] {
                    let is_apart = one.1 <= other.0 || other.1 <= one.0 || (one.2 - other.2).abs() >= 11.0;
                    assert!(is_apart, "{one:?} and {other:?} overlap at a width of {width}");
                }
            }
        }
    }
}

/// From where to where each text of a picture is, and at what height.
fn words(svg: &str) -> Vec<(f64, f64, f64, String)> {
    texts(svg)
        .into_iter()
        .map(|(x, y, anchor, size, text)| {
            let width = font::width(&text, size);
            let left = match anchor.as_str() {
                "middle" => x - width / 2.0,
                "end" => x - width,
                _ => x,
            };
            (left, left + width, y, text)
        })
        .collect()
}

/// Place, anchor, size and words of each text.
fn texts(svg: &str) -> Vec<(f64, f64, String, f64, String)> {
    let texts = svg.split("<text ").skip(1).filter_map(|rest| rest.split_once('>'));
    texts
        .map(|(attributes, rest)| {
            let value = |name: &str| {
                let (_, rest) = attributes.split_once(&format!("{name}=\"")).unwrap();
                rest.split('"').next().unwrap().to_owned()
            };
            let words = rest.split("</text>").next().unwrap().trim().to_owned();
            let number = |name: &str| value(name).parse().unwrap();
            (number("x"), number("y"), value("text-anchor"), number("font-size"), words)
        })
        .collect()
}

#[test]
fn a_picture_is_the_same_each_time_and_becomes_png() {
    let (answer, facts) = timeline();
    let draw = || draw::svg(&Chart::of(&answer, &facts).unwrap(), Size { width: 960, height: None });
    let svg = draw();
    assert_eq!(svg, draw());
    let png = font::png(&svg).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    // Twice the picture's own width.
    assert_eq!(png[16..20], 1920u32.to_be_bytes());
}
