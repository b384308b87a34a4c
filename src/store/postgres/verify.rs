//! Comparing what a database holds with its digests.

use super::columns::{SPANS, TERMS, WORDS};
use super::sql::Sql;
use super::view::View;
use crate::plan::{Row, Span};
use crate::store::error::{CommitFault, DATABASE, Damage, ItemFault, ReadError};
use crate::store::{Budget, ItemKind, Progress, Verified, View as _};

/// Commits that are read at a time.
const COMMITS: u64 = 64;

/// Compares every commit's digest with that of its items, and the rows of its claims with what their
/// bytes hold, up to a view.
pub(super) fn verify(
    view: &View,
    budget: &Budget,
    report: &mut dyn FnMut(Progress),
) -> Result<Verified, ReadError> {
    let mut progress = Progress {
        files: 0,
        all_files: 0,
        commits: 0,
        all_commits: view.head.revision,
        claims: 0,
        all_claims: view.claims,
    };
    report(progress);
    let mut before = None;
    while progress.commits < view.head.revision {
        budget.check()?;
        let last = (progress.commits + COMMITS).min(view.head.revision);
        let (mut parts, mut after) = (Vec::new(), progress.commits);
        while after < last {
            let some = view.commits(after, 0, last, usize::MAX)?;
            after += some.len() as u64;
            if some.is_empty() {
                let (file, fault) = (DATABASE.to_owned(), CommitFault::Digest);
                return Err(Damage::Commit { file, revision: after + 1, fault }.into());
            }
            parts.extend(some);
        }
        for part in parts {
            let fault = |fault| {
                ReadError::from(Damage::Commit {
                    file: DATABASE.to_owned(),
                    revision: part.commit.revision,
                    fault,
                })
            };
            let items = part.items.iter().map(|(kind, bytes)| (*kind, &**bytes));
            if part.previous.chain(part.commit.revision, part.commit.recorded, items) != part.commit.digest {
                return Err(fault(CommitFault::Digest));
            }
            if before.is_some_and(|before| before >= part.commit.recorded) {
                return Err(fault(CommitFault::Time));
            }
            before = Some(part.commit.recorded);
            progress.claims += part.items.iter().filter(|(kind, _)| *kind == ItemKind::Claim).count() as u64;
        }
        rows(view, progress.commits + 1, last, budget)?;
        progress.commits = last;
        report(progress);
    }
    Ok(Verified { head: view.head, files: 0, claims: view.claims })
}

/// Compares what claims of some commits are found by with what their bytes hold.
fn rows(view: &View, first: u64, last: u64, budget: &Budget) -> Result<(), ReadError> {
    let mut columns = vec!["c.id", "c.revision", "c.version", "c.recorded", "c.bytes", "c.best"];
    columns.extend(SPANS.iter().flat_map(|(_, ends)| *ends));
    columns.extend(TERMS.iter().map(|(_, column)| *column).chain([WORDS.1]));
    let mut sql = Sql::new(&format!("SELECT {} FROM claims c WHERE c.position >= ", columns.join(", ")));
    sql.int(view.claims_end(first as i64 - 1)?).push(" AND c.position < ").int(view.claims_end(last as i64)?);
    for row in view.shared.database.rows(sql, budget)? {
        let (id, revision) = (row.get::<_, &str>(0), row.get::<_, i64>(1) as u64);
        let (kind, file) = (ItemKind::Claim, DATABASE.to_owned());
        let fault = |fault| Damage::Item { file, kind, id: id.to_owned(), revision, fault };
        let expected = (view.shared.row_of)(row.get(4))
            .ok_or(Damage::Record { what: "claim of commit", number: revision })?;
        let mut found = Row::builder(id);
        let mut column = 6;
        for (field, _) in SPANS {
            let ends: [Option<i64>; 2] = [row.get(column), row.get(column + 1)];
            found.span(field, ends[0].zip(ends[1]).and_then(|(low, high)| Span::new(low, high)));
            column += 2;
        }
        for (field, _) in TERMS {
            found.terms(field, row.get::<_, Option<Vec<String>>>(column).unwrap_or_default());
            column += 1;
        }
        let words = row.get::<_, Option<Vec<String>>>(column).unwrap_or_default();
        let expected_words = expected.words(WORDS.0).iter().map(|word| &**word);
        let found = found.finish();
        let is_same = found.all_terms() == expected.all_terms()
            && found.all_spans() == expected.all_spans()
            && row.get::<_, Option<i64>>(5) == expected.best()
            && words.iter().map(String::as_str).eq(expected_words)
            && expected.id() == found.id();
        if !is_same {
            return Err(fault(ItemFault::Row).into());
        }
    }
    Ok(())
}
