//! What queries resolve to, against a small registry.

use super::attributes::{self, ItemTypes};
use super::*;
use crate::model::vocabulary::{ClaimType, EntityKind, SourceKind};
use crate::model::{Document, DocumentDraft, Entity, EntityDraft, Path, Source, SourceDraft, Timestamp};
use crate::plan::{
    Comparison, Field, Filter, GroupKey, Leaf, Mode, OrderBy, OrderKey, Part, Row, Span, SpanField, Truth,
    number_key, terms,
};
use crate::registry::Registry;
use proptest::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

fn now() -> Timestamp {
    Timestamp::parse("2025-02-12T12:00:00Z").unwrap()
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(registry);

fn registry() -> Registry {
    let owned = |texts: &[&str]| -> Vec<String> { texts.iter().map(ToString::to_string).collect() };
    let mut registry = Registry::default();
    for (id, kind, aliases, parents) in [
        ("north-korea", EntityKind::Country, ["NK", "Korea"], None),
        ("south-korea", EntityKind::Country, ["ROK", "Korea"], None),
        ("russia", EntityKind::Country, ["RU", "Moscow"], None),
        ("kursk", EntityKind::Place, ["Kursk region", "Курск"], Some("russia")),
        ("georgia", EntityKind::Country, ["GE", "Georgia"], None),
        ("georgia-o-keeffe", EntityKind::Person, ["O'Keeffe", "Georgia"], None),
    ] {
        let draft = EntityDraft {
            id: id.to_owned(),
            kind: Some(kind),
            name: id.to_owned(),
            aliases: owned(&aliases),
            parents: owned(parents.as_slice()),
            ..EntityDraft::default()
        };
        registry.add_entity(Entity::parse(&draft, Path::ROOT).unwrap(), 1, now());
    }
    for (id, kind, part_of) in [
        ("nis", SourceKind::IntelligenceAgency, None),
        ("nis-official", SourceKind::IntelligenceAgency, Some("nis")),
        ("outlet", SourceKind::NewsOutlet, None),
    ] {
        let draft = SourceDraft {
            id: id.to_owned(),
            kind: Some(kind),
            name: id.to_uppercase(),
            part_of: part_of.map(str::to_owned),
            ..SourceDraft::default()
        };
        registry.add_source(Source::parse(&draft, Path::ROOT).unwrap(), 1, now());
    }
    for (id, published) in [
        ("article", Some("2025-02-10~")),
        ("resolution", Some("2017-09-11")),
        ("reprint", Some("2017-09-11")),
        ("undated", None),
    ] {
        let draft = DocumentDraft {
            id: id.to_owned(),
            title: id.to_owned(),
            published: published.map(str::to_owned),
            publisher: (id == "article").then(|| "outlet".to_owned()),
            ..DocumentDraft::default()
        };
        registry.add_document(Document::parse(&draft, Path::ROOT).unwrap(), 1, now());
    }
    registry
}

fn resolved_with(query: &str, parameters: &Parameters) -> Result<Resolved, String> {
    let rendered = |diagnostic: Box<Diagnostic>| diagnostic.render(query);
    let parsed = parse(query).map_err(rendered)?;
    resolve(&parsed, query, &REGISTRY, parameters, now()).map_err(rendered)
}

#[track_caller]
fn resolved(query: &str) -> Resolved {
    resolved_with(query, &Parameters::new()).unwrap()
}

fn error(query: &str, parameters: &Parameters) -> String {
    resolved_with(query, parameters).unwrap_err()
}

fn parameters<const N: usize>(values: [(&str, Parameter); N]) -> Parameters {
    values.map(|(name, value)| (name.to_owned(), value)).into()
}

fn one(text: &str) -> Parameter {
    Parameter::One(text.to_owned())
}

fn list(texts: &[&str]) -> Parameter {
    Parameter::List(texts.iter().map(ToString::to_string).collect())
}

fn any(field: Field, texts: &[&str]) -> Filter {
    Filter::Leaf(Leaf::Terms { field, any: terms(texts.iter().copied()) })
}

#[test]
fn types_become_a_condition_unless_all_are_asked_for() {
    assert_eq!(resolved("claim").filter, Filter::Constant(true));
    assert_eq!(resolved("figure, event, norm, statement").filter, Filter::Constant(true));
    let some = resolved("norm, Figure");
    assert_eq!(some.subject, Subject::Claims([ClaimType::Figure, ClaimType::Norm].into()));
    assert_eq!(some.filter, any(Field::Type, &["figure", "norm"]));
    assert_eq!(resolved("source").subject, Subject::Sources);
    assert_eq!(
        resolved("event where actor=RU").filter,
        Filter::And(vec![any(Field::Type, &["event"]), any(Field::Actor, &["kursk", "russia"])])
    );
}

#[test]
fn names_bring_their_descendants_and_are_remembered() {
    let resolved = resolved("claim where place=Moscow and by=nis");
    assert_eq!(
        resolved.filter,
        Filter::And(vec![any(Field::Place, &["kursk", "russia"]), any(Field::By, &["nis", "nis-official"]),])
    );
    let name = |start, end, id: &str, kind| ResolvedName {
        at: ast::TextSpan::new(start, end),
        id: id.into(),
        kind,
        descendants: 1,
    };
    assert_eq!(
        resolved.names,
        [
            name(18, 24, "russia", NamedKind::Entity(EntityKind::Country)),
            name(32, 35, "nis", NamedKind::Source(SourceKind::IntelligenceAgency)),
        ]
    );
}

#[test]
fn a_name_of_several_is_refused_unless_its_place_tells_them_apart() {
    assert_eq!(resolved("claim where place=Georgia").filter, any(Field::Place, &["georgia"]));
    let text = "\
AMBIGUOUS_NAME at 18..23: `Korea` may be `north-korea` or `south-korea`
  claim where actor=Korea
                    ^^^^^
  did you mean `north-korea`?
  did you mean `south-korea`?";
    assert_eq!(error("claim where actor=Korea", &Parameters::new()), text);
    let sent = parameters([("who", one("Korea"))]);
    let text = "\
AMBIGUOUS_NAME at 18..22: `Korea` may be `north-korea` or `south-korea`
  claim where actor=$who
                    ^^^^";
    assert_eq!(error("claim where actor=$who", &sent), text);
}

#[test]
fn publication_is_asked_of_the_documents() {
    let article = any(Field::Document, &["article"]);
    let old = any(Field::Document, &["reprint", "resolution"]);
    assert_eq!(resolved("claim where published<2018").filter, old);
    assert_eq!(
        resolved("claim where published<2025-02-10").filter,
        Filter::Or(vec![old.clone(), Filter::And(vec![article.clone(), Filter::Unknown])])
    );
    assert_eq!(
        resolved("claim where published!=2017").filter,
        Filter::Not(Box::new(any(Field::Document, &["reprint", "resolution"])))
    );
    assert_eq!(
        resolved("claim where published is present").filter,
        any(Field::Document, &["article", "reprint", "resolution"])
    );
    assert_eq!(resolved("claim where document.publisher=outlet").filter, article);
    assert_eq!(
        resolved("document where published>=2018").filter,
        Filter::Leaf(Leaf::Span {
            field: SpanField::Published,
            comparison: Comparison::From,
            literal: Span::new(
                Timestamp::parse("2018-01-01T00:00:00Z").unwrap().0,
                Timestamp::parse("2019-01-01T00:00:00Z").unwrap().0 - 1
            )
            .unwrap(),
        })
    );
}

#[test]
fn mentioning_what_is_hidden_shows_it() {
    let shown = |query| {
        let shown = resolved(query).shown;
        (shown.retracted, shown.old_versions)
    };
    assert_eq!(shown("claim where actor=RU"), (false, false));
    assert_eq!(shown("claim where retracted=no"), (true, false));
    assert_eq!(shown("claim list id, retracted"), (true, false));
    assert_eq!(shown("claim where version>=2"), (false, true));
    assert_eq!(shown("claim sort by version"), (false, true));
    assert_eq!(shown("claim where id=x count by version"), (false, true));
}

#[test]
fn orders_follow_the_attributes_type() {
    let order = |query| resolved(query).order;
    let key = |by, descending| OrderKey { by, descending };
    let ranked = |field, ranks: &[(&str, i64)]| {
        let ranks: HashMap<Arc<str>, i64> = ranks.iter().map(|&(term, rank)| (term.into(), rank)).collect();
        OrderBy::Ranked(field, Arc::new(ranks))
    };
    assert_eq!(
        order("figure sort by value desc, when, hops asc, id, type"),
        [
            key(OrderBy::Value, true),
            key(OrderBy::Span(SpanField::When), false),
            key(OrderBy::Span(SpanField::Hops), false),
            key(OrderBy::Id, false),
            key(OrderBy::Term(Field::Type), false),
        ]
    );
    assert_eq!(
        order("claim sort by confidence, credibility desc"),
        [
            key(ranked(Field::Confidence, &[("low", 0), ("moderate", 1), ("high", 2)]), false),
            key(ranked(Field::Credibility, &[("5", 0), ("4", 1), ("3", 2), ("2", 3), ("1", 4)]), true),
        ]
    );
    assert_eq!(
        order("claim sort by published"),
        [key(ranked(Field::Document, &[("resolution", 0), ("reprint", 0), ("article", 1)]), false)]
    );
    assert_eq!(
        order("claim sort by document.publisher"),
        [key(ranked(Field::Document, &[("article", 0)]), false)]
    );
    assert_eq!(order("entity sort by name"), [key(OrderBy::Term(Field::Name), false)]);
}

#[test]
fn groups_follow_the_attributes_place() {
    let groups = |query| match resolved(query).output {
        Output::Count(keys) => keys.into_iter().map(|grouping| grouping.key).collect::<Vec<_>>(),
        Output::Items | Output::List(_) | Output::View(..) => panic!("{query} counts"),
    };
    let mapped = |field, map: &[(&str, &str)]| {
        let map = map.iter().map(|&(from, to)| (from.into(), vec![to.into()])).collect();
        GroupKey::Mapped(field, Arc::new(map))
    };
    assert_eq!(groups("claim count"), []);
    assert_eq!(
        groups("claim count by source, when.year, hops, label.k, document.publisher, published.month"),
        [
            GroupKey::Term(Field::Source),
            GroupKey::Part(SpanField::When, Part::Year),
            GroupKey::Number(SpanField::Hops),
            GroupKey::Keyed(Field::Label, "k".into()),
            mapped(Field::Document, &[("article", "outlet")]),
            mapped(
                Field::Document,
                &[("article", "2025-02"), ("resolution", "2017-09"), ("reprint", "2017-09")]
            ),
        ]
    );
    let kinds =
        [("nis", "intelligence_agency"), ("nis-official", "intelligence_agency"), ("outlet", "news_outlet")];
    assert_eq!(groups("claim count by by.kind"), [mapped(Field::By, &kinds)]);
}

#[test]
fn counts_are_sorted_by_their_columns() {
    let order = resolved("claim count by kind, by sort by possible desc, BY, kind").group_order;
    let key = |by, descending| GroupOrder { by, descending };
    assert_eq!(
        order,
        [key(GroupColumn::Possible, true), key(GroupColumn::Key(1), false), key(GroupColumn::Key(0), false)]
    );
}

#[test]
fn as_of_is_the_last_microsecond_of_what_is_written() {
    let at = |query| {
        let query = parse(query).unwrap();
        as_of(&query, &parameters([("then", one("2025-01")), ("r", one("7"))]), now(), 12).unwrap()
    };
    let last = |text| Some(AsOf::Time(Timestamp(Timestamp::parse(text).unwrap().0 - 1)));
    assert_eq!(at("claim"), None);
    assert_eq!(at("claim as of 2025-01"), last("2025-02-01T00:00:00Z"));
    assert_eq!(at("claim as of $then"), last("2025-02-01T00:00:00Z"));
    assert_eq!(at("claim as of now"), Some(AsOf::Time(now())));
    assert_eq!(at("claim as of revision 12"), Some(AsOf::Revision(12)));
    assert_eq!(at("claim as of revision $r"), Some(AsOf::Revision(7)));
}

#[test]
fn a_parameter_means_its_quoted_literal() {
    for (template, text) in [
        ("claim where actor={}", "NK"),
        ("claim where only actor!={}", "RU"),
        ("claim where when<{}", "2025-02"),
        ("claim where recorded>={}", "now-30d"),
        ("figure where value={}", ">=thousands"),
        ("figure where value in 3k..{}", "4000"),
        ("claim where act in (said, {})", "denied"),
        ("claim where text~{}", "elite troops"),
        ("claim where label.k={}", "it's"),
        ("claim where retracted={}", "yes"),
        ("claim where hops={}", "2"),
    ] {
        let written = resolved(&template.replace("{}", &format_value(text)));
        let sent = resolved_with(&template.replace("{}", "$p"), &parameters([("p", one(text))])).unwrap();
        assert_eq!(written.filter, sent.filter, "{template} {text}");
    }
    let sent = parameters([("p", list(&["NK", "RU"]))]);
    let listed = resolved_with("claim where actor in $p", &sent).unwrap();
    assert_eq!(listed.filter, resolved("claim where actor in (NK, RU)").filter);
    let sent = parameters([("n", one("3"))]);
    assert_eq!(resolved_with("claim limit $n", &sent).unwrap().limit, Some(3));
}

#[test]
fn numbers_and_bools_have_one_literal_each() {
    assert_eq!(Parameter::number(4000.0).as_deref(), Some("4000"));
    assert_eq!(Parameter::number(0.1).as_deref(), Some("0.1"));
    assert_eq!(Parameter::number(-0.0).as_deref(), Some("0"));
    assert_eq!(Parameter::number(f64::NAN), None);
    assert_eq!(Parameter::number(f64::INFINITY), None);
    assert_eq!((Parameter::yes_no(true), Parameter::yes_no(false)), ("yes".to_owned(), "no".to_owned()));
}

#[test]
fn an_empty_list_matches_nothing() {
    let row = Row::builder("c").terms(Field::Actor, ["russia"]).finish();
    let sent = parameters([("none", list(&[]))]);
    for (query, expected) in [
        ("claim where actor in $none", None),
        ("claim where only actor in $none", None),
        ("claim where actor not in $none", Some(Truth::Sure)),
        ("claim where when in $none", None),
        ("claim where retracted in $none", None),
    ] {
        let resolved = resolved_with(query, &sent).unwrap();
        assert_eq!(resolved.filter.grade(&row), expected, "{query}");
        assert!(resolved.notices.iter().all(|notice| !matches!(notice, Notice::NeverSeen { .. })), "{query}");
    }
}

#[test]
fn parameters_that_do_not_fit_are_refused() {
    let sent = parameters([("p", list(&["NK"])), ("none", one("none"))]);
    for (query, expected) in [
        (
            "claim where actor=$p",
            "\
WRONG_OPERATOR at 17..18: `=`: takes one value, and `$p` is a list
  claim where actor=$p
                   ^
  write `in`",
        ),
        (
            "figure where value>$p",
            "\
WRONG_OPERATOR at 18..19: `>`: takes one value, and `$p` is a list
  figure where value>$p
                    ^",
        ),
        (
            "claim where actor in (RU, $p)",
            "\
WRONG_OPERATOR at 26..28: `$p`: a list stands alone after `in`
  claim where actor in (RU, $p)
                            ^^",
        ),
        (
            "claim limit $none",
            "\
UNEXPECTED at 12..17: `limit` takes a whole number from 1 to 18446744073709551615, not `none`
  claim limit $none
              ^^^^^",
        ),
        (
            "claim where actor in $nine",
            "\
UNBOUND_PARAMETER at 21..26: no value was sent for `$nine`: give it by `--param nine=…` or in `parameters`
  claim where actor in $nine
                       ^^^^^
  write `$none`",
        ),
        ("claim where actor in $p", "UNUSED_PARAMETER: the query has no parameter `$none`"),
    ] {
        assert_eq!(error(query, &sent), expected);
    }
}

#[test]
fn a_list_that_is_sent_has_a_bound() {
    let sent = |count| parameters([("p", Parameter::List(vec!["x".to_owned(); count]))]);
    let query = "claim where id in $p";
    assert_eq!(
        resolved_with(query, &sent(MAX_LIST_PARAMETER_ITEMS)).unwrap().filter,
        Filter::Leaf(Leaf::Id(terms(["x"])))
    );
    assert_eq!(
        error(query, &sent(MAX_LIST_PARAMETER_ITEMS + 1)),
        "\
TOO_MANY_TERMS at 18..20: the list `$p` has 10001 items, at most 10000 are allowed
  claim where id in $p
                    ^^"
    );
}

#[test]
fn notices_are_left_for_what_may_surprise() {
    let code = |notice: &Notice| match notice {
        Notice::MatchedByAbsence { .. } => "MATCHED_BY_ABSENCE",
        Notice::NeverSeen { .. } => "NEVER_SEEN",
        Notice::SeveralUnits { .. } => "SEVERAL_UNITS",
        Notice::NewestAlone { .. } => "NEWEST_ALONE",
    };
    let codes = |query| resolved(query).notices.iter().map(code).collect::<Vec<_>>();
    assert_eq!(codes("claim where actor!=RU"), ["MATCHED_BY_ABSENCE"]);
    assert_eq!(codes("claim where not actor in (RU, NK)"), ["MATCHED_BY_ABSENCE"]);
    assert_eq!(codes("claim where only actor!=RU"), Vec::<&str>::new());
    assert_eq!(codes("claim where state!=absent"), Vec::<&str>::new());
    assert_eq!(codes("claim where occasion=x"), ["NEVER_SEEN"]);
    assert_eq!(codes("figure where value>3"), ["SEVERAL_UNITS"]);
    assert_eq!(codes("figure where value>3 and unit=person"), ["NEVER_SEEN"]);
    assert_eq!(codes("figure where value is present"), Vec::<&str>::new());
    assert_eq!(codes("figure sort by value"), ["SEVERAL_UNITS"]);
    let absent = Notice::MatchedByAbsence {
        at: ast::TextSpan::new(12, 21),
        attribute: "actor".to_owned(),
        filter: Filter::not(Filter::Leaf(Leaf::Present(Field::Actor))),
    };
    assert_eq!(resolved("claim where actor!=RU").notices, [absent]);
}

#[test]
fn only_asks_of_every_element_and_one_at_least() {
    let grade = |query: &str, actors: &[&str]| {
        let row = Row::builder("c").terms(Field::Actor, actors.iter().copied()).finish();
        resolved(query).filter.grade(&row).is_some()
    };
    for (query, of_russia, of_both, of_none) in [
        ("claim where actor=RU", true, true, false),
        ("claim where actor!=RU", false, false, true),
        ("claim where only actor=RU", true, false, false),
        ("claim where only actor!=RU", false, false, false),
        ("claim where only actor!=NK", true, false, false),
        ("claim where only actor in (RU, NK)", true, true, false),
        ("claim where only actor.kind=country", false, false, false),
        ("claim where only actor.kind!=person", true, true, false),
        ("claim where actor is missing", false, false, true),
    ] {
        let found = [grade(query, &["kursk"]), grade(query, &["kursk", "north-korea"]), grade(query, &[])];
        assert_eq!(found, [of_russia, of_both, of_none], "{query}");
    }
}

/// Intervals of figures, times of claims, and rows with them.
fn rows() -> impl Strategy<Value = Row> {
    let figure = (0_i32..8, 0_i32..8)
        .prop_map(|(low, more)| Span::new(number_key(low.into()), number_key((low + more).into())).unwrap());
    let actors = prop::sample::subsequence(vec!["kursk", "russia", "north-korea", "georgia"], 0..3);
    let bands = prop::option::of(prop::sample::select(vec!["unlikely", "likely", "almost_certain"]));
    (prop::option::of(figure), actors, bands).prop_map(|(figure, actors, band)| {
        Row::builder("c")
            .span(SpanField::Value, figure)
            .terms(Field::Type, ["figure"])
            .terms(Field::Actor, actors)
            .terms(Field::Likelihood, band)
            .finish()
    })
}

/// A predicate and its opposite.
fn opposites() -> impl Strategy<Value = (String, String)> {
    let pairs = |attribute: &'static str, value: String| {
        (format!("{attribute}={value}"), format!("{attribute}!={value}"))
    };
    prop_oneof![
        (0_i32..16).prop_map(move |n| pairs("value", n.to_string())),
        (0..8, 0..8).prop_map(|(n, more)| {
            (format!("value in {n}..{}", n + more), format!("value not in {n}..{}", n + more))
        }),
        prop::sample::select(vec!["RU", "NK", "kursk"]).prop_map(move |name| pairs("actor", name.into())),
        prop::sample::select(vec!["country", "place"]).prop_map(move |kind| pairs("actor.kind", kind.into())),
        prop::sample::select(vec!["likely", "unlikely"])
            .prop_map(move |word| pairs("likelihood", word.into())),
    ]
}

