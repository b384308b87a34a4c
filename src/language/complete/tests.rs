use super::*;
use crate::language::{Parameter, laws, properties};
use crate::model::Timestamp;
use crate::model::vocabulary::{EntityKind, SourceKind};
use crate::model::{Entity, EntityDraft, Path, Source, SourceDraft};
use proptest::prelude::*;
use std::collections::HashSet;

fn registry() -> Registry {
    use EntityKind::{Country, Topic};
    let mut registry = Registry::default();
    for (id, kind, name, aliases) in [
        ("north-korea", Country, "North Korea", &["NK", "DPRK"][..]),
        ("norway", Country, "Norway", &[]),
        ("workers", Topic, "Workers", &["labourers"]),
        ("troops", Topic, "Troops", &[]),
    ] {
        let draft = EntityDraft {
            id: id.into(),
            kind: Some(kind),
            name: name.into(),
            aliases: aliases.iter().map(ToString::to_string).collect(),
            ..EntityDraft::default()
        };
        registry.add_entity(Entity::parse(&draft, Path::ROOT).unwrap(), 1, Timestamp(0));
    }
    let draft = SourceDraft {
        id: "nis".into(),
        kind: Some(SourceKind::Government),
        name: "National Intelligence Service".into(),
        ..SourceDraft::default()
    };
    registry.add_source(Source::parse(&draft, Path::ROOT).unwrap(), 1, Timestamp(0));
    registry
}

fn completions(text: &str) -> Vec<Completion> {
    let counts = |field| {
        let counts: &[(&str, u64)] = if field == Field::Actor {
            &[("norway", 1), ("north-korea", 12)]
        } else if field == Field::Unit {
            &[("person", 3)]
        } else {
            &[]
        };
        Arc::new(counts.iter().map(|&(id, count)| (id.into(), count)).collect())
    };
    let parameters = [("country".to_owned(), Parameter::One("NK".to_owned()))].into();
    complete(text, text.len(), &registry(), &parameters, &counts)
}

/// The texts of the edits.
fn offered(text: &str) -> String {
    completions(text).iter().map(|completion| completion.edit.text.as_str()).collect::<Vec<_>>().join(" · ")
}

