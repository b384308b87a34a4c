use super::*;
use crate::language::{Parameter, laws, parse, properties};
use crate::model::Timestamp;
use crate::model::vocabulary::{EntityKind, SourceKind};
use crate::model::{Document, DocumentDraft, Entity, EntityDraft, Path, Source, SourceDraft};
use proptest::prelude::*;

fn registry() -> Registry {
    use EntityKind::{Action, Country, Incident, Instrument, Place, Topic};
    let mut registry = Registry::default();
    for (id, kind, name, aliases) in [
        ("north-korea", Country, "North Korea", &["NK", "DPRK"][..]),
        ("norway", Country, "Norway", &[]),
        ("workers", Topic, "Workers", &["labourers"]),
        ("troops", Topic, "Troops", &[]),
        ("xa", Action, "XA", &[]),
        ("xb", Incident, "XB", &[]),
        ("xc", Instrument, "XC", &[]),
        ("xd", Place, "XD", &[]),
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
    let draft = DocumentDraft { id: "report".into(), title: "Report".into(), ..DocumentDraft::default() };
    registry.add_document(Document::parse(&draft, Path::ROOT).unwrap(), 1, Timestamp(0));
    registry
}

/// The parameters that come with queries, of which some are meant.
fn sent(is_meant: impl Fn(&str) -> bool) -> Parameters {
    let sent = [("country", "NK"), ("topic", "workers"), ("number", "5")];
    let meant = sent.into_iter().filter(|(name, _)| is_meant(name));
    meant.map(|(name, value)| (name.to_owned(), Parameter::One(value.to_owned()))).collect()
}

fn completions(text: &str) -> Vec<Completion> {
    let counts = |field| {
        let counts: &[(&str, u64)] = if field == Field::Actor {
            &[("norway", 1), ("north-korea", 12)]
        } else if field == Field::Unit {
            &[("person", 3)]
        } else if field == Field::Per {
            &[("mo", 1)]
        } else if field == Field::LabelKey {
            &[("inferred", 2)]
        } else {
            &[]
        };
        Arc::new(counts.iter().map(|&(id, count)| (id.into(), count)).collect())
    };
    complete(text, text.len(), &registry(), &sent(|_| true), &counts)
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
        ("document where o", ""),
        ("figure where only ac", "actor · actor.kind"),
        ("figure where actor", "actor · actor.kind · = · != ·  in ·  not in ·  is present ·  is missing"),
        ("figure where actor n", "not in"),
        ("figure where actor not ", "in"),
        ("figure where value >", "> · >= · 1000 · 10k · ~1000 · $number"),
        (
            "figure where actor=",
            "north-korea · norway · troops · workers · xa · xb · xc · xd · $country · $topic",
        ),
        ("figure where actor=nor", "north-korea · norway"),
        ("explain figure where actor=nor", "north-korea · norway"),
        ("figure where actor=NK", "NK ·  and ·  or ·  list ·  count ·  VIEWS ·  as of ·  sort ·  limit"),
        ("figure where actor='North K", "' · 'North Korea'"),
        ("figure where actor=$", "$country · $topic"),
        ("figure where kind in (", "troops · workers · $topic"),
        ("figure where by=n", "nis"),
        ("claim where mode=", "fact · plan · forecast · hypothesis"),
        ("source where reliability>=", "a · b · c · d · e"),
        ("claim where act=a", "assessed · accused"),
        ("claim where retracted=", "yes · no"),
        ("figure where unit=", "person · ' · $number"),
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
        ("figure count a", "as of"),
        ("figure envelope by kind sort by ", "kind · low · high · claims · origins"),
        ("figure envelope ", "by · where · as of · sort · limit"),
        ("norm con", "conflicts"),
        ("norm envel", ""),
        ("figure count by lab", "label."),
        ("figure count by kind sort by ", "kind · sure · possible"),
        ("figure sort by va", "value"),
        ("figure sort by acti", "action · action.kind"),
        ("figure sort by kind ", ", · asc · desc · where · list · count · VIEWS · as of · limit"),
        ("figure as ", "of"),
        ("figure as of rev", "revision"),
        ("figure where said=2024-", " and ·  or ·  list ·  count ·  VIEWS ·  as of ·  sort ·  limit"),
        ("figure where when", "when · = · != · < · <= · > · >= ·  in ·  not in ·  is present ·  is missing"),
        ("figure list when.", "when.year · when.month · when.day"),
        ("figure where label.", "label. · label.inferred"),
        (
            "figure where actor in ",
            "north-korea · norway · troops · workers · xa · xb · xc · xd · $country · $topic · (",
        ),
        ("norm count by kind sort by", "by ·  kind ·  sure ·  possible"),
        ("figure as of", "of ·  now ·  now-30d ·  2025 · ~2025 ·  ../2025 ·  revision"),
        ("figure as of revision", "revision ·  1 ·  $number"),
        ("figure as of now", "now · now-30d ·  where ·  list ·  count ·  VIEWS ·  sort ·  limit"),
        ("figure sort by value ", ", · asc · desc · where · list · as of · limit"),
        ("figure limit ", "1 · 10 · 100 · $number"),
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
fn a_time_with_an_open_end_may_begin_a_range() {
    let text = "claim where when in 2024/....2024-03";
    for end in "claim where when in".len()..=text.len() {
        for completion in completions(&text[..end]) {
            let completed = completion.edit.apply(&text[..end]);
            let goes_on = parse(&completed).is_ok() || !completions(&completed).is_empty();
            assert!(goes_on, "{completion:?} makes {completed:?}");
        }
    }
    assert_eq!(offered("claim where when in 2024/....2024-03 l"), "list · latest · limit");
    assert_eq!(offered("claim where when in 2024/....202"), "2025");
}

#[test]
fn what_is_begun_goes_on() {
    assert_eq!(offered("figure, c"), "claim");
    assert_eq!(offered("figure, "), "event · norm · statement");
    assert_eq!(offered("claim where value in ."), "..");
    assert_eq!(offered("claim where when in ."), "../2025 · ..");
    let after_condition = " and ·  or ·  list ·  count ·  as of ·  sort ·  limit";
    assert_eq!(offered("entity where only alias~9ur9kks9999"), after_condition);
    assert_eq!(offered("entity where alias ~9u"), after_condition);
    // Nothing is grouped by a time, but by its parts.
    assert_eq!(offered("claim count by said"), "said.year · said.month · said.day");
    assert_eq!(offered("claim count by actor, said"), "said.year · said.month · said.day");
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
    let is_for_tables = |name: &str| Attribute::find(types, name).is_some_and(|found| found.is_for_tables());
    let names = Attribute::names(types).into_iter().filter(|name| !is_for_tables(name)).collect::<Vec<_>>();
    (prop::sample::select(names), any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(
        move |(name, operator, value)| {
            let name = if name.ends_with('.') { format!("{name}key") } else { name };
            let attribute = Attribute::find(types, &name).unwrap();
            let operators = attribute.value().operators();
            let values: Vec<&str> = match attribute.value() {
                ValueType::Entity(Role::Kind) => vec!["workers", "Troops", "$topic"],
                ValueType::Entity(Role::Any | Role::Country | Role::Place) => {
                    vec!["NK", "'North Korea'", "norway"]
                }
                ValueType::Source => vec!["nis", "'National Intelligence Service'"],
                ValueType::Vocabulary(vocabulary) => vocabulary.words(),
                ValueType::YesNo => vec!["yes", "no"],
                ValueType::Number => vec!["3", "17"],
                ValueType::Quantity => vec!["10k", "~1000", "'>=thousands'", "11_000"],
                ValueType::Time => vec!["2024-10~", "now-30d", "[2025-01-11..2025-01-20]", "../2019-12-31"],
                ValueType::Document => vec!["report", "'report'"],
                ValueType::Entity(Role::Action) => vec!["xa", "XA"],
                ValueType::Entity(Role::Incident) => vec!["xb"],
                ValueType::Entity(Role::Instrument) => vec!["xc"],
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
            "sort by id, revision asc limit $number",
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
    let queries = head.prop_flat_map(move |(head, types)| {
        (shape.clone(), condition(types), condition(types), tail.clone()).prop_map(
            move |(shape, a, b, tail)| {
                format!("{head} where {} {tail}", shape.replace("{a}", &a).replace("{b}", &b))
            },
        )
    });
    // Some literals have no order.
    queries.prop_filter("it means something", |query| goes_on_to_a_query(query, &mut 1))
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

/// Whether a text is the beginning of a query that means something, by going on as is offered.
fn goes_on_to_a_query(text: &str, tries: &mut usize) -> bool {
    let used = sent(|name| text.contains(&format!("${name}")));
    if is_accepted(text, &registry(), &used) {
        return true;
    }
    // What only the writer knows: a text, and the key of a label that there is not yet.
    let is_text = Place::at(text).is_some_and(|place| place.is_quoted() && place.closing().is_some());
    let typed =
        [("key", text.ends_with('.')), ("word'", is_text)].into_iter().filter(|(_, is_known)| *is_known);
    let typed = typed.map(|(word, _)| format!("{text}{word}"));
    let mut offered = completions(text);
    // What is open is closed first, lest conditions are added without an end.
    offered.sort_by_key(|found| found.edit.text != ")");
    let offered = offered.into_iter().map(|found| found.edit.apply(text));
    for longer in typed.chain(offered).filter(|longer| longer != text) {
        *tries = tries.saturating_sub(1);
        if *tries == 0 {
            return false;
        }
        if goes_on_to_a_query(&longer, tries) {
            return true;
        }
    }
    false
}

#[test]
fn whatever_is_offered_leads_to_a_query() {
    let mut wrong = Vec::new();
    for text in [
        "",
        "explain ",
        "figure ",
        "event, ",
        "explain figure where act",
        "figure where ",
        "figure where actor",
        "figure where kind",
        "figure where said",
        "figure where by.",
        "figure where label.",
        "entity where external_id",
        "figure where value ",
        "figure where value=",
        "figure where text",
        "figure where actor=n",
        "figure where actor='n",
        "figure where only ",
        "figure where not ",
        "figure where mode not ",
        "figure where mode in ",
        "figure where mode in (plan",
        "figure where said in 2024",
        "figure where mode is ",
        "figure where (mode=plan or kind=workers",
        "figure where mode=plan ",
        "figure list id",
        "figure list when.",
        "figure count ",
        "figure count by ",
        "figure count by kind ",
        "figure sort ",
        "figure sort by value ",
        "figure count by kind sort by ",
        "figure as ",
        "figure as of ",
        "figure limit ",
        "source where ",
        "document where publisher",
    ] {
        for found in completions(text) {
            let longer = found.edit.apply(text);
            if !goes_on_to_a_query(&longer, &mut 400) {
                wrong.push(longer);
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// What the token whose beginning was cut off at `end` should be offered as: keywords, signs,
/// attributes, words of vocabularies, names.
fn cut(query: &str, end: usize) -> Option<&str> {
    let token = tokens(query).into_iter().find(|token| token.span.start < end && end < token.span.end)?;
    let text = &query[token.span.start..token.span.end];
    let types = Place::at(&query[..token.span.start])?.types();
    let is_attribute = types.is_some_and(|types| Attribute::find(types, text).is_some());
    let is_named =
        ["north-korea", "norway", "workers", "troops", "xa", "xb", "xc", "nis", "report"].contains(&text);
    let compared = Place::at(&query[..token.span.start])?.compared(types);
    let is_word = compared.is_some_and(|attribute| match attribute.value() {
        ValueType::Vocabulary(vocabulary) => vocabulary.words().contains(&text),
        ValueType::YesNo => ["yes", "no"].contains(&text),
        ValueType::Entity(_)
        | ValueType::Source
        | ValueType::Document
        | ValueType::Quantity
        | ValueType::Number
        | ValueType::Time
        | ValueType::Text
        | ValueType::Name
        | ValueType::Free => false,
    });
    let is_meant = crate::language::is_keyword(text) || is_attribute || is_named || is_word;
    (token.kind == TokenKind::Word && is_meant && !text.ends_with(".key")).then_some(text)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 4, ..ProptestConfig::default() })]

    #[test]
    fn any_prefix_of_a_query_goes_on_as_it_does(
        query in meaningful(),
        deep in proptest::collection::vec(any::<prop::sample::Index>(), 4),
    ) {
        for (end, _) in query.char_indices() {
            let prefix = &query[..end];
            let found = completions(prefix);
            prop_assert!(!found.is_empty(), "{prefix}");
            prop_assert!(found.len() <= MAX_COMPLETIONS);
            prop_assert!(found.iter().all(|found| found.edit.span.end == end));
            let offers = |word: &str| found.iter().any(|found| {
                let text = found.edit.text.trim_start();
                text.eq_ignore_ascii_case(word) || word.starts_with(text)
            });
            if let Some(next) = offered_as(&query, end) && !prefix.ends_with(['!', '<', '>', '~']) {
                // Steps beyond attributes come last, where there are many.
                prop_assert!(offers(next) || found.len() == MAX_COMPLETIONS, "{prefix} → {next}, not {found:?}");
            }
            if let Some(word) = cut(&query, end) {
                let is_there = found.iter().any(|found| {
                    // `not in` begins with `not`.
                    let text = found.edit.text.trim_start().split(' ').next().unwrap_or_default();
                    text.eq_ignore_ascii_case(word)
                });
                prop_assert!(is_there, "{prefix} → {word}, not {found:?}");
            }
        }
        // One edit of some prefixes leads on, until there is a query.
        for index in deep {
            // Within a time, a number or a text only the writer knows how it goes on.
            let is_own = |end: usize| {
                let within = tokens(&query).into_iter().any(|token| token.span.start < end && end < token.span.end);
                within && cut(&query, end).is_none()
            };
            let ends: Vec<_> = query.char_indices().map(|(end, _)| end).filter(|end| !is_own(*end)).collect();
            let end = *index.get(&ends);
            let found = completions(&query[..end]);
            let longer = index.get(&found).edit.apply(&query[..end]);
            prop_assert!(goes_on_to_a_query(&longer, &mut 100), "{longer}");
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
