//! Texts that are made of the language's words, so that few are refused at their first word.

use crate::language::attributes::{ATTRIBUTES, Attribute, ItemTypes, ValueType};
use crate::ledger::{LEDGER, parameter_names};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// How bytes stand for words: two for each word. The low four bits of the first choose a list of
/// [`LISTS`], the next two what stands behind the word; the second byte chooses from the list.
static LISTS: LazyLock<[Vec<String>; 16]> = LazyLock::new(lists);

/// What stands behind a word.
const GAPS: [&str; 4] = [" ", "", "\n", " #é'(\n"];

fn lists() -> [Vec<String>; 16] {
    let owned = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    let types = ItemTypes::NAMED.map(|(name, _)| name);
    let mut names = Attribute::names(ItemTypes::ALL);
    names.extend(owned(&["label.topic", "external_id.iso3166", "sure", "possible", "actr", "when.week"]));
    let (dotted, plain): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| name.contains('.'));
    [
        owned(&[&types[..], &["explain", ",", "figures"]].concat()),
        owned(&["where", "list", "count", "count by", "as of", "as of revision", "sort", "sort by", "limit"]),
        owned(&[
            "and", "or", "not", "surely", "possibly", "only", "asc", "desc", "by", "as", "of", "revision",
        ]),
        owned(&["(", ")", ",", "..", "[", "]", "{", "}", "'", "\"", ";", "!", "~", ".", "/", "-", "$", "#"]),
        owned(&["=", "!=", "<", "<=", ">", ">=", "~", "!~", "in", "not in", "is"]),
        owned(&[
            "is present",
            "is missing",
            "is not present",
            "present",
            "missing",
            "is not",
            "in (",
            "not in (",
        ]),
        owned(&[
            "==", "===", "=>", "=<", "<>", "&&", "||", "&", "|", ":", ":=", "=~", "~=", "!~*", "≠", "≤", "≈",
            "like", "not like", "contains", "equals", "between", "null", "empty",
        ]),
        plain,
        dotted,
        registry_names(),
        vocabulary_words(),
        owned(&[
            "2024",
            "2024-10~",
            "2025-02-07",
            "2025-02-07T10:00:00Z",
            "2024-13",
            "../2019-12-31",
            "2024/..",
            "[2025-01-11..2025-01-20]",
            "2024-10/2025-01",
            "now",
            "now-30d",
            "now+5m",
            "now-1wk",
            "202X",
            "~2025",
            "2025?",
            "-0044",
            "Y170000002",
            "2024-21",
            "9999",
            "0000-01-01",
            "2025-02-30",
            "today",
        ]),
        owned(&[
            "0",
            "1",
            "5",
            "-5",
            "4000",
            "~4000",
            "10k",
            "1.5mn",
            "2bn",
            "10_000",
            "11,000",
            ">=thousands",
            "thousands",
            "up to 500",
            "<100",
            "3000..5000",
            "5.",
            ".5",
            "1e999",
            "18446744073709551616",
            "170141183460469231731687303715884105728",
            "50%",
            "1/3",
            "+1",
            "dozens",
            "yes",
            "no",
        ]),
        parameter_names().map(|name| format!("${name}")).chain(owned(&["$", "$unbound", "$1"])).collect(),
        owned(&[
            "'South Korea'",
            "\"O'Brien\"",
            "'O''Brien'",
            "O'Brien",
            "“NK”",
            "’",
            "11 000",
            "''",
            "'\u{0}'",
            "\u{0}",
            "\u{200f}",
            "\u{feff}",
            "\u{2028}",
            "\u{85}",
            "\u{a0}",
            "e\u{301}",
            "\u{301}",
            "북한",
            "Курск",
            "İ",
            "ﬁ",
            "ſ",
            "−",
            "…",
            "→",
            "🇰🇵",
            "👩‍👩‍👧",
            "à.b",
            "group by",
            "order by",
            "select",
            "from",
            "having",
            "offset",
            "envelope",
            "latest",
            "filter",
            "top",
            "descending",
            "elite troops",
        ]),
        (0..=u8::MAX).map(|byte| char::from(byte).to_string()).collect(),
    ]
}

/// The ids and names that the registry has, as values.
fn registry_names() -> Vec<String> {
    let entities = LEDGER.registry.entities().flat_map(|entity| {
        [entity.id.as_str().to_owned(), entity.name.clone()].into_iter().chain(entity.aliases.clone())
    });
    let sources =
        LEDGER.registry.sources().flat_map(|source| [source.id.as_str().to_owned(), source.name.clone()]);
    let documents = LEDGER.registry.documents().map(|document| document.id.as_str().to_owned());
    let names: BTreeSet<String> = entities.chain(sources).chain(documents).collect();
    names.iter().map(|name| crate::language::format_value(name)).collect()
}

/// The words of the closed vocabularies.
fn vocabulary_words() -> Vec<String> {
    let words: BTreeSet<&str> = ATTRIBUTES
        .iter()
        .filter_map(
            |entry| if let ValueType::Vocabulary(vocabulary) = entry.value { Some(vocabulary) } else { None },
        )
        .flat_map(|vocabulary| vocabulary.words())
        .collect();
    words.into_iter().map(str::to_owned).collect()
}

/// The text that bytes stand for.
pub fn decode(bytes: &[u8]) -> String {
    let mut text = String::new();
    for pair in bytes.chunks_exact(2) {
        let list = &LISTS[usize::from(pair[0] % 16)];
        text.push_str(&list[usize::from(pair[1]) % list.len()]);
        text.push_str(GAPS[usize::from(pair[0] / 16 % 4)]);
    }
    text
}

/// Bytes that stand for a text, from its longest words; none if it has characters that nothing
/// stands for.
pub fn encode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let words = LISTS.iter().enumerate().flat_map(|(list, words)| {
            words.iter().take(256).enumerate().map(move |(word, text)| (list, word, text))
        });
        let (list, word, found) = words
            .filter(|(_, _, word)| rest.starts_with(word.as_str()))
            .max_by_key(|(_, _, word)| word.len())?;
        rest = &rest[found.len()..];
        let gap = if rest.starts_with(GAPS[0]) { 0 } else { 1 };
        rest = &rest[GAPS[gap].len()..];
        bytes.extend([u8::try_from(list + gap * 16).ok()?, u8::try_from(word).ok()?]);
    }
    Some(bytes)
}

/// Every word, once.
pub fn all() -> BTreeSet<&'static str> {
    LISTS.iter().take(15).flatten().map(String::as_str).collect()
}
