//! Answers as JSON, by proto3's JSON mapping: made from the contract's descriptors, so that a new
//! field needs nothing here.

use crate::wire::descriptors;
use crate::wire::pb::query_response::Result as Rows;
use crate::wire::pb::{QueryResponse, TableRow, Truth};
use prost::{Message, Name};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage};
use serde::ser::{Error, SerializeMap};
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};
use std::io::{self, Write};

/// Writes the whole answer as one indented document.
pub(super) fn write(answer: &QueryResponse, out: &mut impl Write) -> io::Result<()> {
    to_writer(&dynamic(answer)?, PrettyFormatter::new(), out)
}

/// Writes a message as a document on a line of its own.
pub(in crate::cli) fn write_line<T: Message + Name>(message: &T, out: &mut impl Write) -> io::Result<()> {
    let dynamic = dynamic(message)?;
    let value = serde_json::to_value(&dynamic)?;
    to_writer(&Ordered { value: &value, message: &dynamic.descriptor() }, CompactFormatter, out)
}

/// A message's value with its fields in the order of their numbers, and maps in that of their keys:
/// the same message is the same text.
struct Ordered<'a> {
    value: &'a Value,
    message: &'a MessageDescriptor,
}

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (Value::Object(values), false) = (self.value, self.message.package_name() == "google.protobuf")
        else {
            return self.value.serialize(serializer);
        };
        let mut fields: Vec<FieldDescriptor> = self.message.fields().collect();
        fields.sort_unstable_by_key(FieldDescriptor::number);
        let mut object = serializer.serialize_map(Some(values.len()))?;
        for field in fields {
            let Some(value) = values.get(field.json_name()) else { continue };
            match (field.kind(), value) {
                (Kind::Message(message), Value::Array(values)) => {
                    let each: Vec<_> =
                        values.iter().map(|value| Ordered { value, message: &message }).collect();
                    object.serialize_entry(field.json_name(), &each)?;
                }
                (Kind::Message(message), value) if !field.is_map() => {
                    object.serialize_entry(field.json_name(), &Ordered { value, message: &message })?;
                }
                (_, value) => object.serialize_entry(field.json_name(), value)?,
            }
        }
        object.end()
    }
}

/// Writes each row of a page as a document on a line of its own.
pub(super) fn write_lines(page: &QueryResponse, out: &mut impl Write) -> io::Result<()> {
    match &page.result {
        None => Ok(()),
        Some(Rows::Claims(found)) => lines(&found.matches, dynamic, out),
        Some(Rows::Sources(found)) => lines(&found.matches, dynamic, out),
        Some(Rows::Entities(found)) => lines(&found.matches, dynamic, out),
        Some(Rows::Documents(found)) => lines(&found.matches, dynamic, out),
        Some(Rows::Envelopes(found)) => lines(&found.rows, dynamic, out),
        Some(Rows::Latest(found)) => lines(&found.rows, dynamic, out),
        Some(Rows::FlowTotals(found)) => lines(&found.rows, dynamic, out),
        Some(Rows::Conflicts(found)) => lines(&found.rows, dynamic, out),
        Some(Rows::Corroborations(found)) => lines(&found.rows, dynamic, out),
        Some(Rows::Timelines(found)) => lines(&found.rows, dynamic, out),
        Some(Rows::Breaches(found)) => lines(&found.rows, dynamic, out),
        Some(Rows::Drifts(found)) => lines(&found.rows, dynamic, out),
        Some(Rows::Explanation(explanation)) => lines(std::slice::from_ref(explanation), dynamic, out),
        Some(Rows::Table(table)) => {
            lines(&table.rows, |row| Ok(NamedCells { columns: &table.columns, row }), out)
        }
    }
}

fn lines<'a, T, S: Serialize>(
    rows: &'a [T],
    document: impl Fn(&'a T) -> io::Result<S>,
    out: &mut impl Write,
) -> io::Result<()> {
    for row in rows {
        to_writer(&document(row)?, CompactFormatter, out)?;
    }
    Ok(())
}

fn to_writer(document: &impl Serialize, layout: impl Formatter, out: &mut impl Write) -> io::Result<()> {
    document.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, WholeNumbers(layout)))?;
    writeln!(out)
}

/// A layout in which a whole number has no `.0`, as long as it is exact.
struct WholeNumbers<F>(F);

/// From here on not every whole number is a double.
const INEXACT: f64 = (1_u64 << f64::MANTISSA_DIGITS) as f64;

/// What a layout is asked for, besides numbers.
macro_rules! as_laid_out {
    ($($method:ident($($argument:ident: $kind:ty),*);)*) => {
        $(fn $method<W: ?Sized + Write>(&mut self, out: &mut W, $($argument: $kind),*) -> io::Result<()> {
            self.0.$method(out, $($argument),*)
        })*
    };
}

impl<F: Formatter> Formatter for WholeNumbers<F> {
    fn write_f64<W: ?Sized + Write>(&mut self, out: &mut W, number: f64) -> io::Result<()> {
        if number.fract() == 0.0 && number.abs() < INEXACT {
            // Adding 0 makes −0 the 0 that it equals.
            write!(out, "{}", number + 0.0)
        } else {
            self.0.write_f64(out, number)
        }
    }

    as_laid_out! {
        begin_array();
        end_array();
        begin_array_value(is_first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(is_first: bool);
        end_object_key();
        begin_object_value();
        end_object_value();
    }
}

fn dynamic<T: Message + Name>(message: &T) -> io::Result<DynamicMessage> {
    as_message(&T::full_name(), message)
}

fn as_message(name: &str, message: &impl Message) -> io::Result<DynamicMessage> {
    let descriptor = descriptors().get_message_by_name(name);
    let descriptor = descriptor.ok_or_else(|| io::Error::other(format!("the contract has no {name}")))?;
    let mut dynamic = DynamicMessage::new(descriptor);
    dynamic.transcode_from(message).map_err(io::Error::other)?;
    Ok(dynamic)
}

/// A row of a table as an object: the cells under their columns' names, then the grade if the row
/// has one.
struct NamedCells<'a> {
    columns: &'a [String],
    row: &'a TableRow,
}

impl Serialize for NamedCells<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        for (column, cell) in self.columns.iter().zip(&self.row.cells) {
            let cell = as_message("google.protobuf.Value", cell).map_err(S::Error::custom)?;
            object.serialize_entry(column, &cell)?;
        }
        if self.row.truth() != Truth::Unspecified {
            object.serialize_entry("truth", self.row.truth().as_str_name())?;
        }
        object.end()
    }
}