fn worth(grade: Option<Truth>) -> u8 {
    match grade {
        Some(Truth::Sure) => 2,
        Some(Truth::Possible) => 1,
        None => 0,
    }
}

/// Predicates of every attribute, operator and sort of value, most of them wrong.
fn any_query() -> impl Strategy<Value = String> {
    let types =
        prop::sample::select(vec!["claim", "figure", "norm", "entity", "source", "document", "event, norm"]);
    let of = |words: &str| words.split(", ").filter_map(attributes::ItemTypes::parse).reduce(|a, b| a | b);
    let value = prop::sample::select(vec![
        "NK",
        "Korea",
        "nis",
        "article",
        "2024",
        "2024-13",
        "now-30m",
        "now",
        "../2019",
        "4000",
        "'>=2000'",
        "10m",
        "likely",
        "a",
        "f",
        "6",
        "yes",
        "true",
        "'elite troops'",
        "'...'",
        "said",
        "kursk",
        "'it''s'",
        "Курск",
        "about 4000",
        "'at least 5'",
        "412 person",
        "last week",
        "15 January 2025",
        "02/03/2024",
        "2024-Q2",
        "now - 30d",
        "null",
    ]);
    let test = (prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">=", "~", "!~"]), value.clone())
        .prop_map(|(operator, value)| format!("{operator}{value}"));
    let listed = (value.clone(), value.clone(), proptest::prelude::any::<bool>())
        .prop_map(|(a, b, negated)| format!(" {}in ({a}, {b})", if negated { "not " } else { "" }));
    let range = (value.clone(), value).prop_map(|(a, b)| format!(" in {a}..{b}"));
    let present = prop::sample::select(vec![" is present", " is missing"]).prop_map(str::to_owned);
    let test = prop_oneof![4 => test, 1 => listed, 2 => range, 1 => present];
    let clause = prop::sample::select(vec!["", " list {}", " count by {}", " sort by {}"]);
    (types, proptest::prelude::any::<prop::sample::Index>(), proptest::prelude::any::<bool>(), test, clause)
        .prop_map(move |(types, name, only, test, clause)| {
            let names = attributes::Attribute::names(of(types).expect("types that are there"));
            let name = name.get(&names);
            let name = if name.ends_with('.') { format!("{name}key") } else { name.clone() };
            let only = if only && !test.starts_with(" is") { "only " } else { "" };
            format!("{types} where {only}{name}{test}{}", clause.replace("{}", &name))
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_is_asked_resolves_or_is_refused_with_edits_that_lead_on(query in any_query()) {
        let read = |query: &str| {
            resolve(&parse(query)?, query, &REGISTRY, &Parameters::new(), now()).map(drop)
        };
        if let Err(mut diagnostic) = read(&query) {
            let place = |diagnostic: &Diagnostic| (diagnostic.code(), diagnostic.span.start);
            let before = diagnostic.edits.clone();
            sift(&mut diagnostic, &query, &REGISTRY, &Parameters::new(), now());
            for edit in &before {
                let edited = edit.apply(&query);
                prop_assert_eq!(parse(&edited).err(), None, "{} became {}", query, edited);
                prop_assert!(read(&edited).is_err() || diagnostic.edits.contains(edit), "{edited}");
            }
            let outcomes: Vec<_> = diagnostic.edits.iter().map(|edit| read(&edit.apply(&query))).collect();
            prop_assert!(
                outcomes.iter().all(Result::is_ok)
                    || outcomes.iter().all(|next| {
                        next.as_ref().is_err_and(|next| place(next) != place(&diagnostic))
                    }),
                "{query} is offered {:?}", diagnostic.edits
            );
            prop_assert!(diagnostic.render(&query).len() < 4096);
        }
    }
}

proptest! {
    #[test]
    fn an_opposite_is_the_negation(row in rows(), (predicate, opposite) in opposites()) {
        let grade = |query: String| worth(resolved(&query).filter.grade(&row));
        let of_it = grade(format!("figure where {predicate}"));
        prop_assert_eq!(grade(format!("figure where {opposite}")), 2 - of_it);
        prop_assert_eq!(grade(format!("figure where not ({predicate})")), 2 - of_it);
        prop_assert_eq!(grade(format!("figure where surely {predicate}")), if of_it == 2 { 2 } else { 0 });
        prop_assert_eq!(grade(format!("figure where possibly {predicate}")), if of_it >= 1 { 2 } else { 0 });
    }

    #[test]
    fn narrowing_an_interval_never_loses_a_sure(
        low in 0_i32..8, inner in 0_i32..8, size in 0_i32..4, more in 0_i32..8,
        operator in prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]), literal in 0_i32..20,
    ) {
        let row = |low: i32, high: i32| {
            let span = Span::new(number_key(low.into()), number_key(high.into()));
            Row::builder("c").terms(Field::Type, ["figure"]).span(SpanField::Value, span).finish()
        };
        let wide = row(low, low + inner + size + more);
        let narrow = row(low + inner, low + inner + size);
        let filter = resolved(&format!("figure where value{operator}{literal}")).filter;
        prop_assert!(!filter.holds(&wide, Mode::Surely) || filter.holds(&narrow, Mode::Surely));
        prop_assert!(!filter.holds(&narrow, Mode::Possibly) || filter.holds(&wide, Mode::Possibly));
    }
}

