//! What the prompt says of itself and of words, by the tables that the language is made of.

use super::input::COMMANDS;
use crate::language::attributes::{self, ATTRIBUTES, Attribute, Beyond, Entry, ItemTypes, ValueType};
use crate::language::{TOPICS, Topic, View, nearest};

/// What is said before the first prompt.
pub(super) const GREETING: &str = "\\help says what there is to type, Tab completes it, Ctrl-D leaves.";

/// How to go on.
pub(super) fn overview() -> String {
    let mut text = "\
A query ends with its line. It goes on with the next one while a quote or parenthesis is open, and
behind `and`, `or` or a comma; a blank line ends it all the same. Tab completes, the arrows bring back
what was typed, Ctrl-C forgets the line."
        .to_owned();
    for command in &COMMANDS {
        let usage = format!("\\{} {}", command.name, command.argument);
        text.push_str(&format!("\n  {usage:<17}  {}", command.help));
    }
    let types: Vec<_> = ItemTypes::NAMED.iter().map(|(name, _)| *name).collect();
    let topics = TOPICS.iter().map(|topic| topic.words[0]);
    let (views, words): (Vec<_>, Vec<_>) = topics.partition(|word| View::parse(word).is_some());
    text.push_str(&line("types", &types.join(" ")));
    text.push_str(&line("words", &words.join(" ")));
    text.push_str(&line("views", &views.join(" ")));
    text
}

/// What to type instead of a command that there is not.
pub(super) fn unknown_command(name: &str) -> String {
    let names: Vec<_> = COMMANDS.iter().map(|command| format!("`\\{}`", command.name)).collect();
    format!("there is no `\\{name}`; there are {}", names.join(", "))
}

/// Everything that there is help on.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    let attributes = ATTRIBUTES.iter().map(|entry| entry.name);
    let types = ItemTypes::NAMED.iter().map(|(name, _)| *name);
    attributes.chain(types).chain(TOPICS.iter().flat_map(|topic| topic.words.iter().copied()))
}

/// What a word means, as everything that it is. `filled` takes a query whose end wants a value, and
/// puts one there that the ledger has.
pub(super) fn of(word: &str, filled: &dyn Fn(&str) -> Option<String>) -> String {
    let base = word.split('.').next().unwrap_or(word);
    let entries = ATTRIBUTES.iter().filter(|entry| entry.name.eq_ignore_ascii_case(base));
    let types = ItemTypes::NAMED.iter().filter(|(name, _)| name.eq_ignore_ascii_case(word));
    let is_about = |topic: &&Topic| {
        let is_one = topic.words.iter().any(|one| one.eq_ignore_ascii_case(word));
        is_one || topic.words.len() > 1 && topic.words.join(" ").starts_with(&word.to_ascii_lowercase())
    };
    let sections: Vec<String> = TOPICS
        .iter()
        .filter(is_about)
        .map(topic)
        .chain(types.map(|(name, types)| of_type(name, *types)))
        .chain(entries.map(|entry| attribute(entry, word, filled)))
        .collect();
    if !sections.is_empty() {
        return sections.join("\n");
    }
    let near: Vec<_> = nearest(word, words()).iter().map(|word| format!("`{word}`")).collect();
    let near = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) };
    format!("there is no help on `{word}`{near}")
}

fn line(name: &str, text: &str) -> String {
    format!("\n  {name:<9}  {text}")
}

fn topic(topic: &Topic) -> String {
    let Topic { words: _, shape, help, example } = topic;
    format!("{shape}: {help}{}", line("example", example))
}

fn of_type(name: &str, types: ItemTypes) -> String {
    let names: Vec<_> = attributes::entries(types).map(|entry| entry.name).collect();
    format!("{name} (type){}{}", line("has", &names.join(" ")), line("example", &format!("{name} limit 3")))
}

