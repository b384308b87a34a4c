//! Units: `person`, UCUM codes and ISO 4217 currencies.
//!
//! Of UCUM (the Unified Code for Units of Measure, case-sensitive form) the whole syntax of terms
//! is read, over the atoms that reporting uses: `ATOMS`.

use super::limits::MAX_UNIT_BYTES;
use super::nearest;
use std::fmt;
use std::sync::Arc;

/// What a figure counts or measures in. Cheap to clone.
///
/// It stands as it was written, but for `{person}`, which is `person`: `km2` and `km.km` are two
/// units as far as this type knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit(Arc<str>);

/// Our name for UCUM's `{person}`.
const PERSON: &str = "person";

impl Unit {
    /// Reads a unit; space around it is dropped.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(UnitError::Empty);
        }
        if text.len() > MAX_UNIT_BYTES {
            return Err(UnitError::TooLong { bytes: text.len() });
        }
        if matches!(text, PERSON | "{person}") {
            return Ok(Self(PERSON.into()));
        }
        if !is_currency(text) {
            if let Some(meant) = spelled(text) {
                return Err(UnitError::Unknown { found: text.into(), meant: vec![meant] });
            }
            Term { text, at: 0 }.parse()?;
        }
        Ok(Self(text.into()))
    }

    /// The unit as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no unit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// Nothing but space.
    #[error("an empty unit; leave it out of a bare number")]
    Empty,
    /// More than [`MAX_UNIT_BYTES`] bytes.
    #[error("a unit of {bytes} bytes; at most {MAX_UNIT_BYTES} are allowed")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A name that is no unit.
    #[error("`{found}` is no unit: units are `person`, UCUM codes and ISO 4217 codes{}", Meant(meant))]
    Unknown {
        /// The name.
        found: String,
        /// The units that may have been meant, likeliest first.
        meant: Vec<&'static str>,
    },
    /// `USD/mo`, `person/d`
    #[error("`{found}` stands alone as a unit: what it is per is given in `per`")]
    InTerm {
        /// The currency, or `person`.
        found: String,
    },
    /// Something that fits no UCUM term.
    #[error(
        "{} at byte {at} of a unit: factors are joined by `.` and `/`, as in kW.h or m/s2, and other things \
         are counted as {{tank}}", Found(*found)
    )]
    Syntax {
        /// Byte offset of the first thing that does not fit.
        at: usize,
        /// What stands there; none at the end of the unit.
        found: Option<char>,
    },
}

/// Offers the units that may have been meant.
struct Meant<'a>(&'a [&'static str]);

impl fmt::Display for Meant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, unit) in self.0.iter().enumerate() {
            write!(f, "{} `{unit}`", if index == 0 { "; did you mean" } else { " or" })?;
        }
        f.write_str(if self.0.is_empty() { "" } else { "?" })
    }
}

/// Says in words what was found.
struct Found(Option<char>);

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(found) => write!(f, "{found:?}"),
            None => f.write_str("an early end"),
        }
    }
}

