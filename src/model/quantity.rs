//! stub
use super::vocabulary::Hedge;
/// q
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// l
    pub low: f64,
    /// h
    pub high: f64,
    /// h
    pub hedge: Hedge,
}
/// e
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("x")]
pub struct QuantityError;
impl Quantity {
    /// f
    pub fn from_parts(
        _notation: Option<&str>,
        _low: Option<f64>,
        _high: Option<f64>,
        _le: bool,
        _he: bool,
        _best: Option<f64>,
        _hedge: Option<Hedge>,
    ) -> Result<Self, QuantityError> {
        Err(QuantityError)
    }
}
