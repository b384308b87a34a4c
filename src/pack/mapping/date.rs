//! Dates as tables write them.

use std::fmt;

/// In which order a text has the numbers of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateOrder {
    Ymd,
    Dmy,
    Mdy,
    Ym,
    My,
    Y,
}

impl DateOrder {
    pub(super) const ALL: &'static [Self] = &[Self::Ymd, Self::Dmy, Self::Mdy, Self::Ym, Self::My, Self::Y];

    fn letters(self) -> &'static str {
        match self {
            Self::Ymd => "ymd",
            Self::Dmy => "dmy",
            Self::Mdy => "mdy",
            Self::Ym => "ym",
            Self::My => "my",
            Self::Y => "y",
        }
    }

    /// The date as EDTF. Its numbers may be written with or without leading zeros and with any signs
    /// between them; a year has four digits. Whether there is such a day is for the model to say.
    pub(super) fn edtf(self, text: &str) -> Option<String> {
        let numbers: Vec<&str> =
            text.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty()).collect();
        let letters = self.letters();
        if numbers.len() != letters.len() || text.contains(char::is_alphabetic) {
            return None;
        }
        let part = |letter| letters.find(letter).map(|index| numbers[index]);
        let mut edtf = part('y').filter(|year| year.len() == 4)?.to_owned();
        for number in [part('m'), part('d')].into_iter().flatten() {
            if number.len() > 2 {
                return None;
            }
            edtf.push_str(&format!("-{number:0>2}"));
        }
        Some(edtf)
    }
}

impl fmt::Display for DateOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.letters())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_a_date_in_the_order_given() {
        let edtf = |order: DateOrder, text: &str| order.edtf(text);
        assert_eq!(edtf(DateOrder::Ymd, "2017-7-31").as_deref(), Some("2017-07-31"));
        assert_eq!(edtf(DateOrder::Dmy, "31/12/2017").as_deref(), Some("2017-12-31"));
        assert_eq!(edtf(DateOrder::Mdy, "12.31.2017").as_deref(), Some("2017-12-31"));
        assert_eq!(edtf(DateOrder::Ym, "2017 07").as_deref(), Some("2017-07"));
        assert_eq!(edtf(DateOrder::My, "7/2017").as_deref(), Some("2017-07"));
        assert_eq!(edtf(DateOrder::Y, "2017").as_deref(), Some("2017"));
        for (order, text) in [
            (DateOrder::Ymd, "2017-07"),
            (DateOrder::Ymd, "17-7-31"),
            (DateOrder::Dmy, "2017-07-31"),
            (DateOrder::Ymd, "2017-07-31T12"),
            (DateOrder::Mdy, "Dec 31 2017"),
            (DateOrder::Y, ""),
        ] {
            assert_eq!(order.edtf(text), None, "{text}");
        }
    }
}
