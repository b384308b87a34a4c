//! stub
/// u
#[derive(Clone, Debug, PartialEq)]
pub struct Unit(String);
/// e
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("x")]
pub struct UnitError;
impl Unit {
    /// p
    pub fn parse(_t: &str) -> Result<Self, UnitError> {
        Err(UnitError)
    }
}
impl std::fmt::Display for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
