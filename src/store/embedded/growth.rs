//! How the index grows: the tail freezes into segments, and small segments merge into greater ones.

use super::coding::{CodedRow, Reader};
use super::retired::Retired;
use super::segment::{Builder, MAX_ROWS, Segment};
use super::view::{Part, View};
use std::sync::Arc;

/// Sizes of what the index consists of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// From how many rows on the tail freezes.
    pub(super) tail: usize,
    /// How many segments of one size merge.
    pub(super) fanout: usize,
    /// How many rows a segment has that is merged no more; at most [`MAX_ROWS`].
    pub(super) full: usize,
}

impl Shape {
    /// Each row is merged twice: from 512 to 4,096 to 65,536 rows.
    pub(super) const DEFAULT: Self = Self { tail: 512, fanout: 8, full: MAX_ROWS };

    /// Where the full segment that holds this position ends.
    pub(super) fn boundary(self, position: u64) -> u64 {
        let full = self.full as u64;
        (position / full + 1) * full
    }

    /// How many times segments were merged to make one of so many rows.
    fn tier(self, length: usize) -> u32 {
        (length / self.tail).max(1).ilog(self.fanout)
    }
}

impl View {
    /// Freezes the tail if it is long, and merges what can be merged. The claims are the same.
    pub(super) fn grow(&mut self, shape: Shape) {
        while self.tail.rows.len() >= shape.tail || self.end() >= shape.boundary(self.tail.base) {
            self.freeze(shape);
            self.merge(shape);
        }
    }

    /// Makes a segment of the tail, or of what of it belongs to one full segment.
    fn freeze(&mut self, shape: Shape) {
        let base = self.tail.base;
        let length = (self.end().min(shape.boundary(base)) - base) as usize;
        let rest = self.tail.rows.split_off(length);
        let mut builder = Builder::new();
        let mut row = CodedRow::default();
        for (claim, number) in self.tail.rows.iter().zip(base..) {
            Reader::new(&claim.encoded).row(&mut row, number).expect("a row that was encoded here");
            builder.add(&row);
        }
        let retired = self.tail.retired.slice(&(0..length as u32));
        self.parts.push_back(Part { base, segment: Arc::new(builder.finish()), retired });
        self.tail.retired = self.tail.retired.slice(&(length as u32..u32::MAX));
        self.tail.rows = rest;
        self.tail.base = base + length as u64;
    }

    /// Merges the last segments while there are enough of one size, or enough for a full one.
    fn merge(&mut self, shape: Shape) {
        while let Some(count) = self.mergeable(shape) {
            let merged = self.parts.split_off(self.parts.len() - count);
            let segments: Vec<&Segment> = merged.iter().map(|part| &*part.segment).collect();
            let Some(base) = merged.front().map(|part| part.base) else { return };
            let stretches: Vec<(u32, &Retired)> =
                merged.iter().map(|part| ((part.base - base) as u32, &part.retired)).collect();
            let segment = Arc::new(Segment::merge(&segments));
            self.parts.push_back(Part { base, segment, retired: Retired::concatenated(&stretches) });
        }
    }

    /// How many of the last segments merge now.
    fn mergeable(&self, shape: Shape) -> Option<usize> {
        let boundary = shape.boundary(self.parts.last()?.base);
        let begin = boundary - shape.full as u64;
        let unfinished = || self.parts.iter().rev().take_while(|part| part.base >= begin);
        let count = if self.tail.base == boundary {
            unfinished().count()
        } else {
            let tier = shape.tier(unfinished().next()?.segment.len());
            let alike = unfinished().take_while(|part| shape.tier(part.segment.len()) <= tier).count();
            if alike >= shape.fanout { alike } else { 0 }
        };
        (count > 1).then_some(count)
    }
}
