//! What holds for every query and every text.

use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::View;
use super::ast::{
    AsOf, Attribute, Expr, Number, Operator, Output, Predicate, Query, Set, SortKey, Spanned, Test, TextSpan,
    Value,
};
use super::{Code, Diagnostic, MAX_BYTES, MAX_DEPTH, MAX_LIST_ITEMS, MAX_PREDICATES, laws, parse};

fn anywhere<T>(node: T) -> Spanned<T> {
    Spanned::new(node, TextSpan::default())
}

fn name() -> impl Strategy<Value = String> {
    let keywords = [
        "and", "or", "not", "in", "is", "where", "surely", "possibly", "only", "list", "count", "sort",
        "limit", "explain",
    ];
    "[a-zé][a-z0-9_-]{0,6}".prop_filter("a keyword", move |name| !keywords.contains(&name.as_str()))
}

fn attribute() -> impl Strategy<Value = Attribute> {
    (name(), proptest::option::of("[a-z0-9][a-z0-9_-]{0,5}")).prop_map(|(base, key)| {
        anywhere(match key {
            Some(key) => format!("{base}.{key}"),
            None => base,
        })
    })
}

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(&[
            "NK", "4000", "~4000", "2024-10~", "../2019-12-31", "2024/..", "[2025-01-11..2025-01-20]", "-5",
            "South Korea", "O'Brien", ">=thousands", "in", "where", "limit", "revision", "now-30d", "11,000",
            "10..20", "", "5.", ".5", "2024/", "북한", "a\u{200f}b", "#", "''", "\"'", "\u{0}", "x:y", "$p",
            "present", "list", "not", "~", "..", "e\u{301}", "[", "[NK]", "100%",
        ][..]).prop_map(str::to_owned),
        1 => "[a-z0-9~./\\[\\]'\"-]{0,8}",
        1 => any::<String>().prop_map(|text| text.chars().take(8).collect()),
    ]
}

fn parameter() -> impl Strategy<Value = String> {
    "[a-zA-Z_][a-zA-Z0-9_]{0,5}"
}

fn value() -> impl Strategy<Value = Spanned<Value>> {
    prop_oneof![
        5 => literal().prop_map(Value::Literal),
        1 => parameter().prop_map(Value::Parameter),
    ]
    .prop_map(anywhere)
}

fn number() -> impl Strategy<Value = Spanned<Number>> {
    prop_oneof![(1..u64::MAX).prop_map(Number::Literal), parameter().prop_map(Number::Parameter)]
        .prop_map(anywhere)
}

fn set() -> impl Strategy<Value = Spanned<Set>> {
    prop_oneof![
        vec(value(), 2..5).prop_map(Set::List),
        (value(), value()).prop_map(|(low, high)| Set::Between(low, high)),
        value().prop_map(Set::From),
        value().prop_map(Set::UpTo),
        parameter().prop_map(Set::Parameter),
    ]
    .prop_map(anywhere)
}

fn predicate() -> impl Strategy<Value = Predicate> {
    const OPERATORS: [Operator; 8] = [
        Operator::Equal,
        Operator::NotEqual,
        Operator::Less,
        Operator::LessOrEqual,
        Operator::Greater,
        Operator::GreaterOrEqual,
        Operator::Matches,
        Operator::NotMatches,
    ];
    let test = prop_oneof![
        (select(&OPERATORS[..]), value())
            .prop_map(|(operator, value)| Test::Compare(anywhere(operator), value)),
        set().prop_map(Test::In),
        set().prop_map(Test::NotIn),
        Just(Test::Present),
        Just(Test::Missing),
    ];
    (any::<bool>(), attribute(), test).prop_map(|(only, attribute, test)| Predicate {
        only: only.then(|| anywhere(())),
        attribute,
        test,
    })
}

fn expr() -> impl Strategy<Value = Expr> {
    let leaf = predicate().prop_map(|predicate| Expr::Predicate(anywhere(predicate)));
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Expr::all),
            vec(inner.clone(), 2..4).prop_map(Expr::any),
            inner.clone().prop_map(Expr::negated),
            inner.clone().prop_map(|expr| Expr::Surely(Box::new(expr))),
            inner.prop_map(|expr| Expr::Possibly(Box::new(expr))),
        ]
    })
}

pub(super) fn query() -> impl Strategy<Value = Query> {
    let output = prop_oneof![
        vec(attribute(), 1..4).prop_map(Output::List),
        vec(attribute(), 0..4).prop_map(Output::Count),
        (select(&View::ALL[..]), vec(attribute(), 0..3)).prop_map(|(view, keys)| Output::View(view, keys)),
    ];
    let as_of = prop_oneof![value().prop_map(AsOf::Time), number().prop_map(AsOf::Revision)];
    let sort_key =
        (attribute(), any::<bool>()).prop_map(|(attribute, descending)| SortKey { attribute, descending });
    (
        vec(name().prop_map(anywhere), 1..4),
        proptest::option::of(expr()),
        proptest::option::of(output.prop_map(anywhere)),
        proptest::option::of(as_of.prop_map(anywhere)),
        vec(sort_key, 0..3),
        proptest::option::of(number()),
        any::<bool>(),
    )
        .prop_map(|(types, filter, output, as_of, sort, limit, is_explained)| Query {
            is_explained,
            types,
            filter,
            output,
            as_of,
            sort,
            limit,
        })
}