#[test]
fn dotted_facts_are_traced_back_to_names() {
    let agencies = any(Field::By, &["nis", "nis-official"]);
    assert_eq!(resolved("claim where by.kind=intelligence_agency").filter, agencies);
    assert_eq!(
        resolved("claim where only via.kind=news_outlet").filter,
        Filter::Leaf(Leaf::Only { field: Field::Via, any: terms(["outlet"]) })
    );
    assert_eq!(resolved("claim where by.kind is present").filter, Filter::Leaf(Leaf::Present(Field::By)));
    assert_eq!(resolved("claim where by.country is present").filter, any(Field::By, &[]));
}

#[test]
fn lists_show_what_they_name() {
    let columns = |query| match resolved(query).output {
        Output::List(columns) => columns.iter().map(Column::name).collect::<Vec<_>>(),
        Output::Items | Output::Count(_) | Output::View(..) => panic!("{query} lists"),
    };
    assert_eq!(
        columns("claim list ID, By.Kind, label.key, when.month"),
        ["id", "by.kind", "label.key", "when.month"]
    );
}

#[test]
fn whatever_an_error_repeats_is_short_and_printable() {
    let hostile = [
        ">=thoutity wh\n\0\u{7f}…erpsands".to_owned(),
        "10\0".to_owned(),
        "11,0\u{1b}[31m00".to_owned(),
        "1\u{202e}-2".to_owned(),
        "2024-\u{200b}01".to_owned(),
        "now-3\u{1b}d".to_owned(),
        format!("now-3{}", "d".repeat(200)),
        "x".repeat(5_000),
        format!("e{}", "\u{301}".repeat(200)),
        "…".repeat(200),
    ];
    let (mut codes, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for (types, named) in ItemTypes::NAMED {
        // One attribute of each type of value.
        for entry in attributes::entries(named).filter(|entry| seen.insert(format!("{:?}", entry.value))) {
            for value in &hostile {
                let (name, literal) = (entry.name, format!("'{value}'"));
                let forms = [
                    format!("{types} where {name}={literal}"),
                    format!("{types} where {name}>{literal}"),
                    format!("{types} where {name}~{literal}"),
                    format!("{types} where {name} in ({literal}, {literal}x)"),
                    format!("{types} where {name} in {literal}..{literal}"),
                    format!("{types} where {name}=$p"),
                    format!("{types} where {name} in $p"),
                    format!("{types} where {name}=({literal}, a)"),
                    format!("{types} where a=1 sort {literal}"),
                ];
                for query in forms {
                    let given = parameters([("p", one(value))]);
                    let given = if query.contains("$p") { given } else { Parameters::new() };
                    let resolved =
                        parse(&query).and_then(|parsed| resolve(&parsed, &query, &REGISTRY, &given, now()));
                    if let Err(diagnostic) = resolved {
                        laws::check_error(&query, &diagnostic);
                        codes.insert(diagnostic.code());
                    }
                }
            }
        }
    }
    let expected = [
        Code::Unexpected,
        Code::UnknownName,
        Code::UnknownValue,
        Code::BadTime,
        Code::BadQuantity,
        Code::WrongOperator,
        Code::TooLong,
    ];
    assert_eq!(codes, expected.into());
}
