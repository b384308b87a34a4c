//! UCUM's terms: read and reckoned at once.

use super::atoms::{ATOMS, PREFIXES};
use super::error::UnitError;
use super::measure::Measure;
use super::names::{PERSON, is_currency, near, spelled};
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a UCUM term measures.
pub(super) fn read(text: &str) -> Result<Measure, UnitError> {
    Term { text, at: 0, atoms: &MEASURES }.read()
}

/// Whether it is an atom, or a prefix and a metric atom.
pub(super) fn is_symbol(symbol: &str) -> bool {
    MEASURES.measure(symbol).is_some()
}

/// Every atom, reckoned from those above it.
static MEASURES: LazyLock<Measures> = LazyLock::new(|| {
    let mut atoms = Measures(HashMap::new());
    for atom in &ATOMS {
        let measure = if atom.definition == atom.code {
            Measure::base(atom.code)
        } else {
            let term = Term { text: atom.definition, at: 0, atoms: &atoms };
            term.read().expect("definitions are constant, and every test of a unit reads them all")
        };
        atoms.0.insert(atom.code, (measure, atom.is_metric));
    }
    atoms
});

/// What atoms measure, and whether they take prefixes.
struct Measures(HashMap<&'static str, (Measure, bool)>);

impl Measures {
    /// Of an atom, or a prefix and a metric atom.
    fn measure(&self, symbol: &str) -> Option<Measure> {
        self.0.get(symbol).map(|(measure, _)| measure.clone()).or_else(|| {
            PREFIXES.iter().find_map(|&(prefix, base, exponent)| {
                let (measure, is_metric) = self.0.get(symbol.strip_prefix(prefix)?)?;
                is_metric.then(|| measure.times(&Measure::number(base)?, exponent))?
            })
        })
    }
}

/// A term being read. Parentheses nest no deeper than a unit is long.
struct Term<'a> {
    text: &'a str,
    at: usize,
    atoms: &'a Measures,
}

impl<'a> Term<'a> {
    fn read(mut self) -> Result<Measure, UnitError> {
        let measure = self.term()?;
        if self.at < self.text.len() { Err(self.unexpected()) } else { Ok(measure) }
    }

    fn term(&mut self) -> Result<Measure, UnitError> {
        // A term may begin with a division: `/min`.
        let mut power = if self.eat(b'/') { -1 } else { 1 };
        let mut product = Measure::one();
        loop {
            product = times(&product, &self.component()?, power)?;
            power = match self.peek() {
                Some(b'.') => 1,
                Some(b'/') => -1,
                _ => return Ok(product),
            };
            self.at += 1;
        }
    }

    fn component(&mut self) -> Result<Measure, UnitError> {
        if self.eat(b'(') {
            let term = self.term()?;
            return if self.eat(b')') { Ok(term) } else { Err(self.unexpected()) };
        }
        if self.peek() == Some(b'{') {
            return self.annotation();
        }
        let factor = self.take(|byte| byte.is_ascii_digit());
        // `10*` and `10^` are atoms: powers of ten, as in `10*6`.
        let is_power = factor == "10" && (self.eat(b'*') || self.eat(b'^'));
        let number = || factor.parse().ok().and_then(Measure::number).ok_or(UnitError::OutOfRange);
        if !is_power && !factor.is_empty() {
            return number();
        }
        let base = if is_power { number()? } else { self.symbol()? };
        let power = times(&Measure::one(), &base, self.exponent()?)?;
        if self.peek() == Some(b'{') { times(&power, &self.annotation()?, 1) } else { Ok(power) }
    }

    /// `2`, `+2`, `-2`; 1 if there is none.
    fn exponent(&mut self) -> Result<i8, UnitError> {
        let start = self.at;
        let is_signed = self.eat(b'+') || self.eat(b'-');
        let digits = self.take(|byte| byte.is_ascii_digit());
        match (is_signed, digits.is_empty()) {
            (true, true) => Err(self.unexpected()),
            (false, true) => Ok(1),
            (_, false) => self.text[start..self.at].parse().map_err(|_| UnitError::OutOfRange),
        }
    }

