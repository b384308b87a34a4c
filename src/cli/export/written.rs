//! The items of an export as they are written: lines of JSON, or what others read.

use super::{Format, pack};
use crate::cli::Failure;
use crate::cli::render::json_line;
use crate::pack::claimreview::ReviewsWriter;
use crate::pack::statements::StatementsWriter;
use crate::wire::pb::ledger_item::Item;
use crate::wire::{item, pb};
use prost::Message;
use std::io::Write;

/// What this ledger is called in files of others.
const DATASET: &str = "sayso";

/// Writes items in one format.
pub(super) enum Writer<'o, W: Write> {
    Lines(&'o mut W),
    Pack(Box<pack::Pack>, &'o mut W),
    Reviews(Box<ReviewsWriter>, &'o mut W),
    Statements(Box<StatementsWriter<&'o mut W>>),
}

impl<'o, W: Write> Writer<'o, W> {
    pub(super) fn new(format: Format, out: &'o mut W) -> Result<Self, Failure> {
        Ok(match format {
            Format::Jsonl | Format::Csv => Self::Lines(out),
            Format::Pack => Self::Pack(Box::default(), out),
            Format::Claimreview => Self::Reviews(Box::default(), out),
            Format::Ftm => Self::Statements(Box::new(StatementsWriter::new(out, DATASET)?)),
        })
    }

    pub(super) fn item(&mut self, message: pb::LedgerItem) -> Result<(), Failure> {
        match self {
            Self::Lines(out) => Ok(json_line(&message, *out)?),
            Self::Pack(pack, _) => {
                pack.add(message);
                Ok(())
            }
            Self::Reviews(reviews, _) => review(reviews, message),
            Self::Statements(statements) => statement(statements, message),
        }
    }

    /// Ends what is written, and tells what was left out of it.
    pub(super) fn finish(self) -> Result<(), Failure> {
        let left_out = match self {
            Self::Lines(out) => return Ok(out.flush()?),
            Self::Pack(pack, out) => {
                pack.write(out)?;
                return Ok(out.flush()?);
            }
            Self::Reviews(reviews, out) => reviews.finish(out)?,
            Self::Statements(statements) => statements.finish()?,
        };
        if !left_out.is_empty() {
            eprintln!("{left_out}");
        }
        Ok(())
    }
}

fn review(reviews: &mut ReviewsWriter, message: pb::LedgerItem) -> Result<(), Failure> {
    match message.item {
        Some(Item::Source(source)) => reviews.source(item::decode_source(&source.encode_to_vec())?),
        Some(Item::Document(document)) => {
            reviews.document(item::decode_document(&document.encode_to_vec())?);
        }
        Some(Item::Claim(claim)) => reviews.claim(item::decode_claim(&claim.encode_to_vec())?),
        Some(Item::Retraction(_)) => reviews.retraction(),
        // Reviews name no entities, and a history is written as lines alone.
        Some(Item::Entity(_) | Item::Commit(_)) | None => {}
    }
    Ok(())
}

fn statement<W: Write>(statements: &mut StatementsWriter<W>, message: pb::LedgerItem) -> Result<(), Failure> {
    match message.item {
        Some(Item::Entity(entity)) => statements.entity(&item::decode_entity(&entity.encode_to_vec())?)?,
        Some(Item::Source(source)) => statements.source(&item::decode_source(&source.encode_to_vec())?),
        Some(Item::Document(document)) => {
            statements.document(&item::decode_document(&document.encode_to_vec())?);
        }
        Some(Item::Claim(claim)) => statements.claim(&item::decode_claim(&claim.encode_to_vec())?)?,
        Some(Item::Retraction(_)) => statements.retraction(),
        // A history is written as lines alone.
        Some(Item::Commit(_)) | None => {}
    }
    Ok(())
}
