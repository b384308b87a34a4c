//! Names of units beside UCUM's: `person`, currencies, and the spellings that a writer may have used
//! instead.

use super::atoms::ATOMS;
use crate::model::nearest;

/// Our name for UCUM's `{person}`.
pub(super) const PERSON: &str = "person";

pub(super) fn is_currency(code: &str) -> bool {
    CURRENCIES.binary_search(&code).is_ok()
}

/// The unit that another spelling stands for, in any case. Not to be asked of what is a unit as it
/// stands.
pub(super) fn spelled(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let currency = || CURRENCIES.iter().copied().find(|code| code.eq_ignore_ascii_case(text));
    SPELLINGS.iter().find(|(words, _)| words.contains(&lower.as_str())).map(|row| row.1).or_else(currency)
}

/// The units whose names or spellings are near to a word.
pub(super) fn near(symbol: &str) -> Vec<&'static str> {
    // Of one or two letters every atom would be near.
    if symbol.len() < 3 {
        return Vec::new();
    }
    let units = ATOMS.iter().map(|atom| atom.code).chain(CURRENCIES).chain([PERSON]);
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
    use crate::model::Unit;

    #[test]
    fn no_name_means_two_things() {
        assert!(CURRENCIES.is_sorted());
        for code in CURRENCIES {
            assert!(!super::super::term::is_symbol(code), "{code}");
        }
        for (words, unit) in SPELLINGS {
            assert_eq!(Unit::parse(unit).map(|read| read.to_string()), Ok(unit.to_owned()));
            for word in words {
                assert_eq!(*word, word.to_lowercase());
            }
        }
    }
}
