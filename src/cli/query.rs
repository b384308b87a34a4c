//! `sayso query`: a question, and all pages of its answer; `sayso explain`: how it is understood.

use super::Failure;
use super::plot::{File, Size, in_text};
use super::prompt::converse;
use super::render::{Format, Output, Surface, gather};
use super::target::{Asked, Ledger};
use crate::wire::pb;
use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value};
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};

/// Answer a query
///
/// Without a query, a terminal is prompted for queries, and anything else is read to its end for one.
///
/// Example: sayso query 'figure where actor=NK and kind=workers'
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The query
    text: Option<String>,
    #[command(flatten)]
    asking: Asking,
    /// Draw the answer as a picture: of `envelope`, `conflicts` or `timeline`, or of the claims
    /// themselves, over the time that they are about
    #[arg(long, value_name = "FILE.svg|FILE.png", value_parser = File::parse)]
    plot: Option<File>,
    /// How large the picture is; without a height, as high as it needs
    #[arg(long, value_name = "WIDTH[xHEIGHT]", requires = "plot", default_value = "960", value_parser = size)]
    plot_size: Size,
}

/// Say how a query is understood, and how many rows each condition leaves
///
/// Example: sayso explain 'figure where actor=NK and kind=workers'
#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// The query, with or without `explain` before it
    text: String,
    #[command(flatten)]
    asking: Asking,
}

/// Where a question goes, with what, and how its answer is written.
#[derive(Debug, clap::Args)]
struct Asking {
    #[command(flatten)]
    asked: Asked,
    #[command(flatten)]
    parameters: Parameters,
    /// How to write the answer
    #[arg(long, value_enum, env = "SAYSO_FORMAT", default_value_t = Format::Table)]
    format: Format,
}

/// Values for the parameters of a query.
#[derive(Debug, clap::Args)]
pub(super) struct Parameters {
    /// What `$name` stands for in the query: whatever could stand in quotes there, for a bool `yes` or
    /// `no`; a name that is given twice stands for a list
    #[arg(long = "param", value_name = "NAME=VALUE", env = "SAYSO_PARAM", value_parser = parameter)]
    given: Vec<(String, String)>,
}

impl Parameters {
    /// The values by name: a text, or a list of texts if a name has several.
    pub(super) fn values(self) -> Struct {
        let mut values: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (name, text) in self.given {
            values.entry(name).or_default().push(Value { kind: Some(Kind::StringValue(text)) });
        }
        let value = |mut values: Vec<Value>| match values.len() {
            1 => values.remove(0),
            _ => Value { kind: Some(Kind::ListValue(ListValue { values })) },
        };
        Struct { fields: values.into_iter().map(|(name, values)| (name, value(values))).collect() }
    }
}

/// Runs `sayso explain`.
pub(super) async fn explain(args: ExplainArgs) -> Result<(), Failure> {
    let Asking { asked, parameters, format } = args.asking;
    let request =
        pb::ExplainRequest { query: args.text, parameters: Some(parameters.values()), consistency: None };
    show_explained(asked.ledger().await?.explain(request).await?, format)
}

/// Writes how a query is understood.
pub(super) fn show_explained(explained: pb::ExplainResponse, format: Format) -> Result<(), Failure> {
    let pb::ExplainResponse { explanation, canonical_query, revision, now, notices } = explained;
    tell(&notices);
    let page = pb::QueryResponse {
        result: explanation.map(pb::query_response::Result::Explanation),
        canonical_query,
        revision,
        now,
        notices,
        ..pb::QueryResponse::default()
    };
    let mut output = output(format);
    output.page(page)?;
    output.finish()?;
    Ok(())
}

/// The standard output, for one answer.
pub(super) fn output(format: Format) -> Output<impl io::Write> {
    Output::new(format, Surface::stdout(), io::BufWriter::new(io::stdout()))
}

/// Writes notices where they are not taken for data.
pub(super) fn tell(notices: &[pb::Notice]) {
    for notice in notices {
        eprintln!("note: {}", notice.text);
    }
}

