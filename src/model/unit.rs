//! Units: `person`, UCUM codes and ISO 4217 currencies.
//!
//! Of UCUM (the Unified Code for Units of Measure, case-sensitive form) the whole syntax of terms
//! is read, over the atoms that reporting uses.

mod atoms;
mod error;
mod measure;
mod names;
mod term;

pub use error::UnitError;
pub use measure::Dimension;

use super::limits::MAX_UNIT_BYTES;
use measure::Measure;
use names::PERSON;
use std::fmt;
use std::sync::Arc;

/// What a figure counts or measures in. Cheap to clone.
///
/// It stands as it was written, but for `{person}`, which is `person`: `km2` and `km.km` are two
/// units, of one dimension, with the factor 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit(Arc<Reading>);

/// A unit as it stands, and what it was read as; the one decides the other.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Reading {
    text: Box<str>,
    measure: Measure,
}

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
            return Ok(Self::read_as(PERSON, Measure::base("{person}")));
        }
        if names::is_currency(text) {
            return Ok(Self::read_as(text, Measure::base(text)));
        }
        if !term::is_symbol(text)
            && let Some(meant) = names::spelled(text)
        {
            return Err(UnitError::Unknown { found: text.into(), meant: vec![meant] });
        }
        Ok(Self::read_as(text, term::read(text)?))
    }

    fn read_as(text: &str, measure: Measure) -> Self {
        Self(Arc::new(Reading { text: text.into(), measure }))
    }

    /// Whether it is a currency of ISO 4217.
    pub fn is_currency(&self) -> bool {
        names::is_currency(self.as_str())
    }

    /// The unit as text.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// What it measures. Units of one dimension, and no others, convert into each other: a currency,
    /// and what is counted (`person`, `{tank}`), into itself alone; degrees Celsius not into kelvins,
    /// which a factor does not do.
    pub fn dimension(&self) -> Dimension {
        self.0.measure.dimension().clone()
    }

    /// By what a number in this unit is multiplied to be in `other`, above 0 and finite; none if they
    /// are of two dimensions.
    pub fn factor_to(&self, other: &Unit) -> Option<f64> {
        self.0.measure.factor_to(&other.0.measure)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

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

    fn unit(text: &str) -> Unit {
        Unit::parse(text).unwrap()
    }

    fn factor(from: &str, to: &str) -> Option<f64> {
        unit(from).factor_to(&unit(to))
    }

    #[test]
    fn units_of_one_dimension_convert() {
        for (from, to, expected) in [
            // Length.
            ("km", "m", 1000.0),
            ("m", "km", 0.001),
            ("nm", "Gm", 1e-18),
            ("cm", "[in_i]", 50.0 / 127.0),
            ("[in_i]", "cm", 2.54),
            ("[ft_i]", "m", 0.3048),
            ("[yd_i]", "m", 0.9144),
            ("[mi_i]", "m", 1609.344),
            ("[mi_i]", "km", 1.609344),
            ("[nmi_i]", "km", 1.852),
            ("[fth_i]", "[ft_i]", 6.0),
            ("AU", "km", 149_597_870.691),
            ("pc", "m", 3.085678e16),
            ("[ly]", "m", 9_460_730_472_580_800.0),
            // Time.
            ("min", "s", 60.0),
            ("h", "min", 60.0),
            ("d", "h", 24.0),
            ("wk", "d", 7.0),
            ("mo", "d", 30.4375),
            ("mo_j", "mo", 1.0),
            ("mo_g", "d", 30.436875),
            ("mo_s", "d", 29.53059),
            ("a", "d", 365.25),
            ("a", "mo", 12.0),
            ("a_j", "a", 1.0),
            ("a_g", "d", 365.2425),
            ("a_t", "d", 365.24219),
            ("d", "wk", 1.0 / 7.0),
            // Mass.
            ("kg", "g", 1000.0),
            ("t", "kg", 1000.0),
            ("Mt", "t", 1e6),
            ("[lb_av]", "kg", 0.45359237),
            ("[oz_av]", "g", 28.349523125),
            ("[stone_av]", "[lb_av]", 14.0),
            ("[ston_av]", "kg", 907.18474),
            ("[lton_av]", "kg", 1016.0469088),
            ("[oz_tr]", "g", 31.1034768),
            ("[lb_tr]", "g", 373.2417216),
            ("[car_m]", "mg", 200.0),
            ("u", "g", 1.66053906660e-24),
            // Area.
            ("har", "m2", 10_000.0),
            ("km2", "har", 100.0),
            ("[sin_i]", "cm2", 6.4516),
            ("[sft_i]", "m2", 0.09290304),
            ("[syd_i]", "[sft_i]", 9.0),
            ("[smi_us]", "[acr_us]", 640.0),
            ("[acr_us]", "m2", 4046.872609874252),
            ("[acr_br]", "m2", 4046.850049400269),
            // Volume.
            ("L", "l", 1.0),
            ("m3", "L", 1000.0),
            ("hL", "L", 100.0),
            ("[cin_i]", "mL", 16.387064),
            ("[cft_i]", "L", 28.316846592),
            ("[cyd_i]", "[cft_i]", 27.0),
            ("[gal_us]", "L", 3.785411784),
            ("[bbl_us]", "[gal_us]", 42.0),
            ("[bbl_us]", "L", 158.987294928),
            ("[gal_us]", "[qt_us]", 4.0),
            ("[qt_us]", "[pt_us]", 2.0),
            ("[gal_us]", "[foz_us]", 128.0),
            ("[bu_us]", "L", 35.23907016688),
            ("[gal_br]", "L", 4.54609),
            ("[gal_br]", "[pt_br]", 8.0),
            // Speed and acceleration.
            ("[kn_i]", "km/h", 1.852),
            ("m/s", "km/h", 3.6),
            ("[g]", "m/s2", 9.80665),
            // Force, pressure, energy, power.
            ("N", "kg.m/s2", 1.0),
            ("bar", "Pa", 1e5),
            ("atm", "Pa", 101_325.0),
            ("mm[Hg]", "Pa", 133.322),
            ("[psi]", "Pa", 6894.757293168362),
            ("kW.h", "J", 3.6e6),
            ("GW.h", "kW.h", 1e6),
            ("TW.h/a", "GW", 0.11407711613050422),
            ("cal", "J", 4.184),
            ("kcal_th", "cal", 1000.0),
            ("[Btu]", "J", 1054.35),
            ("eV", "J", 1.602176634e-19),
            ("[HP]", "W", 745.6998715822702),
            // Electricity and light.
            ("A.h", "C", 3600.0),
            ("V.A", "W", 1.0),
            ("V/A", "Ohm", 1.0),
            ("S.Ohm", "%", 100.0),
            ("F.V", "C", 1.0),
            ("T.m2", "Wb", 1.0),
            ("H.A", "Wb", 1.0),
            ("cd.sr", "lm", 1.0),
            ("lx.m2", "lm", 1.0),
            // Radiation.
            ("Bq", "Hz", 1.0),
            ("Ci", "GBq", 37.0),
            ("R", "mC/kg", 0.258),
            ("RAD", "mGy", 10.0),
            ("REM", "mSv", 10.0),
            ("mSv/a", "uSv/d", 1000.0 / 365.25),
            // Angles.
            ("deg", "'", 60.0),
            ("'", "''", 60.0),
            ("gon", "deg", 0.9),
            ("deg", "rad", std::f64::consts::PI / 180.0),
            // Degrees.
            ("K", "mK", 1000.0),
            ("Cel", "Cel", 1.0),
            ("Cel", "mCel", 1000.0),
            ("[degF]/h", "[degF]/d", 24.0),
            // Information.
            ("By", "bit", 8.0),
            ("GiBy", "By", 1_073_741_824.0),
            ("TBy", "GBy", 1000.0),
            ("kBd", "/s", 1000.0),
            // Without dimension.
            ("%", "[ppth]", 10.0),
            ("10*6", "10*3", 1000.0),
            ("10*6", "%", 1e8),
            ("[ppm]", "[ppb]", 1000.0),
            ("[pptr]", "1", 1e-12),
            ("[pi]", "1", std::f64::consts::PI),
            ("mol", "10*23", 6.02214076),
            // Of what is counted.
            ("10*3.{tank}", "{tank}", 1000.0),
            ("10*3{barrel}", "{barrel}", 1000.0),
            ("10*3.{person}", "person", 1000.0),
            ("{sortie}/d", "{sortie}/wk", 7.0),
            ("USD", "USD", 1.0),
        ] {
            assert_eq!(factor(from, to), Some(expected), "{from} to {to}");
            assert_eq!(unit(from).dimension(), unit(to).dimension(), "{from} and {to}");
        }
    }

    #[test]
    fn what_measures_another_thing_does_not_convert() {
        for (from, to) in [
            ("m", "s"),
            ("m", "m2"),
            ("kg", "N"),
            ("rad", "1"),
            ("USD", "EUR"),
            ("USD", "1"),
            ("person", "{tank}"),
            ("person", "%"),
            ("{tank}", "{tanks}"),
            ("{tank}", "1"),
            ("{sortie}/d", "/d"),
            ("t{CO2}", "t"),
            ("Cel", "K"),
            ("Cel", "[degF]"),
            ("[degF]", "K"),
        ] {
            assert_eq!(factor(from, to), None, "{from} to {to}");
            assert_ne!(unit(from).dimension(), unit(to).dimension(), "{from} and {to}");
        }
    }

    /// Units that measure the same, by what they measure.
    const ALIKE: [&[&str]; 6] = [
        &["m", "km", "[mi_i]", "[nmi_i]", "[in_i]", "AU", "nm"],
        &["s", "min", "d", "wk", "mo", "a_t"],
        &["g", "t", "[lb_av]", "[oz_tr]", "u"],
        &["J", "kcal", "[Btu]", "eV", "MJ"],
        &["{tank}", "10*3{tank}"],
        &["%", "[ppm]", "10*6", "[pi]", "[acr_us]/[acr_br]"],
    ];

    /// Three units, the same product and quotient of units that are alike.
    fn three_alike() -> impl Strategy<Value = [String; 3]> {
        let factor = (0..ALIKE.len(), "[./]", any::<[prop::sample::Index; 3]>());
        prop::collection::vec(factor, 1..5).prop_map(|factors| {
            [0, 1, 2].map(|nth| {
                let term = factors
                    .iter()
                    .map(|(group, operator, picks)| format!("{operator}({})", picks[nth].get(ALIKE[*group])));
                format!("1{}", term.collect::<String>())
            })
        })
    }

    fn near(a: f64, b: f64) -> bool {
        (a / b - 1.0).abs() < 1e-12
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_read_stays(text in "\\PC*|[a-zA-Z0-9./(){}\\[\\]_*^%' -]{0,20}") {
            match Unit::parse(&text) {
                Ok(unit) => {
                    prop_assert_eq!(Unit::parse(unit.as_str()), Ok(unit.clone()));
                    prop_assert_eq!(unit.factor_to(&unit), Some(1.0));
                }
                Err(error) => prop_assert!(error.to_string().len() < 400),
            }
        }

        #[test]
        fn factors_invert_and_chain(units in three_alike()) {
            let [a, b, c] = units.map(|text| unit(&text));
            let (ab, ba) = (a.factor_to(&b).unwrap(), b.factor_to(&a).unwrap());
            prop_assert!(near(ab * ba, 1.0));
            prop_assert!(near(ab * b.factor_to(&c).unwrap(), a.factor_to(&c).unwrap()));
            prop_assert_eq!(a.dimension(), c.dimension());
        }
    }
}
