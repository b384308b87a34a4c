//! The words and signs of the language that are no names: what each means, and how it is written.
//! The grammar has the same words, which a test holds.

use super::view::View;

/// What some keywords or signs mean together.
#[derive(Debug, PartialEq, Eq)]
pub struct Topic {
    /// The words and signs, as they are written.
    pub words: &'static [&'static str],
    /// How they are used; what stands there in capitals is to be put in.
    pub shape: &'static str,
    /// What they mean, in one sentence without a full stop.
    pub help: &'static str,
    /// A query with them.
    pub example: &'static str,
}

/// The clauses but for the views, as their first words are written.
pub(super) const CLAUSES: [&str; 6] = ["where", "list", "count", "as of", "sort", "limit"];

/// Whether a word begins a clause; views aside.
pub(super) fn begins_clause(word: &str) -> bool {
    CLAUSES
        .iter()
        .any(|clause| clause.split(' ').next().is_some_and(|first| first.eq_ignore_ascii_case(word)))
}

/// Every keyword and operator, in the order in which a query has them.
pub static TOPICS: &[Topic] = {
    const fn topic(
        words: &'static [&'static str],
        shape: &'static str,
        help: &'static str,
        example: &'static str,
    ) -> Topic {
        Topic { words, shape, help, example }
    }
    &[
        topic(
            &["explain"],
            "explain QUERY",
            "how the query is understood, and how many rows each condition leaves",
            "explain figure where kind=personnel and value>=4000",
        ),
        topic(
            &["where"],
            "where CONDITION",
            "what must hold of an item; without it all are meant",
            "figure where actor=NK",
        ),
        topic(
            &["list"],
            "list ATTRIBUTE, …",
            "a table of these attributes instead of whole items",
            "figure where kind=workers list id, value, by",
        ),
        topic(
            &["count", "by"],
            "count | count by ATTRIBUTE, …",
            "how many items there are, in all or for each value of the attributes",
            "claim count by by.kind",
        ),
        topic(
            &["envelope"],
            "envelope | envelope by ATTRIBUTE, …",
            View::Envelope.help(),
            "figure where kind=personnel envelope",
        ),
        topic(
            &["latest"],
            "latest | latest by ATTRIBUTE, …",
            View::Latest.help(),
            "claim where kind=troops latest by by",
        ),
        topic(&["total"], "total | total by ATTRIBUTE, …", View::Total.help(), "figure total by kind"),
        topic(
            &["conflicts"],
            "conflicts | conflicts by ATTRIBUTE, …",
            View::Conflicts.help(),
            "norm where kind=workers conflicts",
        ),
        topic(
            &["corroboration"],
            "corroboration | corroboration by ATTRIBUTE, …",
            View::Corroboration.help(),
            "event where state=absent corroboration",
        ),
        topic(
            &["timeline"],
            "timeline | timeline by ATTRIBUTE, …",
            View::Timeline.help(),
            "event where kind=troops timeline",
        ),
        topic(
            &["breaches"],
            "breaches | breaches by ATTRIBUTE, …",
            View::Breaches.help(),
            "figure where kind=workers breaches",
        ),
        topic(&["drift"], "drift | drift by ATTRIBUTE, …", View::Drift.help(), "claim drift"),
        topic(
            &["as", "of", "revision"],
            "as of TIME | as of revision NUMBER",
            "the ledger as it was then, with the names of then",
            "claim where actor=NK as of revision 1",
        ),
        topic(
            &["sort", "by", "asc", "desc"],
            "sort by ATTRIBUTE [asc|desc], …",
            "in which order, ascending unless it says `desc`; without it the newest come first",
            "norm list id, deadline sort by deadline desc",
        ),
        topic(
            &["limit"],
            "limit NUMBER",
            "at most so many rows, over all pages",
            "claim sort by said desc limit 3",
        ),
        topic(
            &["and"],
            "CONDITION and CONDITION",
            "both must hold; beside `or` it needs parentheses",
            "figure where actor=NK and kind=workers",
        ),
        topic(
            &["or"],
            "CONDITION or CONDITION",
            "one of them must hold, or both; beside `and` it needs parentheses",
            "claim where (by=NIS or via=NIS) and kind=workers",
        ),
        topic(
            &["not"],
            "not CONDITION",
            "it must not hold; of several conditions in parentheses, not all of them together",
            "event where not (place=Russia and kind=troops)",
        ),
        topic(
            &["surely"],
            "surely CONDITION",
            "it must hold whatever the value is within its interval",
            "figure where surely value>=3000",
        ),
        topic(
            &["possibly"],
            "possibly CONDITION",
            "what may hold counts as sure",
            "figure where possibly value>=4000",
        ),
        topic(
            &["only"],
            "only ATTRIBUTE OPERATOR VALUE",
            "the attribute has values, and it holds for each of them",
            "claim where only actor=NK",
        ),
        topic(
            &["=", "!="],
            "ATTRIBUTE=VALUE | ATTRIBUTE!=VALUE",
            "it has this value, or has it not; a name also means all that is below it",
            "claim where kind=personnel and place!=Russia",
        ),
        topic(
            &["<", "<=", ">", ">="],
            "ATTRIBUTE<VALUE | ATTRIBUTE<=VALUE | ATTRIBUTE>VALUE | ATTRIBUTE>=VALUE",
            "it is less, at most, more or at least that; for numbers, times, and words that have an order",
            "figure where value>=4000 and hops<3",
        ),
        topic(
            &["~", "!~"],
            "ATTRIBUTE~'WORDS' | ATTRIBUTE!~'WORDS'",
            "it has all these words, in any order and letter case, or not all of them",
            "claim where text~'student visas'",
        ),
        topic(
            &["in", "not in", ".."],
            "ATTRIBUTE in (VALUE, …) | ATTRIBUTE in LOW..HIGH | ATTRIBUTE in $LIST",
            "it is one of these, or from the one to the other, both included; `not in` for the opposite",
            "figure where kind in (workers, troops) and value in 3000..5000",
        ),
        topic(
            &["is", "present", "missing"],
            "ATTRIBUTE is present | ATTRIBUTE is missing",
            "it has a value, or none",
            "claim where likelihood is present",
        ),
    ]
};