/// Words and signs in an order that only chance gives.
fn tokens() -> impl Strategy<Value = String> {
    let token = select(
        &[
            "figure",
            "claim",
            "source",
            "where",
            "list",
            "count",
            "conflicts",
            "envelope",
            "by",
            "as of",
            "sort",
            "limit",
            "revision",
            "and",
            "or",
            "not",
            "surely",
            "possibly",
            "only",
            "in",
            "is",
            "present",
            "missing",
            "actor",
            "kind",
            "value",
            "NK",
            "4000",
            "~4000",
            "2024",
            "'South Korea'",
            "South",
            "Korea",
            "$p",
            "(",
            ")",
            ",",
            "=",
            "!=",
            "<",
            ">=",
            "~",
            "!~",
            "..",
            "==",
            "&&",
            "||",
            "!",
            ":",
            "=~",
            "<>",
            "like",
            "between",
            "null",
            "'",
            "\"",
            "“",
            "”",
            "[",
            "]",
            "#",
            "\n",
            ";",
            "11,000",
            "O'Brien",
            "envelope",
            "order",
            "\u{0}",
            "\u{200f}",
            "−",
            "…",
            "[2024..2025]",
            "../2019",
            "5",
            "desc",
            "descending",
            "as",
            "of",
            "#é\n",
            "북한",
            "as #é\nof",
            "as of 2024",
            "limit 5",
            "list actor",
            "count by",
            "sort by kind",
            "select",
            "from",
            "claims",
            "distinct",
            "group",
            "by kind",
            "*",
            "--",
            "/*",
            "null",
            "exists",
            "before",
            "about",
            "last week",
            "NK'",
        ][..],
    );
    (vec((token, select(&["", " ", " ", "  ", "\u{3000}"][..])), 0..24), any::<bool>()).prop_map(
        |(tokens, headed)| {
            let head = if headed { "figure where actor=NK " } else { "" };
            tokens.into_iter().fold(head.to_owned(), |text, (token, gap)| text + token + gap)
        },
    )
}

/// A query with a few of its characters taken out, doubled or replaced.
fn slips() -> impl Strategy<Value = String> {
    let slip = (any::<prop::sample::Index>(), select(&["", "'", "(", ")", " ", "=", "and", ",", "x"][..]));
    (query(), vec(slip, 1..4)).prop_map(|(query, slips)| {
        let mut characters: Vec<String> = query.to_string().chars().map(String::from).collect();
        for (at, replacement) in slips {
            *at.get_mut(&mut characters) = replacement.to_owned();
        }
        characters.concat()
    })
}

/// Parses on a stack as small as a server's worker may have.
fn parse_on_a_small_stack(text: &str) -> Result<Query, Box<Diagnostic>> {
    let text = text.to_owned();
    let worker = thread::Builder::new().stack_size(2 << 20).spawn(move || parse(&text));
    worker.expect("a thread can be started").join().expect("parsing does not panic")
}

fn code_of(text: &str) -> Option<Code> {
    let parsed = parse_on_a_small_stack(text);
    if let Err(diagnostic) = &parsed {
        laws::check_error(text, diagnostic);
    }
    parsed.err().map(|diagnostic| diagnostic.code())
}

proptest! {
    #[test]
    fn what_is_written_canonically_reads_the_same(query in query()) {
        prop_assume!(query.to_string().len() <= MAX_BYTES);
        laws::check_canonical(&query);
    }

    #[test]
    fn spans_cover_what_they_name(query in query()) {
        let canonical = query.to_string();
        let parsed = parse(&canonical).expect("a canonical query parses");
        for (name, written) in parsed.types.iter().zip(&query.types) {
            prop_assert_eq!(&canonical[name.span.start..name.span.end], written.as_str());
        }
        for (key, written) in parsed.sort.iter().zip(&query.sort) {
            let span = key.attribute.span;
            prop_assert_eq!(&canonical[span.start..span.end], written.attribute.as_str());
        }
        if let Some(filter) = parsed.filter {
            let predicate = &canonical[filter.span().start..filter.span().end];
            let of_one = format!("claim where {predicate}");
            if matches!(filter, Expr::Predicate(_)) {
                prop_assert_eq!(parse(&of_one).map(|query| query.filter), Ok(Some(filter)));
            }
        }
    }

    #[test]
    fn errors_about_tokens_are_good(text in tokens()) {
        match parse(&text) {
            Ok(query) => laws::check_canonical(&query),
            Err(diagnostic) => laws::check_error(&text, &diagnostic),
        }
    }

    #[test]
    fn errors_about_slips_are_good(text in slips()) {
        match parse(&text) {
            Ok(query) => laws::check_canonical(&query),
            Err(diagnostic) => laws::check_error(&text, &diagnostic),
        }
    }

    #[test]
    fn errors_about_bytes_are_good(bytes in vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        if let Err(diagnostic) = parse(&text) {
            laws::check_error(&text, &diagnostic);
        }
    }
}

