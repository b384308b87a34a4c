//! Makes a difference small enough to be read.

use super::history::{Step, World};
use super::queries::Question;
use super::{Difference, Outcome, Tally, compare};
use sayso::engine::Batch;
use sayso::language::ast::{Expr, Query};
use sayso::language::parse;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Smaller ledgers that are tried at the most.
const MAX_LEDGERS: usize = 300;

/// A question that is answered differently, with as little of the query and of the ledger as shows it.
pub(super) fn told(world: &World, steps: &[Step], question: &Question) -> String {
    let (store, mut question) = (world.store, question.clone());
    let mut number = 0;
    while let Some(simpler) = simpler_questions(&question).into_iter().nth(number) {
        if difference(world, &simpler).is_some() { question = simpler } else { number += 1 }
    }
    if let Some(Difference { expected, found }) = difference(world, &question) {
        // Making the ledger smaller takes a while.
        eprintln!(
            "A difference: {}\nby the definitions: {expected}\nby the engine:      {found}",
            question.text
        );
    }
    let mut steps = steps.to_vec();
    let mut number = 0;
    for _ in 0..MAX_LEDGERS {
        let Some(shorter) = shorter_steps(&steps).into_iter().nth(number) else { break };
        // Without what they refer to, drafts are refused: such a ledger is none.
        let world = catch_unwind(AssertUnwindSafe(|| World::build(&shorter, store)));
        if world.is_ok_and(|world| difference(&world, &question).is_some()) {
            steps = shorter;
        } else {
            number += 1;
        }
    }
    let Some(difference) = difference(&World::build(&steps, store), &question) else {
        return "It did not come again on the same steps.".to_owned();
    };
    let Question { text, parameters, revision, page_size } = question;
    let steps: Vec<String> = steps.iter().map(tell).collect();
    format!(
        "query: {text}\nparameters: {parameters:?}, at revision: {revision:?}, pages of {page_size}\n\
         by the definitions: {}\nby the engine:      {}\n\n{}\n",
        difference.expected,
        difference.found,
        steps.join("\n")
    )
}

fn difference(world: &World, question: &Question) -> Option<Difference> {
    match compare(world, question, &Tally::default()) {
        Outcome::Differs(difference) => Some(difference),
        Outcome::Agrees | Outcome::Refused(_) => None,
    }
}

/// Questions with one part less.
fn simpler_questions(question: &Question) -> Vec<Question> {
    let Ok(query) = parse(&question.text) else { return Vec::new() };
    let with = |simpler: &Query| {
        let text = simpler.to_string();
        let is_used = |name: &str| text.contains(&format!("${name}"));
        let mut parameters = question.parameters.clone();
        parameters.retain(|name, _| is_used(name));
        Question { text, parameters, ..question.clone() }
    };
    let mut all: Vec<Question> = simpler(&query).iter().map(with).collect();
    if question.page_size != 0 {
        all.push(Question { page_size: 0, ..question.clone() });
    }
    all
}

/// Steps with less in them.
fn shorter_steps(steps: &[Step]) -> Vec<Vec<Step>> {
    let mut all = Vec::new();
    for (index, step) in steps.iter().enumerate().rev() {
        let replaced = |by: Option<Step>| {
            let mut steps = steps.to_vec();
            steps.splice(index..=index, by);
            steps
        };
        all.push(replaced(None));
        let Step::Record(batch) = step else { continue };
        let mut shrunk = |batch: Batch| all.push(replaced(Some(Step::Record(batch))));
        let Batch { claims, documents, sources, entities, .. } = batch;
        shorter(claims).into_iter().for_each(|claims| shrunk(Batch { claims, ..batch.clone() }));
        shorter(documents).into_iter().for_each(|documents| shrunk(Batch { documents, ..batch.clone() }));
        shorter(sources).into_iter().for_each(|sources| shrunk(Batch { sources, ..batch.clone() }));
        shorter(entities).into_iter().for_each(|entities| shrunk(Batch { entities, ..batch.clone() }));
    }
    all
}

/// The list without all of it, without one half or the other, a quarter, down to single items.
fn shorter<T: Clone>(list: &[T]) -> Vec<Vec<T>> {
    let mut all = Vec::new();
    let mut size = list.len();
    while size > 0 {
        for begin in (0..list.len()).step_by(size) {
            let end = (begin + size).min(list.len());
            all.push([&list[..begin], &list[end..]].concat());
        }
        size /= 2;
    }
    all
}

/// Queries with one part less.
fn simpler(query: &Query) -> Vec<Query> {
    let with = |change: fn(&mut Query)| {
        let mut simpler = query.clone();
        change(&mut simpler);
        simpler
    };
    let mut all = vec![
        with(|query| query.output = None),
        with(|query| query.as_of = None),
        with(|query| query.limit = None),
        with(|query| query.sort = Vec::new()),
        with(|query| query.filter = None),
    ];
    for index in 0..query.sort.len() {
        let mut simpler = query.clone();
        simpler.sort.remove(index);
        all.push(simpler);
    }
    let parts = query.filter.as_ref().map(parts).unwrap_or_default();
    all.extend(parts.into_iter().map(|part| Query { filter: Some(part), ..query.clone() }));
    all.retain(|simpler| simpler != query);
    all
}

/// What is left of a condition if one part of it is left out.
fn parts(expr: &Expr) -> Vec<Expr> {
    let less = |parts: &[Expr], joined: fn(Vec<Expr>) -> Expr| {
        let mut all = parts.to_vec();
        if parts.len() > 2 {
            all.extend((0..parts.len()).map(|index| {
                let mut fewer = parts.to_vec();
                fewer.remove(index);
                joined(fewer)
            }));
        }
        for (index, part) in parts.iter().enumerate() {
            for smaller in self::parts(part) {
                let mut others = parts.to_vec();
                others[index] = smaller;
                all.push(joined(others));
            }
        }
        all
    };
    match expr {
        Expr::And(parts) => less(parts, Expr::And),
        Expr::Or(parts) => less(parts, Expr::Or),
        Expr::Not(part) | Expr::Surely(part) | Expr::Possibly(part) => {
            let mut all = vec![(**part).clone()];
            all.extend(parts(part));
            all
        }
        Expr::Predicate(_) => Vec::new(),
    }
}

/// A step in words: of each item what was given, and nothing of what was left out.
fn tell(step: &Step) -> String {
    match step {
        Step::Reopen => "the ledger is opened again".to_owned(),
        Step::Retract(ids) => format!("retracted, if there: {}", ids.join(", ")),
        Step::Record(batch) => {
            let Batch { entities, sources, documents, claims, .. } = batch;
            let items = [given(entities), given(sources), given(documents), given(claims)].concat();
            format!("recorded:\n  {}", items.join("\n  "))
        }
    }
}

fn given(items: &[impl Debug]) -> Vec<String> {
    let is_said = |line: &&str| {
        let value = line.split_once(": ").map_or(*line, |(_, value)| value);
        !matches!(value, "None," | "[]," | "{}," | "false," | "\"\",")
    };
    let each = items.iter().map(|item| {
        let pretty = format!("{item:#?}");
        let lines: Vec<&str> = pretty.lines().map(str::trim).filter(is_said).collect();
        lines.join(" ").replace("Some( ", "").replace(", )", "")
    });
    each.collect()
}