    /// An atom, or a prefix and a metric atom.
    fn symbol(&mut self) -> Result<Measure, UnitError> {
        let start = self.at;
        loop {
            self.take(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'%' | b'\'' | b'"' | b'_'));
            if !self.eat(b'[') {
                break;
            }
            self.take(|byte| byte.is_ascii_graphic() && !matches!(byte, b'[' | b']'));
            if !self.eat(b']') {
                return Err(self.unexpected());
            }
        }
        let symbol = &self.text[start..self.at];
        if symbol.is_empty() {
            return Err(self.unexpected());
        }
        if let Some(measure) = self.atoms.measure(symbol) {
            return Ok(measure);
        }
        let found = symbol.to_owned();
        if symbol == PERSON || is_currency(symbol) {
            return Err(UnitError::InTerm { found });
        }
        // A letter that UCUM does not have (m², °C) belongs to what is meant.
        if self.at < self.text.len() && !self.text.as_bytes()[self.at].is_ascii() {
            return Err(self.unexpected());
        }
        let meant = spelled(symbol).map_or_else(|| near(symbol), |meant| vec![meant]);
        Err(UnitError::Unknown { found, meant })
    }

    /// `{tank}`: printable ASCII without space or braces. To UCUM it is a comment on the number 1,
    /// but people are no tanks: what is counted is like itself alone.
    fn annotation(&mut self) -> Result<Measure, UnitError> {
        let start = self.at;
        self.eat(b'{');
        self.take(|byte| byte.is_ascii_graphic() && !matches!(byte, b'{' | b'}'));
        if self.eat(b'}') { Ok(Measure::base(&self.text[start..self.at])) } else { Err(self.unexpected()) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Takes ASCII bytes as long as they fit.
    fn take(&mut self, fits: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(&fits) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    fn unexpected(&self) -> UnitError {
        UnitError::Syntax { at: self.at, found: self.text[self.at..].chars().next() }
    }
}

fn times(measure: &Measure, other: &Measure, power: i8) -> Result<Measure, UnitError> {
    measure.times(other, power).ok_or(UnitError::OutOfRange)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_read_in_one_way() {
        let prefixed = ATOMS
            .iter()
            .filter(|atom| atom.is_metric)
            .flat_map(|atom| PREFIXES.iter().map(move |prefix| format!("{}{}", prefix.0, atom.code)));
        let mut symbols: Vec<String> =
            ATOMS.iter().map(|atom| atom.code.to_owned()).chain(prefixed).collect();
        let count = symbols.len();
        symbols.sort_unstable();
        symbols.dedup();
        assert_eq!(symbols.len(), count);
        assert!(symbols.iter().all(|symbol| is_symbol(symbol)));
        for symbol in ["", "kmin", "k%", "kkm", "tank", "k"] {
            assert!(!is_symbol(symbol), "{symbol}");
        }
    }

    #[test]
    fn operators_bind_from_the_left_and_exponents_first() {
        for (term, equal) in [
            ("m/s.s", "m"),
            ("m/s/s", "m/s2"),
            ("m/(s.s)", "m/s2"),
            ("/s.m", "m/s"),
            ("/(s/m)", "m/s"),
            ("m+2", "m2"),
            ("m0", "1"),
            ("m-1.m", "1"),
            ("km2", "km.km"),
            ("10*", "10"),
            ("10^3.m", "km"),
            ("4.m/4", "m"),
            ("007.d", "wk"),
            ("m2{floor}", "{floor}.m2"),
            ("t{CO2}/t", "{CO2}"),
            ("{shot}/{shot}", "1"),
        ] {
            assert_eq!(read(term), read(equal), "{term}");
        }
        assert_ne!(read("km2"), read("k.m2"));
        assert_ne!(read("/(s.m)"), read("/s.m"));
    }

    #[test]
    fn what_cannot_be_reckoned_is_refused() {
        let digits = "9".repeat(40);
        for term in
            ["0", "0.m", "m/0", "10*101", "10*-101", "10*99.Gm2", "m128", "m-129", "m100.m100", &digits]
        {
            assert_eq!(read(term), Err(UnitError::OutOfRange), "{term}");
        }
        assert_eq!(read("k{tank}"), Err(UnitError::Unknown { found: "k".to_owned(), meant: Vec::new() }));
    }
}
