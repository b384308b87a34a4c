//! Colours for what is wrong with a query, where there are any.

use super::Failure;
use std::io::{self, IsTerminal};
use std::{env, iter};

const WRONG: &str = "\x1b[1;31m";
const INSTEAD: &str = "\x1b[32m";
const PLAIN: &str = "\x1b[0m";

/// Tells on standard error why something failed.
pub(super) fn report(failure: &Failure) {
    let text = failure.to_string();
    eprintln!("{}", if has_colour(&io::stderr()) { coloured(&text) } else { text });
}

/// Whether an output shows colours: a terminal does, unless `NO_COLOR` is set (see no-color.org).
pub(super) fn has_colour(output: &impl IsTerminal) -> bool {
    let objects = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    output.is_terminal() && !objects && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// A diagnostic as the language renders it, with its code and mark in one colour and its alternatives
/// in another; any other text as it is.
fn coloured(text: &str) -> String {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let Some((code, place)) = first.split_once(" at ").filter(|(code, _)| is_code(code)) else {
        return text.to_owned();
    };
    // Of a query that is empty there is nothing to mark.
    let query = lines.next();
    let mark = lines.next().map(|mark| painted(mark, mark.trim_start(), WRONG));
    iter::once(format!("{WRONG}{code}{PLAIN} at {place}"))
        .chain(query.map(str::to_owned))
        .chain(mark)
        .chain(lines.map(|edit| painted(edit, instead(edit), INSTEAD)))
        .collect::<Vec<_>>()
        .join("\n")
}

fn is_code(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// What to write, of the line that says so: what stands in backquotes, or all of it.
fn instead(edit: &str) -> &str {
    match (edit.find('`'), edit.rfind('`')) {
        (Some(start), Some(end)) if start < end => &edit[start + 1..end],
        _ => edit.trim_start(),
    }
}

/// The line with its last `part` in a colour.
fn painted(line: &str, part: &str, colour: &str) -> String {
    match line.rfind(part).filter(|_| !part.is_empty()) {
        Some(start) => format!("{}{colour}{part}{PLAIN}{}", &line[..start], &line[start + part.len()..]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::parse;

    fn refused(query: &str) -> String {
        parse(query).expect_err(query).render(query)
    }

    #[test]
    fn code_mark_and_alternatives_are_in_colour() {
        assert_eq!(
            coloured(&refused("figure where actor=NK or by=NIS and kind=workers")),
            "\x1b[1;31mMIXED_AND_OR\x1b[0m at 32..35: `and` after `or` needs parentheses\n\
             \x20 figure where actor=NK or by=NIS and kind=workers\n\
             \x20                                 \x1b[1;31m^^^\x1b[0m\n\
             \x20 write `\x1b[32m(actor=NK or by=NIS) and kind=workers\x1b[0m`\n\
             \x20    or `\x1b[32mactor=NK or (by=NIS and kind=workers)\x1b[0m`"
        );
        assert_eq!(
            coloured(&refused("claim where actor=NK\u{200b}")),
            "\x1b[1;31mUNEXPECTED\x1b[0m at 20..23: found the character U+200B, expected `and`, `or`, `..`, \
             `list`, `count`, a view such as `conflicts`, `as of`, `sort` or `limit`\n\
             \x20 claim where actor=NK\u{fffd}\n\
             \x20                     \x1b[1;31m^\x1b[0m\n\
             \x20 \x1b[32mleave it out\x1b[0m"
        );
    }

    #[test]
    fn colours_change_no_text() {
        for query in [
            "",
            "figure where",
            "figure where kind='",
            "figure list",
            "figure where actor==^^",
            "SELECT * FROM x",
        ] {
            let text = refused(query);
            let plain =
                [WRONG, INSTEAD, PLAIN].iter().fold(coloured(&text), |text, code| text.replace(code, ""));
            assert_eq!(plain, text);
        }
    }

    #[test]
    fn what_is_no_diagnostic_stays_plain() {
        for text in
            ["", "there is no ledger in /data", "cannot reach http://a at 3..4: refused", " at 1..2: x"]
        {
            assert_eq!(coloured(text), text);
        }
    }
}
