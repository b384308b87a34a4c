//! What a unit measures, and how much of it.

use std::collections::BTreeMap;
use std::sync::Arc;

/// What a unit measures: units of one dimension convert into each other. Cheap to clone.
///
/// Of one dimension are units that are products of the same powers of UCUM's base units, of degrees,
/// of currencies and of what is counted, each of which is like itself alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dimension(Arc<BTreeMap<Box<str>, i8>>);

/// The most powers of ten in a magnitude, up or down: the quotient of any two is a finite double.
const MAX_TENS: u16 = 100;

/// So much of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Measure {
    magnitude: Magnitude,
    dimension: Dimension,
}

impl Measure {
    /// The number 1.
    pub(super) fn one() -> Self {
        Self { magnitude: Magnitude::ONE, dimension: Dimension::default() }
    }

    /// A number; none for zero.
    pub(super) fn number(number: u128) -> Option<Self> {
        Some(Self { magnitude: Magnitude::new(number, 1, 0)?, dimension: Dimension::default() })
    }

    /// One of something that is like itself alone.
    pub(super) fn base(name: &str) -> Self {
        let dimension = Dimension(Arc::new(BTreeMap::from([(name.into(), 1)])));
        Self { magnitude: Magnitude::ONE, dimension }
    }

    /// `self · other^power`; none if that is out of range.
    pub(super) fn times(&self, other: &Self, power: i8) -> Option<Self> {
        let magnitude = self.magnitude.times(other.magnitude.power(power)?)?;
        let mut powers = BTreeMap::clone(&self.dimension.0);
        for (name, &exponent) in other.dimension.0.iter() {
            let sum = powers.entry(name.clone()).or_default();
            *sum = sum.checked_add(exponent.checked_mul(power)?)?;
        }
        powers.retain(|_, exponent| *exponent != 0);
        Some(Self { magnitude, dimension: Dimension(Arc::new(powers)) })
    }

    pub(super) fn dimension(&self) -> &Dimension {
        &self.dimension
    }

    /// How many of the other this is; none if they are of two dimensions.
    pub(super) fn factor_to(&self, other: &Self) -> Option<f64> {
        (self.dimension == other.dimension).then(|| self.magnitude.over(other.magnitude))
    }
}

/// `numerator / denominator · 10^tens`, exact but for what [`product`] loses. Numerator and denominator are coprime, and neither
/// is a multiple of ten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Magnitude {
    numerator: u128,
    denominator: u128,
    tens: i16,
}

impl Magnitude {
    const ONE: Self = Self { numerator: 1, denominator: 1, tens: 0 };

    /// None for zero, and beyond [`MAX_TENS`].
    fn new(numerator: u128, denominator: u128, tens: i16) -> Option<Self> {
        if numerator == 0 {
            return None;
        }
        let (numerator, denominator) = reduced(numerator, denominator);
        let (numerator, up) = without_tens(numerator);
        let (denominator, down) = without_tens(denominator);
        let tens = tens + up - down;
        (tens.unsigned_abs() <= MAX_TENS).then_some(Self { numerator, denominator, tens })
    }

    fn times(self, other: Self) -> Option<Self> {
        let (a, d) = reduced(self.numerator, other.denominator);
        let (c, b) = reduced(other.numerator, self.denominator);
        let (numerator, up) = product(a, c);
        let (denominator, down) = product(b, d);
        Self::new(numerator, denominator, self.tens + other.tens + up - down)
    }

    fn inverse(self) -> Self {
        Self { numerator: self.denominator, denominator: self.numerator, tens: -self.tens }
    }

    fn power(self, exponent: i8) -> Option<Self> {
        let factor = if exponent < 0 { self.inverse() } else { self };
        (0..exponent.unsigned_abs()).try_fold(Self::ONE, |power, _| power.times(factor))
    }

    /// The quotient, rounded once if it is a decimal or a fraction of whole numbers below 2^53.
    fn over(self, other: Self) -> f64 {
        self.times(other.inverse()).map_or_else(|| self.to_f64() / other.to_f64(), Self::to_f64)
    }