#[test]
fn white_space_may_take_several_bytes() {
    assert_eq!(code_of("figure where actor=NK or\u{2028}Russia"), Some(Code::Unexpected));
    assert_eq!(code_of("figure where when in\u{85}2025 2024"), Some(Code::Unexpected));
    assert_eq!(code_of("figure\u{3000}where\u{a0}actor=NK\u{2028}and\u{85}kind=workers"), None);
}

#[test]
fn text_has_a_bound() {
    let padded = |bytes: usize| format!("{:bytes$}", "figure where actor=NK");
    assert_eq!(code_of(&padded(MAX_BYTES)), None);
    assert_eq!(code_of(&padded(MAX_BYTES + 1)), Some(Code::TooLong));
    assert_eq!(code_of(&"é".repeat(MAX_BYTES)), Some(Code::TooLong));
}

#[test]
fn depth_has_a_bound() {
    let parenthesised = |depth: usize| format!("claim where {}a=1{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(code_of(&parenthesised(MAX_DEPTH)), None);
    assert_eq!(code_of(&parenthesised(MAX_DEPTH + 1)), Some(Code::TooDeep));

    let negated = |depth: usize| format!("claim where {}a=1", "not ".repeat(depth));
    assert_eq!(code_of(&negated(MAX_DEPTH)), None);
    assert_eq!(code_of(&negated(MAX_DEPTH + 1)), Some(Code::TooDeep));

    let both = |depth: usize| format!("claim where {}a=1{}", "surely (".repeat(depth), ")".repeat(depth));
    assert_eq!(code_of(&both(MAX_DEPTH / 2)), None);
    assert_eq!(code_of(&both(MAX_DEPTH / 2 + 1)), Some(Code::TooDeep));

    // Neither strings nor comments nest.
    let quoted = format!("claim where text~'{}' # {}", "(".repeat(4_000), "(".repeat(2_000));
    assert_eq!(code_of(&quoted), None);
}

#[test]
fn predicates_have_a_bound() {
    let predicates = |count: usize| format!("claim where {}", vec!["a=1"; count].join(" and "));
    assert_eq!(code_of(&predicates(MAX_PREDICATES)), None);
    assert_eq!(code_of(&predicates(MAX_PREDICATES + 1)), Some(Code::TooManyTerms));
}

#[test]
fn lists_have_a_bound() {
    let list = |count: usize| format!("claim where a in ({})", vec!["b"; count].join(","));
    assert_eq!(code_of(&list(MAX_LIST_ITEMS)), None);
    assert_eq!(code_of(&list(MAX_LIST_ITEMS + 1)), Some(Code::TooManyTerms));
}

#[test]
fn hostile_texts_are_answered_at_once() {
    let head = "claim where ";
    for (text, code) in [
        ("(".repeat(4_000), Code::TooDeep),
        ("not ".repeat(2_000), Code::TooDeep),
        ("!".repeat(8_000), Code::TooDeep),
        ("a=(".repeat(2_000), Code::TooDeep),
        (")".repeat(4_000), Code::Unexpected),
        ("'".repeat(8_001), Code::Unclosed),
        ("[".repeat(8_000), Code::Unclosed),
        ("[1]".repeat(2_500), Code::Unexpected),
        ("a=1 ".repeat(2_000), Code::MissingConnective),
        ("a=1 and b=2 or ".repeat(500), Code::MixedAndOr),
        ("a==1&&".repeat(1_300) + "a=1", Code::WrongOperator),
        ("a=b c ".repeat(1_300), Code::Unexpected),
        (format!("a=b {}", "c ".repeat(4_000)), Code::Unexpected),
        (format!("a={}", "1,".repeat(4_000)), Code::Unexpected),
        (format!("when={}2024", "c. ".repeat(2_600)), Code::Unexpected),
        (format!("value={}5", "about ".repeat(1_300)), Code::Unexpected),
        ("\u{0}".repeat(8_000), Code::Unexpected),
        ("\u{200f}".repeat(2_700), Code::Unexpected),
        ("e\u{301}".repeat(2_700), Code::Unexpected),
        (format!("a==b{}", "\u{301}".repeat(4_000)), Code::WrongOperator),
        ("“".repeat(2_700), Code::Unexpected),
        ("#".repeat(8_000), Code::Unexpected),
    ] {
        assert_eq!(code_of(&format!("{head}{text}")), Some(code), "{text:.40}");
    }
}