/// Runs `sayso query`.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let Asking { asked, parameters, format } = args.asking;
    let ledger = asked.ledger().await?;
    let parameters = parameters.values();
    let picture = args.plot.map(|file| (file, args.plot_size));
    match args.text {
        Some(text) => ask(&ledger, text, parameters, format, picture).await,
        None if picture.is_none() && io::stdin().is_terminal() && io::stdout().is_terminal() => {
            // Typing is waited for, and while it is completed so are calls.
            tokio::task::block_in_place(|| converse(ledger, &parameters, format))
        }
        None => {
            let text = io::read_to_string(io::stdin()).map_err(Failure::Input)?;
            ask(&ledger, text, parameters, format, picture).await
        }
    }
}

/// Writes all pages of the answer, and draws them.
async fn ask(
    ledger: &Ledger,
    text: String,
    parameters: Struct,
    format: Format,
    picture: Option<(File, Size)>,
) -> Result<(), Failure> {
    let mut request = pb::QueryRequest {
        query: text,
        parameters: Some(parameters),
        // Above what a page has, so as many as it has.
        page_size: i32::MAX,
        ..pb::QueryRequest::default()
    };
    let mut output = output(format);
    let is_for_people = format == Format::Table && Surface::stdout().width.is_some();
    let mut whole = None;
    loop {
        let page = ledger.query(request.clone()).await?;
        tell(&page.notices);
        request.page_token.clone_from(&page.next_page_token);
        if picture.is_some() || is_for_people {
            gather(&mut whole, page.clone());
        }
        output.page(page)?;
        if request.page_token.is_empty() {
            break;
        }
    }
    if output.finish()? == 0 {
        eprintln!("nothing found");
    }
    let Some(answer) = whole else { return Ok(()) };
    if is_for_people {
        show_in_text(&answer, ledger).await?;
    }
    match picture {
        Some((file, size)) => file.write(&answer, ledger, size).await,
        None => Ok(()),
    }
}

/// Draws a view below its table, on a terminal.
pub(super) async fn show_in_text(answer: &pb::QueryResponse, ledger: &Ledger) -> Result<(), Failure> {
    let Some(width) = Surface::stdout().width else { return Ok(()) };
    let Some(chart) = in_text(answer, ledger, width).await? else { return Ok(()) };
    write!(io::stdout(), "\n{chart}")?;
    Ok(())
}

/// Reads `WIDTH` or `WIDTHxHEIGHT`.
fn size(text: &str) -> Result<Size, &'static str> {
    const PIXELS: std::ops::RangeInclusive<u32> = 400..=10_000;
    let side = |text: &str| text.parse().ok().filter(|side| PIXELS.contains(side));
    let (width, height) = match text.split_once('x') {
        Some((width, height)) => (side(width), Some(side(height))),
        None => (side(text), None),
    };
    match (width, height) {
        (Some(width), None) => Ok(Size { width, height: None }),
        (Some(width), Some(Some(height))) => Ok(Size { width, height: Some(height) }),
        (None, _) | (_, Some(None)) => {
            Err("write a width, as 960, or with a height, as 960x600; 400 to 10000")
        }
    }
}

/// Reads `NAME=VALUE`.
fn parameter(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.strip_prefix('$').unwrap_or(name).to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_given_twice_is_a_list() {
        let given = ["kind=workers", "$by=NIS", "by=a=b"].map(|text| parameter(text).unwrap());
        let text = |text: &str| Value { kind: Some(Kind::StringValue(text.into())) };
        let list = ListValue { values: vec![text("NIS"), text("a=b")] };
        assert_eq!(
            Parameters { given: given.to_vec() }.values().fields,
            BTreeMap::from([
                ("by".to_owned(), Value { kind: Some(Kind::ListValue(list)) }),
                ("kind".to_owned(), text("workers")),
            ])
        );
        assert_eq!(parameter("kind"), Err("write NAME=VALUE"));
    }
}