    fn to_f64(self) -> f64 {
        if self.denominator == 1 {
            // The nearest double to a decimal, however long, is what reading it gives.
            let decimal = format!("{}e{}", self.numerator, self.tens);
            return decimal.parse().expect("digits and a power of ten are a number");
        }
        let tens = self.tens.unsigned_abs();
        if self.tens < 0 {
            self.numerator as f64 / scaled(self.denominator, tens)
        } else {
            scaled(self.numerator, tens) / self.denominator as f64
        }
    }
}

/// `number · 10^tens`.
fn scaled(number: u128, tens: u16) -> f64 {
    let exact = 10_u128.checked_pow(tens.into()).and_then(|power| number.checked_mul(power));
    exact.map_or_else(|| number as f64 * 10_f64.powi(tens.into()), |exact| exact as f64)
}

/// A product as a number and how many tens follow it. Of one that is too long the last digits are
/// lost, none of the first eighteen: less than a double loses.
fn product(mut a: u128, mut b: u128) -> (u128, i16) {
    let mut tens = 0;
    loop {
        if let Some(product) = a.checked_mul(b) {
            return (product, tens);
        }
        let longer = if a > b { &mut a } else { &mut b };
        *longer /= 10;
        tens += 1;
    }
}

/// Two numbers without their common factor.
fn reduced(a: u128, b: u128) -> (u128, u128) {
    let (mut common, mut rest) = (a, b);
    while rest != 0 {
        (common, rest) = (rest, common % rest);
    }
    (a / common, b / common)
}

/// A number without its factors of ten, and how many they were. Not zero.
fn without_tens(mut number: u128) -> (u128, i16) {
    let mut tens = 0;
    while number.is_multiple_of(10) {
        number /= 10;
        tens += 1;
    }
    (number, tens)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn magnitude(numerator: u128, denominator: u128, tens: i16) -> Magnitude {
        Magnitude::new(numerator, denominator, tens).unwrap()
    }

    #[test]
    fn magnitudes_are_exact_fractions() {
        assert_eq!(magnitude(3600, 24_000, 0), Magnitude { numerator: 3, denominator: 2, tens: -1 });
        let third = magnitude(1, 3, 0);
        assert_eq!(third.times(magnitude(3, 1, 0)), Some(Magnitude::ONE));
        assert_eq!(third.power(-2), Some(magnitude(9, 1, 0)));
        assert_eq!(third.power(0), Some(Magnitude::ONE));
        assert_eq!(magnitude(5, 1, -1).over(magnitude(1, 2, 0)), 1.0);
        assert_eq!(third.to_f64(), 1.0 / 3.0);
    }

    #[test]
    fn what_is_out_of_range_is_none() {
        assert_eq!(Magnitude::new(0, 1, 0), None);
        assert_eq!(Magnitude::new(1, 1, 101), None);
        assert_eq!(Magnitude::new(1, 10, -100), None);
        assert_eq!(magnitude(u128::MAX, 1, 0).power(4), None);
        assert_eq!(Measure::base("m").times(&Measure::base("m"), 127), None);
        assert_eq!(
            Measure::one().times(&Measure::base("m"), -128).unwrap().times(&Measure::base("m"), -1),
            None
        );
    }

    #[test]
    fn the_quotient_of_the_greatest_and_the_least_is_finite() {
        let greatest = magnitude(u128::MAX, 1, 100);
        let least = magnitude(1, u128::MAX, -100);
        assert!(greatest.over(least).is_finite());
        assert!(least.over(greatest) > 0.0);
        assert!((magnitude(1, 1, 80).over(magnitude(1, 1, -80)) / 1e160 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn long_products_lose_no_digit_that_a_double_has() {
        // 7^100 has 85 digits.
        let power = magnitude(7, 1, 0).power(100).unwrap();
        assert!((power.to_f64() / 7_f64.powi(100) - 1.0).abs() < 1e-14);
        assert_eq!(product(u128::MAX, 10), (u128::MAX / 10 * 10, 1));
        assert_eq!(power.over(power), 1.0);
    }
}
