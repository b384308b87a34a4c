//! Pictures of answers: claims as intervals over time, by who said them.

mod canvas;
mod chart;
mod draw;
mod font;
mod gather;
mod scale;
mod text;
mod tracks;
mod values;

pub(super) use chart::NoPicture;
pub(super) use draw::Size;

use super::Failure;
use super::target::Ledger;
use crate::wire::pb::QueryResponse;
use chart::{Chart, MAX_PANELS};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Draws a view in text, for a terminal so many columns wide; nothing of what has no picture.
pub(super) async fn in_text(
    answer: &QueryResponse,
    ledger: &Ledger,
    width: u16,
) -> Result<Option<String>, Failure> {
    use crate::wire::pb::query_response::Result as Rows;
    let is_view = matches!(answer.result, Some(Rows::Envelopes(_) | Rows::Conflicts(_) | Rows::Timelines(_)));
    if !is_view {
        return Ok(None);
    }
    let facts = gather::facts(answer, ledger).await?;
    Ok(Chart::of(answer, &facts).ok().map(|chart| text::drawn(&chart, usize::from(width))))
}

/// Where a picture goes; the name's ending says as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    path: PathBuf,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Svg,
    Png,
}

impl File {
    /// Reads the name of a file.
    pub(super) fn parse(path: &str) -> Result<Self, String> {
        let extension = Path::new(path).extension().map(OsStr::to_ascii_lowercase);
        let kind = match extension.as_ref().and_then(|extension| extension.to_str()) {
            Some("svg") => Kind::Svg,
            Some("png") => Kind::Png,
            _ => return Err("a picture is written as FILE.svg or FILE.png".to_owned()),
        };
        Ok(Self { path: path.into(), kind })
    }

    /// Draws a whole answer.
    pub(super) async fn write(
        &self,
        answer: &QueryResponse,
        ledger: &Ledger,
        size: Size,
    ) -> Result<(), Failure> {
        let facts = gather::facts(answer, ledger).await?;
        let chart = Chart::of(answer, &facts)?;
        if chart.left_out > 0 {
            let left_out = chart.left_out;
            eprintln!(
                "note: the first {MAX_PANELS} subjects are drawn, {left_out} are not; `where` narrows it"
            );
        }
        let svg = draw::svg(&chart, size);
        let bytes = match self.kind {
            Kind::Svg => svg.into_bytes(),
            Kind::Png => font::png(&svg).ok_or(Failure::TooLarge)?,
        };
        std::fs::write(&self.path, bytes)
            .map_err(|source| Failure::Unwritable { path: self.path.clone(), source })
    }
}

#[cfg(test)]
mod tests;