#[test]
fn what_may_come_next_is_offered() {
    let mut wrong = Vec::new();
    for (text, expected) in [
        ("", "claim · figure · event · norm · statement · entity · source · document · explain"),
        ("explain ", "claim · figure · event · norm · statement · entity · source · document"),
        ("Fi", "figure"),
        ("figure, ", "event · norm · statement"),
        ("figure ", ", · where · list · count · VIEWS · as of · sort · limit"),
        ("source ", "where · list · count · as of · sort · limit"),
        ("figure wh", "where"),
        ("figure where ac", "actor · action · act · actor.kind · action.kind"),
        ("explain figure where ac", "actor · action · act · actor.kind · action.kind"),
        ("figure where only ac", "actor · actor.kind"),
        ("figure where actor", "actor · actor.kind · = · != ·  in ·  not in ·  is present ·  is missing"),
        ("figure where actor n", "not in"),
        ("figure where actor not ", "in"),
        ("figure where value >", "> · >= · 1000 · 10k · ~1000 · $country"),
        ("figure where actor=", "north-korea · norway · troops · workers · $country"),
        (
            "figure where actor=nor",
            "north-korea · norway ·  and ·  or ·  list ·  count ·  VIEWS ·  as of ·  sort ·  limit",
        ),
        ("figure where actor='North K", "' · 'North Korea'"),
        ("figure where actor=$", "$country"),
        ("figure where kind in (", "troops · workers · $country"),
        ("figure where by=n", "nis ·  and ·  or ·  list ·  count ·  VIEWS ·  as of ·  sort ·  limit"),
        ("claim where mode=", "fact · plan · forecast · hypothesis · $country"),
        ("claim where retracted=", "yes · no · $country"),
        ("figure where unit=", "person · ' · $country"),
        ("figure where actor is ", "not · present · missing"),
        ("figure where actor=NK ", "and · or · list · count · VIEWS · as of · sort · limit"),
        ("figure where actor=NK and kind=workers ", "and · list · count · VIEWS · as of · sort · limit"),
        (
            "figure where (actor=NK or kind=workers) ",
            "and · or · list · count · VIEWS · as of · sort · limit",
        ),
        ("figure where (actor=NK or kind=workers ", "or · )"),
        ("figure count ", "by · where · as of · sort · limit"),
        ("figure count by uni", "unit"),
        ("figure count a", "as of ·  where ·  sort ·  limit"),
        ("figure envelope by kind sort by ", "kind · low · high · claims · origins"),
        ("figure envelope ", "by · where · as of · sort · limit"),
        ("norm con", "conflicts"),
        ("norm envel", ""),
        ("figure count by lab", "label."),
        ("figure count by kind sort by ", "kind · sure · possible"),
        ("figure sort by va", "value"),
        ("figure sort by acti", "action · action.kind"),
        ("figure sort by value ", ", · asc · desc · where · list · count · VIEWS · as of · limit"),
        ("figure as ", "of"),
        ("figure as of rev", "revision ·  where ·  list ·  count ·  VIEWS ·  sort ·  limit"),
        ("figure limit ", "1 · 10 · 100 · $country"),
        ("figure # more", "\n"),
    ] {
        let found = offered(text);
        let between = if expected.contains("  VIEWS") { " ·  " } else { " · " };
        let expected = expected.replace("VIEWS", &View::ALL.map(View::as_str).join(between));
        if found != expected {
            wrong.push(format!("{text}\n  {found}\n  not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_say_what_they_are_and_how_often_they_are_claimed() {
    let said: Vec<_> = completions("claim where actor=n")
        .into_iter()
        .map(|found| (found.edit.text, found.detail))
        .take(2)
        .collect();
    let expected =
        [("north-korea", "North Korea, country, 12 claims"), ("norway", "Norway, country, 1 claim")];
    assert_eq!(said, expected.map(|(text, detail)| (text.to_owned(), detail.to_owned())));
}

#[test]
fn what_stands_right_of_the_cursor_stays() {
    let text = "figure where act=NK limit 5";
    let found = complete(text, 16, &registry(), &Parameters::new(), &|_| Arc::default());
    assert_eq!(found[0].edit.apply(text), "figure where actor=NK limit 5");
    assert_eq!(complete("é", 1, &registry(), &Parameters::new(), &|_| Arc::default()).len(), 9);
    assert_eq!(complete("", 9, &registry(), &Parameters::new(), &|_| Arc::default()).len(), 9);
}

#[test]
fn hostile_texts_are_completed_at_once() {
    for text in
        ["(".repeat(8_000), "not ".repeat(2_000), "'".repeat(8_001), "a=1 ".repeat(2_000), "[".repeat(9_000)]
    {
        let text = format!("claim where {text}");
        completions(&text);
    }
}

/// A condition on an attribute of these types, of every operator and sort of value.
fn condition(types: ItemTypes) -> impl Strategy<Value = String> {
    let names = Attribute::names(types);
    (prop::sample::select(names), any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(
        move |(name, operator, value)| {
            let name = if name.ends_with('.') { format!("{name}key") } else { name };
            let attribute = Attribute::find(types, &name).unwrap();
            let operators = attribute.value().operators();
            let values: Vec<&str> = match attribute.value() {
                ValueType::Entity(Role::Kind) => vec!["workers", "Troops", "$p"],
                ValueType::Entity(Role::Any | Role::Country | Role::Place) => {
                    vec!["NK", "'North Korea'", "norway"]
                }
                ValueType::Source => vec!["nis", "'National Intelligence Service'"],
                ValueType::Vocabulary(vocabulary) => vocabulary.words(),
                ValueType::YesNo => vec!["yes", "no"],
                ValueType::Number => vec!["3", "$p"],
                ValueType::Quantity => vec!["10k", "~1000", "'>=thousands'", "11_000"],
                ValueType::Time => vec!["2024-10~", "now-30d", "[2025-01-11..2025-01-20]", "../2019-12-31"],
                ValueType::Document | ValueType::Entity(_) => vec!["$p"],
                ValueType::Text | ValueType::Name | ValueType::Free => {
                    vec!["word", "'O''Brien said'", "\"a b\""]
                }
            };
            let value = value.get(&values);
            match *operator.get(&operators) {
                presence @ ("is present" | "is missing") => format!("{name} {presence}"),
                membership @ ("in" | "not in") => format!("{name} {membership} ({value}, {value})"),
                comparison => format!("{name}{comparison}{value}"),
            }
        },
    )
}

/// Queries that mean something, with what the grammar is made of.
fn meaningful() -> impl Strategy<Value = String> {
    let head = prop::sample::select(
        &[
            ("figure", ItemTypes::FIGURE),
            ("event, norm", ItemTypes::EVENT),
            ("claim", ItemTypes::CLAIM),
            ("entity", ItemTypes::ENTITY),
            ("source", ItemTypes::SOURCE),
            ("document", ItemTypes::DOCUMENT),
        ][..],
    );
    let tail = prop::sample::select(
        &[
            "",
            "list id as of 2025-01-31 sort by id desc limit 5",
            "count as of revision 3",
            "sort id, id asc limit $n",
            "# and so on\nlimit 3",
        ][..],
    );
    let shape = prop::sample::select(
        &[
            "{a}",
            "{a} and {b} and not {a}",
            "surely ({a} or {b})",
            "(possibly {a} or {b}) and ({b} or not ({a} and {b}))",
        ][..],
    );
    head.prop_flat_map(move |(head, types)| {
        (shape.clone(), condition(types), condition(types), tail.clone()).prop_map(
            move |(shape, a, b, tail)| {
                format!("{head} where {} {tail}", shape.replace("{a}", &a).replace("{b}", &b))
            },
        )
    })
}

/// What the token at `at` of a query should be offered as, if it is one of those that have a name.
fn offered_as(query: &str, at: usize) -> Option<&str> {
    let token = tokens(query).into_iter().find(|token| token.span.start == at)?;
    let text = &query[at..token.span.end];
    let follows = |word: &str| query[..at].trim_end().ends_with(&format!(" {word}"));
    match text {
        "as" => Some("as of"),
        "of" if follows("as") => Some("of"),
        "is" if query[at..].starts_with("is present") => Some("is present"),
        "is" => Some("is missing"),
        "not" if query[at..].starts_with("not in") => Some("not in"),
        _ if token.kind == TokenKind::Sign
            || token.kind == TokenKind::Word && Attribute::find(ItemTypes::ALL, text).is_some() =>
        {
            Some(text)
        }
        "and" | "or" | "not" | "in" | "where" | "surely" | "possibly" | "list" | "count" | "sort" | "by"
        | "limit" | "desc" | "asc" | "present" | "missing" | "revision" => Some(text),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 32, ..ProptestConfig::default() })]

    #[test]
    fn any_prefix_of_a_query_goes_on_as_it_does(query in meaningful()) {
        prop_assert!(parse(&query).is_ok(), "{query}");
        // What is offered at one cursor is mostly offered at the next.
        let mut tried = HashSet::new();
        for (end, _) in query.char_indices() {
            let prefix = &query[..end];
            let found = completions(prefix);
            prop_assert!(!found.is_empty(), "{prefix}");
            prop_assert!(found.len() <= MAX_COMPLETIONS);
            for completion in &found {
                prop_assert_eq!(completion.edit.span.end, end);
                let applied = completion.edit.apply(prefix);
                if !tried.contains(&applied) {
                    // Most go on; to find what is wrong with the others takes long.
                    let goes_on = !completions(&applied).is_empty() || parse(&applied).is_ok();
                    prop_assert!(goes_on, "{applied}");
                    tried.insert(applied);
                }
            }
            if let Some(next) = offered_as(&query, end) && !query[..end].ends_with(['!', '<', '>', '~']) {
                // Steps beyond attributes come last, where there are many.
                let is_there = found.iter().any(|found| next.starts_with(found.edit.text.trim_start()));
                prop_assert!(is_there || found.len() == MAX_COMPLETIONS, "{prefix} → {next}, not {found:?}");
            }
        }
    }

    #[test]
    fn any_text_is_completed(text in any::<String>(), cursor in 0..64_usize) {
        laws::check_tokens(&text);
        let cursor = (0..=cursor.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap();
        let found = complete(&text, cursor, &registry(), &Parameters::new(), &|_| Arc::default());
        laws::check_completions(&text, cursor, &found);
    }

    #[test]
    fn any_query_is_completed_at_any_cursor(query in properties::query(), cursor in 0..200_usize) {
        let text = query.to_string();
        for completion in complete(&text, cursor, &registry(), &Parameters::new(), &|_| Arc::default()) {
            completion.edit.apply(&text);
        }
    }
}