/// A UCUM term being read. Parentheses nest no deeper than [`MAX_UNIT_BYTES`].
struct Term<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Term<'a> {
    fn parse(mut self) -> Result<(), UnitError> {
        self.term()?;
        if self.at < self.text.len() { Err(self.unexpected()) } else { Ok(()) }
    }

    fn term(&mut self) -> Result<(), UnitError> {
        // A term may begin with a division: `/min`.
        self.eat(b'/');
        self.component()?;
        while self.eat(b'.') || self.eat(b'/') {
            self.component()?;
        }
        Ok(())
    }

    fn component(&mut self) -> Result<(), UnitError> {
        if self.eat(b'(') {
            self.term()?;
            return if self.eat(b')') { Ok(()) } else { Err(self.unexpected()) };
        }
        if self.peek() == Some(b'{') {
            return self.annotation();
        }
        let factor = self.take(|byte| byte.is_ascii_digit());
        // `10*` and `10^` are atoms: powers of ten, as in `10*6`.
        let is_power = factor == "10" && (self.eat(b'*') || self.eat(b'^'));
        if !is_power && !factor.is_empty() {
            return Ok(());
        }
        if !is_power {
            self.symbol()?;
        }
        let signed = self.eat(b'+') || self.eat(b'-');
        let exponent = self.take(|byte| byte.is_ascii_digit());
        if signed && exponent.is_empty() {
            return Err(self.unexpected());
        }
        if self.peek() == Some(b'{') { self.annotation() } else { Ok(()) }
    }

    /// An atom, or a prefix and a metric atom.
    fn symbol(&mut self) -> Result<(), UnitError> {
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
        if is_unit(symbol) {
            return Ok(());
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

    /// `{tank}`: printable ASCII without space or braces.
    fn annotation(&mut self) -> Result<(), UnitError> {
        self.eat(b'{');
        self.take(|byte| byte.is_ascii_graphic() && !matches!(byte, b'{' | b'}'));
        if self.eat(b'}') { Ok(()) } else { Err(self.unexpected()) }
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

fn is_unit(symbol: &str) -> bool {
    let is_atom = |name: &str, metric: bool| ATOMS.iter().any(|atom| atom.0 == name && (atom.1 || !metric));
    is_atom(symbol, false)
        || PREFIXES.iter().any(|prefix| symbol.strip_prefix(prefix).is_some_and(|atom| is_atom(atom, true)))
}

fn is_currency(code: &str) -> bool {
    CURRENCIES.binary_search(&code).is_ok()
}

/// The unit that another spelling stands for, in any case.
fn spelled(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let currency = || CURRENCIES.iter().copied().find(|code| code.eq_ignore_ascii_case(text));
    // `min` and `MIN` may not become a currency; what is a unit as it stands is none of these.
    if is_unit(text) {
        return None;
    }
    SPELLINGS.iter().find(|(words, _)| words.contains(&lower.as_str())).map(|row| row.1).or_else(currency)
}

fn near(symbol: &str) -> Vec<&'static str> {
    // Of one or two letters every atom would be near.
    if symbol.len() < 3 {
        return Vec::new();
    }
    let units = ATOMS.iter().map(|atom| atom.0).chain(CURRENCIES).chain([PERSON]);
    let words = SPELLINGS.iter().flat_map(|row| row.0.iter().copied());
    let mut meant: Vec<&'static str> = Vec::new();
    for word in nearest(symbol, units.chain(words)) {
        let unit = SPELLINGS.iter().find(|row| row.0.contains(&word)).map_or(word, |row| row.1);
        if !meant.contains(&unit) {
            meant.push(unit);
        }
    }
    meant
}

/// UCUM's prefixes, decimal and binary.
const PREFIXES: [&str; 28] = [
    "Q", "R", "Y", "Z", "E", "P", "T", "G", "M", "k", "h", "da", "d", "c", "m", "u", "n", "p", "f", "a", "z",
    "y", "r", "q", "Ki", "Mi", "Gi", "Ti",
];

/// The atoms that are read, and whether each takes prefixes. From UCUM 2.2, tables 2 to 21.
const ATOMS: [(&str, bool); 108] = [
    // Base units, and those of the SI that are derived.
    ("m", true),
    ("s", true),
    ("g", true),
    ("rad", true),
    ("K", true),
    ("C", true),
    ("cd", true),
    ("mol", true),
    ("sr", true),
    ("Hz", true),
    ("N", true),
    ("Pa", true),
    ("J", true),
    ("W", true),
    ("A", true),
    ("V", true),
    ("F", true),
    ("Ohm", true),
    ("S", true),
    ("Wb", true),
    ("Cel", true),
    ("T", true),
    ("H", true),
    ("lm", true),
    ("lx", true),
    ("Bq", true),
    ("Gy", true),
    ("Sv", true),
    // Without dimension.
    ("%", false),
    ("[ppth]", false),
    ("[ppm]", false),
    ("[ppb]", false),
    ("[pptr]", false),
    ("[pi]", false),
    // Beside the SI: angles, time, mass, volume, area, pressure, energy.
    ("deg", false),
    ("'", false),
    ("''", false),
    ("gon", false),
    ("min", false),
    ("h", false),
    ("d", false),
    ("wk", false),
    ("mo", false),
    ("mo_s", false),
    ("mo_j", false),
    ("mo_g", false),
    ("a", false),
    ("a_t", false),
    ("a_j", false),
    ("a_g", false),
    ("l", true),
    ("L", true),
    ("ar", true),
    ("t", true),
    ("u", true),
    ("bar", true),
    ("eV", true),
    ("pc", true),
    ("AU", false),
    ("[ly]", true),
    ("cal", true),
    ("cal_th", true),
    ("atm", false),
    ("m[Hg]", true),
    ("[g]", true),
    ("Ci", true),
    ("R", true),
    ("RAD", true),
    ("REM", true),
    ("[Btu]", false),
    ("[HP]", false),
    // Customary units.
    ("[in_i]", false),
    ("[ft_i]", false),
    ("[yd_i]", false),
    ("[mi_i]", false),
    ("[nmi_i]", false),
    ("[kn_i]", false),
    ("[fth_i]", false),
    ("[sin_i]", false),
    ("[sft_i]", false),
    ("[syd_i]", false),
    ("[cin_i]", false),
    ("[cft_i]", false),
    ("[cyd_i]", false),
    ("[smi_us]", false),
    ("[acr_us]", false),
    ("[acr_br]", false),
    ("[gal_us]", false),
    ("[gal_br]", false),
    ("[bbl_us]", false),
    ("[qt_us]", false),
    ("[pt_us]", false),
    ("[pt_br]", false),
    ("[foz_us]", false),
    ("[bu_us]", false),
    ("[lb_av]", false),
    ("[oz_av]", false),
    ("[ston_av]", false),
    ("[lton_av]", false),
    ("[stone_av]", false),
    ("[lb_tr]", false),
    ("[oz_tr]", false),
    ("[car_m]", false),
    ("[psi]", false),
    ("[degF]", false),
    // Information.
    ("bit", true),
    ("By", true),
    ("Bd", true),
];

/// Other spellings of common units, in lower case, and the unit that each means.
const SPELLINGS: [(&[&str], &str); 35] = [
    (&["people", "persons", "pers", "individuals"], PERSON),
    (&["percent", "per cent", "pct", "percentage"], "%"),
    (&["second", "seconds", "sec"], "s"),
    (&["minute", "minutes", "mins"], "min"),
    (&["hour", "hours", "hr", "hrs"], "h"),
    (&["day", "days"], "d"),
    (&["week", "weeks"], "wk"),
    (&["month", "months", "mon"], "mo"),
    (&["year", "years", "yr", "yrs", "y"], "a"),
    (&["tonne", "tonnes", "ton", "tons", "metric ton", "metric tons"], "t"),
    (&["kilogram", "kilograms", "kilo", "kilos"], "kg"),
    (&["gram", "grams"], "g"),
    (&["metre", "metres", "meter", "meters"], "m"),
    (&["kilometre", "kilometres", "kilometer", "kilometers"], "km"),
    (&["m²", "sqm", "square metres", "square meters"], "m2"),
    (&["km²", "sq km", "sqkm", "square kilometres", "square kilometers"], "km2"),
    (&["m³", "cubic metres", "cubic meters"], "m3"),
    (&["ha", "hectare", "hectares"], "har"),
    (&["acre", "acres"], "[acr_us]"),
    (&["litre", "litres", "liter", "liters"], "L"),
    (&["bbl", "barrel", "barrels"], "[bbl_us]"),
    (&["gallon", "gallons", "gal"], "[gal_us]"),
    (&["mi", "mile", "miles"], "[mi_i]"),
    (&["nmi", "nautical mile", "nautical miles"], "[nmi_i]"),
    (&["knot", "knots", "kn", "kt"], "[kn_i]"),
    (&["ft", "foot", "feet"], "[ft_i]"),
    (&["lb", "lbs", "pound", "pounds"], "[lb_av]"),
    (&["kwh"], "kW.h"),
    (&["mwh"], "MW.h"),
    (&["gwh"], "GW.h"),
    (&["twh"], "TW.h"),
    (&["°c", "℃", "celsius"], "Cel"),
    (&["us$", "$", "dollar", "dollars"], "USD"),
    (&["€", "euro", "euros"], "EUR"),
    (&["£"], "GBP"),
];

/// The alphabetic codes of ISO 4217: list one (active codes and funds) as Debian's iso-codes 4.15.0
/// has it, with XCG and ZWG added since; codes withdrawn lately stay for older documents. Sorted.
#[rustfmt::skip]
const CURRENCIES: [&str; 183] = [
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BHD",
    "BIF", "BMD", "BND", "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHE", "CHF",
    "CHW", "CLF", "CLP", "CNY", "COP", "COU", "CRC", "CUC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD",
    "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD",
    "HNL", "HRK", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS",
    "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL",
    "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN",
    "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD",
    "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SLL", "SOS", "SRD", "SSP", "STN",
    "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD",
    "USN", "UYI", "UYU", "UYW", "UZS", "VED", "VES", "VND", "VUV", "WST", "XAF", "XAG", "XAU", "XBA", "XBB",
    "XBC", "XBD", "XCD", "XCG", "XDR", "XOF", "XPD", "XPF", "XPT", "XSU", "XTS", "XUA", "XXX", "YER", "ZAR",
    "ZMW", "ZWG", "ZWL",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn units_are_person_ucum_and_currencies() {
        for unit in [
            "person",
            "kg",
            "t",
            "Mt",
            "g",
            "m",
            "km",
            "m2",
            "km2",
            "m3",
            "har",
            "L",
            "hL",
            "ML",
            "h",
            "d",
            "wk",
            "mo",
            "a",
            "min",
            "s",
            "%",
            "[mi_i]",
            "[ft_i]",
            "W",
            "kW",
            "MW",
            "GW",
            "J",
            "kW.h",
            "GW.h/a",
            "Cel",
            "[bbl_us]",
            "[bbl_us]/d",
            "{tank}",
            "km/h",
            "m/s2",
            "m.s-2",
            "/min",
            "kg/(m.s2)",
            "10*6",
            "10^-3.g",
            "10*3{barrel}",
            "m[Hg]",
            "mm[Hg]",
            "[ppm]",
            "uSv/h",
            "mo_j",
            "GiBy",
            "dag",
            "{sortie}/d",
            "4.[lb_av]",
            "USD",
            "GBP",
            "KPW",
            "XAU",
            "XCG",
            "km2{floor}",
        ] {
            assert_eq!(Unit::parse(unit).map(|read| read.to_string()), Ok(unit.to_owned()));
        }
        assert_eq!(Unit::parse(" {person} "), Unit::parse("person"));
        assert_eq!(Unit::parse("{person}").unwrap().as_str(), "person");
    }

    #[test]
    fn errors_name_what_was_meant() {
        let none = "is no unit: units are `person`, UCUM codes and ISO 4217 codes";
        for (text, expected) in [
            ("", "an empty unit; leave it out of a bare number".to_owned()),
            ("people", format!("`people` {none}; did you mean `person`?")),
            ("persn", format!("`persn` {none}; did you mean `person`?")),
            ("kWh", format!("`kWh` {none}; did you mean `kW.h`?")),
            ("ha", format!("`ha` {none}; did you mean `har`?")),
            ("km²", format!("`km²` {none}; did you mean `km2`?")),
            ("°C", format!("`°C` {none}; did you mean `Cel`?")),
            ("percent", format!("`percent` {none}; did you mean `%`?")),
            ("usd", format!("`usd` {none}; did you mean `USD`?")),
            ("$", format!("`$` {none}; did you mean `USD`?")),
            ("USS", format!("`USS` {none}; did you mean `USD` or `USN` or `UZS`?")),
            ("tonnes/year", format!("`tonnes` {none}; did you mean `t`?")),
            ("t/year", format!("`year` {none}; did you mean `a`?")),
            ("kmin", format!("`kmin` {none}; did you mean `min`?")),
            ("qq", format!("`qq` {none}")),
            ("troops", format!("`troops` {none}")),
            ("USD/mo", "`USD` stands alone as a unit: what it is per is given in `per`".to_owned()),
            ("person/d", "`person` stands alone as a unit: what it is per is given in `per`".to_owned()),
        ] {
            assert_eq!(Unit::parse(text).unwrap_err().to_string(), expected, "{text}");
        }
        for (text, at, found) in [
            ("m²/s", 1, Some('²')),
            ("kg m", 2, Some(' ')),
            ("kg.", 3, None),
            ("m//s", 2, Some('/')),
            ("m-", 2, None),
            ("(m", 2, None),
            ("m)", 1, Some(')')),
            ("{a b}", 2, Some(' ')),
            ("{tank", 5, None),
            ("[ft_i", 5, None),
        ] {
            assert_eq!(Unit::parse(text), Err(UnitError::Syntax { at, found }), "{text}");
        }
        let long = "m".repeat(MAX_UNIT_BYTES + 1);
        assert_eq!(Unit::parse(&long), Err(UnitError::TooLong { bytes: MAX_UNIT_BYTES + 1 }));
        assert_eq!(
            Unit::parse(&"(".repeat(MAX_UNIT_BYTES)).unwrap_err(),
            UnitError::Syntax { at: 128, found: None }
        );
        assert_eq!(
            UnitError::Syntax { at: 2, found: Some(' ') }.to_string(),
            "' ' at byte 2 of a unit: factors are joined by `.` and `/`, as in kW.h or m/s2, and other things are \
             counted as {tank}"
        );
    }

    #[test]
    fn no_name_means_two_things() {
        assert!(CURRENCIES.is_sorted());
        for code in CURRENCIES {
            assert!(!is_unit(code), "{code}");
        }
        for (index, (atom, _)) in ATOMS.iter().enumerate() {
            assert!(ATOMS[index + 1..].iter().all(|other| other.0 != *atom), "{atom}");
        }
        for (words, unit) in SPELLINGS {
            assert_eq!(Unit::parse(unit).map(|read| read.to_string()), Ok(unit.to_owned()));
            for word in words {
                assert_eq!(*word, word.to_lowercase());
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_read_stays(text in "\\PC*|[a-zA-Z0-9./(){}\\[\\]_*^%' -]{0,20}") {
            match Unit::parse(&text) {
                Ok(unit) => prop_assert_eq!(Unit::parse(unit.as_str()), Ok(unit.clone())),
                Err(error) => prop_assert!(error.to_string().len() < 400),
            }
        }
    }
}