/// Whether a word is a keyword wherever a value could not stand, in any ASCII case.
pub fn is_keyword(word: &str) -> bool {
    let words = TOPICS.iter().flat_map(|topic| topic.words);
    words.filter(|keyword| !keyword.contains(' ')).any(|keyword| keyword.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::parse;
    use std::collections::BTreeSet;

    /// The texts in quotes of the grammar's rules that a test takes by their names.
    fn of_grammar(is_meant: impl Fn(&str) -> bool) -> BTreeSet<&'static str> {
        let rules = include_str!("../../grammar/query.pest").lines().filter_map(|line| line.split_once('='));
        let meant = rules.filter(|(name, _)| is_meant(name.trim()));
        meant.flat_map(|(_, rule)| rule.split('"').skip(1).step_by(2)).collect()
    }

    #[test]
    fn keywords_and_signs_are_those_of_the_grammar() {
        let mut written = of_grammar(|rule| {
            rule.starts_with("kw_") || ["own_operator", "dots", "view_word"].contains(&rule)
        });
        // Other languages', which stand there so that errors can say what to write instead.
        for foreign in ["between", "from", "to"] {
            assert!(written.remove(foreign), "{foreign}");
        }
        // Of two of the keywords.
        written.insert("not in");
        let explained: BTreeSet<_> = TOPICS.iter().flat_map(|topic| topic.words).copied().collect();
        assert_eq!(explained, written);
    }

    #[test]
    fn examples_are_queries_with_their_words() {
        for topic in TOPICS {
            assert!(parse(topic.example).is_ok(), "{}", topic.example);
            let is_there =
                |word: &&&str| format!("{} {} {}", topic.shape, topic.help, topic.example).contains(**word);
            assert_eq!(topic.words.iter().find(|word| !is_there(word)), None, "{topic:?}");
            assert!(!topic.help.ends_with('.'), "{topic:?}");
        }
    }

    #[test]
    fn keywords_are_words() {
        for (word, expected) in [
            ("where", true),
            ("OF", true),
            ("=", true),
            ("not in", false),
            ("between", false),
            ("actor", false),
        ] {
            assert_eq!(is_keyword(word), expected, "{word}");
        }
    }
}
