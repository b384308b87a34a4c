//! Where in a request something stands. A path lives on the stack while an item is walked and
//! becomes text only when there is something to say about it.

use std::fmt;

/// A field's place, as `claims[3].attribution[0].said`.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    segment: Segment<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Segment<'a> {
    Root,
    Field(&'a str),
    Index(usize),
    Key(&'a str),
}

impl<'a> Path<'a> {
    /// The place of the whole item.
    pub const ROOT: Path<'static> = Path { parent: None, segment: Segment::Root };

    /// The field of this name.
    pub fn field(&'a self, name: &'a str) -> Path<'a> {
        Path { parent: Some(self), segment: Segment::Field(name) }
    }

    /// The element of this number, from 0.
    pub fn index(&'a self, index: usize) -> Path<'a> {
        Path { parent: Some(self), segment: Segment::Index(index) }
    }

    /// The value under this key of a map.
    pub fn key(&'a self, key: &'a str) -> Path<'a> {
        Path { parent: Some(self), segment: Segment::Key(key) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let below_root = match self.parent {
            Some(parent) => {
                parent.fmt(f)?;
                !matches!(parent.segment, Segment::Root)
            }
            None => false,
        };
        match self.segment {
            Segment::Root => Ok(()),
            Segment::Field(name) if below_root => write!(f, ".{name}"),
            Segment::Field(name) => f.write_str(name),
            Segment::Index(index) => write!(f, "[{index}]"),
            Segment::Key(key) => write!(f, "[{key:?}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn a_path_reads_as_in_the_contract() {
        let root = Path::ROOT;
        let claims = root.field("claims");
        let claim = claims.index(3);
        let labels = claim.field("labels");
        assert_eq!(labels.key("a b").to_string(), "claims[3].labels[\"a b\"]");
        assert_eq!(root.to_string(), "");
    }
}
