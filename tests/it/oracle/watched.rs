//! A watch against the query itself: what it tells, put together, is what the query finds as of each
//! revision.

use super::answer::Results;
use super::history::World;
use super::queries::Question;
use super::{Parameter, ask};
use sayso::engine::{QueryError, WatchRequest};
use sayso::language::ast::Query;
use sayso::language::{self, Code};
use sayso::plan::Truth;
use sayso::store::Budget;
use std::collections::BTreeMap;

/// What is found, by id and version.
type Found = BTreeMap<(String, u32), Truth>;

/// Watches a query's condition over the whole history, or from some revision on.
pub(super) fn follow(world: &World, question: &Question, random: u64) -> Result<(), String> {
    let query = language::parse(&question.text).expect("it was asked");
    let bare = Query { output: None, as_of: None, sort: Vec::new(), limit: None, ..query };
    // `now` is another moment at each revision; and a parameter of a clause that is left out is unused.
    let mentions_now = |text: &str| text.contains("now");
    let values = |parameter: &Parameter| match parameter {
        Parameter::One(text) => mentions_now(text),
        Parameter::List(texts) => texts.iter().any(|text| mentions_now(text)),
    };
    let text = bare.to_string();
    if mentions_now(&text) || question.parameters.values().any(values) {
        return Ok(());
    }
    let head = world.engine.head().revision;
    let after = random % (head + 1);
    let request =
        WatchRequest { text: text.clone(), parameters: question.parameters.clone(), after: Some(after) };
    let mut watch = match world.engine.watch(request) {
        Ok(watch) => watch,
        Err(QueryError::Query { diagnostic, .. })
            if matches!(
                diagnostic.code(),
                Code::WrongClause | Code::UnusedParameter | Code::UnknownName | Code::AmbiguousName
            ) =>
        {
            return Ok(());
        }
        Err(error) => return Err(error.to_string()),
    };
    let asked = |revision: u64| -> Result<Found, String> {
        let question =
            Question { text: text.clone(), revision: Some(revision), page_size: 1_000, ..question.clone() };
        match ask(&world.engine, &question) {
            Ok((answer, _)) => match answer.results {
                Results::Items(items) => {
                    Ok(items.into_iter().map(|(id, version, truth)| ((id, version), truth)).collect())
                }
                Results::Table(_) => Err("a table".to_owned()),
            },
            Err(QueryError::Query { .. }) => Ok(Found::new()),
            Err(error) => Err(error.to_string()),
        }
    };
    let mut found = asked(after)?;
    let mut told = after;
    while told < head {
        let changes = watch.advance(&world.engine, &Budget::default()).map_err(|error| error.to_string())?;
        let revision = changes.commit.revision;
        for silent in told + 1..revision {
            same(&found, &asked(silent)?, silent)?;
        }
        let moved = |text: &str, key: &(String, u32)| Err(format!("revision {revision}: {text} {key:?}"));
        for it in changes.changed.iter() {
            let before = (it.now.item.id.to_string(), it.version_before);
            if found.remove(&before) != Some(it.before) {
                return moved("changed, but was otherwise", &before);
            }
        }
        for it in changes.gone.iter() {
            let before = (it.id.to_string(), it.version);
            if found.remove(&before) != Some(it.before) {
                return moved("gone, but was otherwise", &before);
            }
        }
        let now = changes.changed.iter().map(|it| &it.now).chain(&changes.added);
        for it in now {
            let key = (it.item.id.to_string(), it.item.version);
            if found.insert(key.clone(), it.truth).is_some() {
                return moved("added, but was there", &key);
            }
        }
        if changes.is_whole {
            same(&found, &asked(revision)?, revision)?;
            told = revision;
        }
    }
    Ok(())
}

fn same(told: &Found, asked: &Found, revision: u64) -> Result<(), String> {
    if told == asked {
        return Ok(());
    }
    Err(format!("as of revision {revision}\ntold:  {told:?}\nasked: {asked:?}"))
}
