//! What a query is answered with.

use super::explain::Explanation;
use super::views::ViewPage;
use crate::analysis::{Cell, Known};
use crate::language::ast::TextSpan;
use crate::language::attributes::{Attribute, ValueType};
use crate::model::{Document, Entity, Source, Timestamp};
use crate::plan::Truth;
use crate::registry::{Registered, Registry};
use crate::store::{Commit, ItemKind, Retirement, Stored, Totals};
use bytes::Bytes;
use std::sync::Arc;

/// One page of a query's result.
#[derive(Debug)]
pub struct Answer {
    /// What was found.
    pub results: Results,
    /// What to send for the next page; absent on the last.
    pub next_page_token: Option<String>,
    /// The query in its canonical form.
    pub canonical: String,
    /// The commit that was answered from.
    pub commit: Commit,
    /// What `now` meant.
    pub now: Timestamp,
    /// How many match, if it was asked for: of `where`, before view and limit.
    pub totals: Option<Totals>,
    /// What a reader of the answer should know; with the first page alone.
    pub remarks: Vec<Remark>,
    /// The registry that names were resolved with.
    pub registry: Arc<Registry>,
}

/// What was found, in order.
#[derive(Debug)]
pub enum Results {
    /// Claims, as they are stored.
    Claims(Vec<Matched<StoredClaim>>),
    /// Entities.
    Entities(Vec<Matched<Arc<Registered<Entity>>>>),
    /// Sources.
    Sources(Vec<Matched<Arc<Registered<Source>>>>),
    /// Documents.
    Documents(Vec<Matched<Arc<Registered<Document>>>>),
    /// What `list` and `count` make.
    Table(Table),
    /// What a view computes.
    View(ViewPage),
    /// How the query is understood, if it begins with `explain`.
    Explanation(Box<Explanation>),
}

/// Something found, and how it matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched<T> {
    /// What was found.
    pub item: T,
    /// How it matches.
    pub truth: Truth,
}

/// Named columns and rows of as many cells.
#[derive(Debug, PartialEq)]
pub struct Table {
    /// The columns.
    pub columns: Vec<TableColumn>,
    /// The rows; graded if each stands for one item.
    pub rows: Vec<(Vec<Cell>, Option<Truth>)>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumn {
    /// Its heading: an attribute in canonical form, `sure` or `possible`.
    pub name: String,
    /// What its texts are ids of, if they are.
    pub refers_to: Option<ItemKind>,
}

impl TableColumn {
    pub(super) fn of(attribute: &Attribute) -> Self {
        let refers_to = match attribute.value() {
            ValueType::Entity(_) => Some(ItemKind::Entity),
            ValueType::Source => Some(ItemKind::Source),
            ValueType::Document => Some(ItemKind::Document),
            ValueType::Vocabulary(_)
            | ValueType::Quantity
            | ValueType::Number
            | ValueType::Time
            | ValueType::YesNo
            | ValueType::Text
            | ValueType::Name
            | ValueType::Free => None,
        };
        Self { name: attribute.to_string(), refers_to }
    }

    pub(super) fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), refers_to: None }
    }
}

/// A claim as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredClaim {
    /// Its id.
    pub id: Arc<str>,
    /// Its bytes: an encoded `sayso.v1.Claim` without what only the ledger knows.
    pub bytes: Bytes,
    /// The commit that recorded it.
    pub revision: u64,
    /// When that was.
    pub recorded: Timestamp,
    /// Its version, counted from 1.
    pub version: u32,
    /// Its retraction, if it is retracted.
    pub retraction: Option<Retirement>,
}

impl StoredClaim {
    /// What only the ledger knows of it.
    pub(super) fn known(&self) -> Known {
        Known {
            revision: self.revision,
            recorded: self.recorded,
            version: self.version,
            is_retracted: self.retraction.is_some(),
        }
    }
}

impl From<Stored> for StoredClaim {
    fn from(stored: Stored) -> Self {
        let Stored { id, bytes, revision, recorded, version, retraction } = stored;
        Self { id, bytes, revision, recorded: Timestamp(recorded), version, retraction }
    }
}

/// Something that a reader of an answer should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What it is: stable, for programs.
    pub code: &'static str,
    /// The same in words.
    pub text: String,
    /// The place in the query that it is about.
    pub at: TextSpan,
}

impl Remark {
    pub(super) fn matched_by_absence(at: TextSpan, attribute: &str, count: Option<Totals>) -> Self {
        let what = match count {
            Some(Totals { sure, possible }) => (sure + possible).to_string(),
            None => "some".to_owned(),
        };
        let text = format!(
            "{what} of the matches have no `{attribute}` at all; add `and {attribute} is present` to leave them out"
        );
        Self { code: "MATCHED_BY_ABSENCE", text, at }
    }

    pub(super) fn never_seen(at: TextSpan, attribute: &str, has_words: bool) -> Self {
        let words =
            if has_words { format!("; `{attribute}~…` looks for its words") } else { String::new() };
        let text = format!("the ledger holds nothing with this `{attribute}`{words}");
        Self { code: "NEVER_SEEN", text, at }
    }

    pub(super) fn only_hidden(at: TextSpan, attribute: &str) -> Self {
        let text = format!(
            "only retracted claims or earlier versions have this `{attribute}`; `retracted=yes` or `version>=1` shows them"
        );
        Self { code: "ONLY_HIDDEN", text, at }
    }

    pub(super) fn newest_alone(at: TextSpan) -> Self {
        let text =
            "only claims are found in earlier versions; `as of revision N` shows the others as they were";
        Self { code: "NEWEST_ALONE", text: text.to_owned(), at }
    }

    pub(super) fn several_units(at: TextSpan) -> Self {
        let text = "values of several units are compared as bare numbers; add `and unit=…` to compare like with like";
        Self { code: "SEVERAL_UNITS", text: text.to_owned(), at }
    }
}