fn attribute(entry: &'static Entry, word: &str, filled: &dyn Fn(&str) -> Option<String>) -> String {
    let found = Attribute::find(entry.of, word).or_else(|| Attribute::find(entry.of, entry.name));
    // One that is asked by a key.
    let found = found.or_else(|| Attribute::find(entry.of, &format!("{}.KEY", entry.name)));
    let Some(found) = found else { return String::new() };
    let value = found.value();
    let help = match found.beyond {
        Beyond::Fact { hop, .. } | Beyond::Part { hop, .. } | Beyond::Bound { hop, .. } => hop.help,
        Beyond::Nothing | Beyond::Key { .. } => entry.help,
    };
    let many = if found.is_many() { ", several" } else { "" };
    let types = ItemTypes::NAMED.iter().filter(|(_, types)| types.within(entry.of));
    let types: Vec<&str> = types.map(|(name, _)| *name).collect();
    let mut text = format!("{found} ({}{many}): {help}{}", value.noun(), line("of", &types.join(" ")));
    if let ValueType::Vocabulary(vocabulary) = value {
        text.push_str(&line("values", &vocabulary.words().join(" ")));
    }
    if !found.is_for_tables() {
        text.push_str(&line("operators", &value.operators().join("  ")));
    }
    if found.beyond == Beyond::Nothing {
        let beyond: Vec<_> =
            attributes::hops(entry.of, entry).map(|hop| format!("{}.{}", entry.name, hop.name)).collect();
        if !beyond.is_empty() {
            text.push_str(&line("beyond", &beyond.join(" ")));
        }
    }
    let first = types.first().copied().unwrap_or_default();
    let example = if matches!(found.beyond, Beyond::Part { .. }) {
        format!("{first} count by {found}")
    } else if found.is_for_tables() {
        format!("{first} list id, {found}")
    } else {
        let operator = [">=", "="].into_iter().find(|operator| value.operators().contains(operator));
        let operator = operator.unwrap_or("~");
        let condition = format!("{first} where {found}");
        filled(&format!("{condition}{operator}")).unwrap_or_else(|| format!("{condition} is present"))
    };
    text + &line("example", &example)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::parse;

    fn help(word: &str) -> String {
        of(word, &|query| query.ends_with(['=', '~']).then(|| format!("{query}X")))
    }

    #[test]
    fn attributes_say_what_they_are_and_take() {
        for (word, expected) in [
            (
                "actor",
                "\
actor (entity, several): who acts, or whose people or things are meant
  of         claim figure event norm statement
  operators  =  !=  in  not in  is present  is missing
  beyond     actor.kind
  example    claim where actor=X",
            ),
            (
                "BY.Reliability",
                "\
by.reliability (word of a vocabulary, several): the source's reliability
  of         claim figure event norm statement
  values     a b c d e f
  operators  =  !=  <  <=  >  >=  in  not in  is present  is missing
  example    claim where by.reliability>=X",
            ),
            (
                "said.month",
                "\
said.month (time): the month, for tables
  of         claim figure event norm statement
  example    claim count by said.month",
            ),
            (
                "external_id",
                "\
external_id.KEY (text): its id in another scheme: `external_id.SCHEME`
  of         entity
  operators  =  !=  in  not in  is present  is missing
  example    entity where external_id.KEY=X",
            ),
            (
                "as of",
                "\
as of TIME | as of revision NUMBER: the ledger as it was then, with the names of then
  example    claim where actor=NK as of revision 1",
            ),
            (
                "!~",
                "\
ATTRIBUTE~'WORDS' | ATTRIBUTE!~'WORDS': it has all these words, in any order and letter case, or not all of them
  example    claim where text~'student visas'",
            ),
            (
                "document",
                "\
document (type)
  has        id title publisher published url language sha256 retrieved recorded revision version label
  example    document limit 3
document (document): the document that it was read in
  of         claim figure event norm statement
  operators  =  !=  in  not in  is present  is missing
  beyond     document.publisher
  example    claim where document=X",
            ),
            ("actr", "there is no help on `actr`; did you mean `actor`?"),
            ("xylophone", "there is no help on `xylophone`"),
        ] {
            assert_eq!(help(word), expected);
        }
        assert!(of("actor", &|_| None).ends_with("claim where actor is present"));
    }

    #[test]
    fn every_word_has_help_with_an_example() {
        for word in words() {
            let text = help(word);
            let examples: Vec<_> =
                text.lines().filter_map(|line| line.strip_prefix("  example    ")).collect();
            assert!(!examples.is_empty(), "{text}");
            for example in examples {
                assert!(parse(example).is_ok(), "{example}");
            }
        }
    }

    #[test]
    fn the_overview_names_every_command() {
        let overview = overview();
        assert_eq!(overview.lines().filter(|line| line.starts_with("  \\")).count(), COMMANDS.len());
        assert!(overview.lines().all(|line| line.len() <= 120), "{overview}");
        assert_eq!(
            unknown_command("x"),
            "there is no `\\x`; there are `\\explain`, `\\more`, `\\help`, `\\quit`"
        );
    }
}
