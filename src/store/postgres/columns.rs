//! Where a claim's row lies in the tables.

use crate::plan::{Field, SpanField, WordField};

/// Fields of claims, and the columns of their terms. A field that only registry items have is not here.
pub(super) const TERMS: [(Field, &str); 35] = [
    (Field::Type, "t_type"),
    (Field::Actor, "t_actor"),
    (Field::Agent, "t_agent"),
    (Field::Target, "t_target"),
    (Field::Kind, "t_kind"),
    (Field::Action, "t_action"),
    (Field::State, "t_state"),
    (Field::Manner, "t_manner"),
    (Field::Place, "t_place"),
    (Field::Incident, "t_incident"),
    (Field::Mode, "t_mode"),
    (Field::Unit, "t_unit"),
    (Field::Per, "t_per"),
    (Field::Basis, "t_basis"),
    (Field::Of, "t_of"),
    (Field::Hedge, "t_hedge"),
    (Field::Instrument, "t_instrument"),
    (Field::Bearer, "t_bearer"),
    (Field::Modality, "t_modality"),
    (Field::By, "t_by"),
    (Field::Via, "t_via"),
    (Field::Source, "t_source"),
    (Field::For, "t_for"),
    (Field::Publisher, "t_publisher"),
    (Field::Act, "t_act"),
    (Field::Stance, "t_stance"),
    (Field::Clarity, "t_clarity"),
    (Field::Occasion, "t_occasion"),
    (Field::Likelihood, "t_likelihood"),
    (Field::Confidence, "t_confidence"),
    (Field::Credibility, "t_credibility"),
    (Field::Document, "t_document"),
    (Field::Label, "t_label"),
    (Field::LabelKey, "t_label_key"),
    (Field::Relation, "t_relation"),
];

/// Intervals of claims, and the columns of their ends. What only the commit knows has columns of its own.
pub(super) const SPANS: [(SpanField, [&str; 2]); 5] = [
    (SpanField::When, ["when_low", "when_high"]),
    (SpanField::Value, ["value_low", "value_high"]),
    (SpanField::Said, ["said_low", "said_high"]),
    (SpanField::Deadline, ["deadline_low", "deadline_high"]),
    (SpanField::Hops, ["hops_low", "hops_high"]),
];

/// The words of claims.
pub(super) const WORDS: (WordField, &str) = (WordField::Text, "words");

/// How many buckets ids fall into: what tables are distributed by. It never changes.
const BUCKETS: u32 = 1_024;

/// The bucket of a claim's id.
pub(super) fn bucket(id: &str) -> i16 {
    (crc32fast::hash(id.as_bytes()) % BUCKETS) as i16
}

/// The column of a field's terms; none if claims have no such field.
pub(super) fn terms_column(field: Field) -> Option<&'static str> {
    TERMS.iter().find(|(known, _)| *known == field).map(|(_, column)| *column)
}

/// What an index is made of, each beginning with the name of its table.
pub(super) fn indexes() -> Vec<String> {
    let terms = TERMS.iter().map(|(_, column)| *column).chain([WORDS.1]).map(|column| {
        // Of the rows alone that have the field: a row without it costs nothing.
        format!(
            "CREATE INDEX IF NOT EXISTS claims_{column} ON claims USING gin ({column}) WHERE {column} IS NOT NULL"
        )
    });
    let spans = SPANS.iter().map(|(_, [low, high])| {
        format!("CREATE INDEX IF NOT EXISTS claims_{low} ON claims ({low}, {high}) WHERE {low} IS NOT NULL")
    });
    let others = [("position", "position"), ("recorded", "recorded")]
        .map(|(name, columns)| format!("CREATE INDEX IF NOT EXISTS claims_{name} ON claims ({columns})"));
    others.into_iter().chain(spans).chain(terms).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_stands_in_the_schema() {
        let schema = include_str!("migrations/1.sql");
        let texts = TERMS.iter().map(|(_, column)| format!("{column} text[] COLLATE \"C\""));
        let ends = SPANS.iter().flat_map(|(_, ends)| ends).map(|end| format!("{end} bigint"));
        for column in texts.chain(ends) {
            assert!(schema.contains(&column), "{column}");
        }
    }

    #[test]
    fn buckets_never_change() {
        // By zlib.
        assert_eq!(["", "a", "nis-2024", "claim-1"].map(bucket), [0, 579, 370, 757]);
    }
}
