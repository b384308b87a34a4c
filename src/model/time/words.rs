//! Times as people say them, and what to write instead: `15 January 2025`, `about May 2024`.

use super::Time;

/// Bytes of a time in words: nobody says one in more.
const MAX_PHRASE_BYTES: usize = 80;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Parts of a year by name, and EDTF's numbers for them.
const SEASONS: [(&str, u8); 9] = [
    ("spring", 21),
    ("summer", 22),
    ("autumn", 23),
    ("fall", 23),
    ("winter", 24),
    ("q1", 33),
    ("q2", 34),
    ("q3", 35),
    ("q4", 36),
];

/// The words before a time that is not quite certain.
pub const ABOUT: [&str; 7] = ["about", "around", "roughly", "approximately", "circa", "ca.", "c."];

impl Time {
    /// The times that a phrase may stand for, as they are written; none if it says none.
    pub fn in_words(phrase: &str) -> Vec<String> {
        if phrase.len() > MAX_PHRASE_BYTES {
            return Vec::new();
        }
        let lower = phrase.to_lowercase().replace(['–', '—'], " - ");
        let words: Vec<&str> =
            lower.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()).collect();
        let is_range = |word: &&str| matches!(*word, "to" | "until" | "till" | "through" | "-");
        match words.iter().position(is_range) {
            None => dates(&words),
            Some(at) => {
                let (from, to) = (end(&words[..at]), end(&words[at + 1..]));
                from.zip(to).map(|(from, to)| format!("{from}/{to}")).into_iter().collect()
            }
        }
        .into_iter()
        .filter(|time| Self::parse(time).is_ok())
        .collect()
    }
}

/// The one time that words say, as an end of an interval.
fn end(words: &[&str]) -> Option<String> {
    match *words {
        [word] if Time::parse(word).is_ok() => Some(word.to_owned()),
        _ => dates(words).into_iter().next(),
    }
}

/// The times that words in small letters may stand for, each once; some may be none.
pub fn dates(words: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for time in guesses(words) {
        if !found.contains(&time) {
            found.push(time);
        }
    }
    found
}

fn guesses(words: &[&str]) -> Vec<String> {
    match words {
        ["the" | "in" | "on" | "from", rest @ ..] => return guesses(rest),
        [first, rest @ ..] if ABOUT.contains(first) => {
            let mut all = guesses(rest);
            all.push(rest.concat());
            return all.into_iter().map(|time| format!("{time}~")).collect();
        }
        [day, rest @ ..] if WEEKDAYS.iter().any(|name| is_short_for(day, name)) => return guesses(rest),
        _ => {}
    }
    let parts: Vec<&str> = words
        .iter()
        .flat_map(|word| word.split(['/', '.', '-']))
        .filter(|part| !matches!(*part, "" | "of"))
        .collect();
    let is_year = |part: &str| part.len() == 4 && part.bytes().all(|digit| digit.is_ascii_digit());
    let day = |part: &str| {
        let digits = part.trim_end_matches(char::is_alphabetic);
        format!("{digits:0>2}")
    };
    let month = |part: &str| {
        let number = MONTHS.iter().position(|month| is_short_for(part, month))?;
        Some(format!("{:02}", number + 1))
    };
    let season = |part: &str| SEASONS.iter().find(|(name, _)| *name == part).map(|(_, number)| *number);
    match *parts.as_slice() {
        [all] if all.len() == 8 && all.is_ascii() => {
            vec![format!("{}-{}-{}", &all[..4], &all[4..6], &all[6..])]
        }
        [decade] if decade.len() == 5 && decade.is_ascii() && decade.ends_with("0s") => {
            vec![format!("{}X", &decade[..3])]
        }
        [quarter] if quarter.len() == 6 && quarter.is_ascii() => guesses(&[&quarter[..4], &quarter[4..]]),
        [of @ ("early" | "mid" | "late"), name, year] => month(name)
            .map(|month| {
                let (first, last) = match of {
                    "early" => ("01".to_owned(), "10".to_owned()),
                    "mid" => ("11".to_owned(), "20".to_owned()),
                    _ => ("21".to_owned(), last_day(year, &month)),
                };
                format!("[{year}-{month}-{first}..{year}-{month}-{last}]")
            })
            .into_iter()
            .collect(),
        [year, part] | [part, year] if is_year(year) => {
            let padded = || (part.len() == 1).then(|| format!("0{part}"));
            let number = season(part).map(|number| number.to_string());
            let number = number.or_else(|| month(part)).or_else(padded);
            number.map(|number| format!("{year}-{number}")).into_iter().collect()
        }
        [year, name, day_of] if is_year(year) => {
            let month = month(name).unwrap_or_else(|| format!("{name:0>2}"));
            vec![format!("{year}-{month}-{}", day(day_of))]
        }
        [first, second, year] if is_year(year) => match (month(first), month(second)) {
            (Some(month), _) => vec![format!("{year}-{month}-{}", day(second))],
            (None, Some(month)) => vec![format!("{year}-{month}-{}", day(first))],
            // Which of the two is the month depends on the country.
            (None, None) => {
                [(second, first), (first, second)].map(|(m, d)| format!("{year}-{m:0>2}-{d:0>2}")).into()
            }
        },
        _ => Vec::new(),
    }
}

/// Whether a word is a name or its beginning, of three letters or more.
fn is_short_for(word: &str, name: &str) -> bool {
    word.len() >= 3 && name.starts_with(word)
}

fn last_day(year: &str, month: &str) -> String {
    let days = ["31", "30", "29", "28"];
    let last = days.iter().find(|day| Time::parse(&format!("{year}-{month}-{day}")).is_ok());
    last.map_or_else(String::new, ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_people_say_are_written_otherwise() {
        for (phrase, expected) in [
            ("August 2025", "2025-08"),
            ("Aug. 2025", "2025-08"),
            ("Sept 2025", "2025-09"),
            ("2 May 2024", "2024-05-02"),
            ("2nd of May 2024", "2024-05-02"),
            ("2nd May, 2024", "2024-05-02"),
            ("May 2, 2024", "2024-05-02"),
            ("Thursday, 2 May 2024", "2024-05-02"),
            ("2024 May 2", "2024-05-02"),
            ("2024/05/02", "2024-05-02"),
            ("2024-5-2", "2024-05-02"),
            ("2.5.2024", "2024-05-02 2024-02-05"),
            ("31/12/2024", "2024-12-31"),
            ("20240502", "2024-05-02"),
            ("about May 2024", "2024-05~"),
            ("circa 2024", "2024~"),
            ("in spring 2024", "2024-21"),
            ("Q3 2024", "2024-35"),
            ("the 1990s", "199X"),
            ("late February 2024", "[2024-02-21..2024-02-29]"),
            ("May 2024 to June 2024", "2024-05/2024-06"),
            ("2 May 2024 – 5 May 2024", "2024-05-02/2024-05-05"),
            ("31 June 2024", ""),
            ("yesterday", ""),
            ("", ""),
        ] {
            assert_eq!(Time::in_words(phrase).join(" "), expected, "{phrase}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_offered_is_a_time(phrase in "\\PC*|([0-9]{1,4}|[a-z]{1,5}|may|about|to|q1|[-/., ]){0,8}") {
            for time in Time::in_words(&phrase) {
                proptest::prop_assert!(Time::parse(&time).is_ok());
            }
        }
    }
}
