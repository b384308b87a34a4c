//! Verifying: every byte that is kept is read and compared with what it must be.

use super::coding::{self, CodedRow, Reader};
use super::ledger::{COMMITS, ITEMS, NAMES, REQUEST_ORDER, REQUESTS, RETIREMENTS};
use super::reading::{Items, Reading};
use super::rebuild::RowOf;
use super::record::{self, CommitRow, Ends, ItemRow, RequestRow, RetirementRow, Retiring, Table, order_key};
use super::sealed::{Format, SealedFile, Section};
use super::view::View;
use super::writer::Embedded;
use crate::store::error::{CommitFault, Damage, FileFault, ItemFault, ReadError};
use crate::store::{Budget, Commit, Counts, Digest, Head, ItemKind, Position};
use redb::{ReadableTable, ReadableTableMetadata};

/// How far a verification has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many sealed files were compared with their SHA-256.
    pub files: u64,
    /// How many there are.
    pub all_files: u64,
    /// How many commits were compared with their digests.
    pub commits: u64,
    /// How many there are.
    pub all_commits: u64,
    /// How many claims were compared with the rows that they are found by.
    pub claims: u64,
    /// How many there are.
    pub all_claims: u64,
}

/// What was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The ledger's state; its digest is the one that its items have.
    pub head: Head,
    /// How many sealed files there are.
    pub files: u64,
    /// How many versions of claims there are.
    pub claims: u64,
}

/// After so many claims or commits, progress is reported again.
const STEP: u64 = 4_096;

impl Embedded {
    /// Compares all that is kept with its checksums and digests, and with each other: sealed files,
    /// commits and their items in the order of the ledger, then what claims are found by. Writers go
    /// on meanwhile; what they write is not looked at.
    ///
    /// # Errors
    /// The first damage that was found; or the budget is spent, or the ledger cannot be read.
    pub fn verify(&self, budget: &Budget, report: &mut dyn FnMut(Progress)) -> Result<Verified, ReadError> {
        let (reading, view) = self.still()?;
        let progress = Progress {
            files: 0,
            all_files: reading.sealed.len() as u64,
            commits: 0,
            all_commits: view.head.revision,
            claims: 0,
            all_claims: view.claims(),
        };
        let items = reading.items()?;
        let last = CommitRow {
            commit: Commit { revision: 0, digest: Digest::EMPTY, recorded: i64::MIN },
            counts: Counts::default(),
            ends: Ends::default(),
        };
        let mut walk =
            Walk { reading: &reading, items, view: &view, budget, report, progress, last, retirements: 0 };
        walk.commits()?;
        walk.records()?;
        walk.indexes(self.row_of)?;
        walk.rows(self.row_of)?;
        (walk.report)(walk.progress);
        Ok(Verified { head: view.head, files: walk.progress.files, claims: walk.progress.claims })
    }
}

struct Walk<'a> {
    reading: &'a Reading,
    items: Items,
    view: &'a View,
    budget: &'a Budget,
    report: &'a mut dyn FnMut(Progress),
    progress: Progress,
    /// The last commit that was found sound.
    last: CommitRow,
    /// How many retirements there must be.
    retirements: u64,
}

impl Walk<'_> {
    fn commits(&mut self) -> Result<(), ReadError> {
        let sealed = std::sync::Arc::clone(&self.reading.sealed);
        let listed = self.reading.manifest()?;
        for (index, file) in sealed.iter().enumerate() {
            (self.report)(self.progress);
            self.budget.check()?;
            // The last may be in the list before it is in the manifest, while it is sealed.
            if listed.get(index).is_some_and(|row| *row != file.manifest) {
                return Err(file.fault(FileFault::Range));
            }
            file.verify()?;
            self.progress.files += 1;
            file.commits()?.into_iter().try_for_each(|row| self.commit(&row))?;
        }
        self.reading.unsealed_commits()?.try_for_each(|row| self.commit(&row?))?;
        let Commit { revision, digest, .. } = self.last.commit;
        if (revision, digest) == (self.view.head.revision, self.view.head.digest) {
            Ok(())
        } else {
            Err(Damage::Record { what: "commit", number: revision + 1 }.into())
        }
    }

    fn commit(&mut self, row: &CommitRow) -> Result<(), ReadError> {
        let Commit { revision, recorded, digest } = row.commit;
        if revision.is_multiple_of(STEP) {
            (self.report)(self.progress);
        }
        self.budget.check()?;
        let fault = |fault| Damage::Commit { file: self.commit_file(revision), revision, fault };
        if recorded <= self.last.commit.recorded {
            return Err(fault(CommitFault::Time).into());
        }
        let mut found = Vec::new();
        let mut counts = self.last.counts;
        let mut retirements = 0;
        for kind in ItemKind::ALL {
            for ordinal in self.last.ends.of(kind)..row.ends.of(kind) {
                let item =
                    self.items.get(kind, ordinal).map_err(|error| self.with_revision(error, revision))?;
                let sound = match item.revision == revision {
                    true => self.item(kind, ordinal, &item, &mut counts, &mut retirements)?,
                    false => Err(ItemFault::Revision),
                };
                if let Err(fault) = sound {
                    let (file, id) = (self.item_file(kind, ordinal), item.id.to_string());
                    return Err(Damage::Item { file, kind, id, revision, fault }.into());
                }
                found.push((kind, item.bytes));
            }
        }
        let items = found.iter().map(|(kind, bytes)| (*kind, &**bytes));
        if self.last.commit.digest.chain(revision, recorded, items) != digest {
            return Err(fault(CommitFault::Digest).into());
        }
        if counts != row.counts {
            return Err(fault(CommitFault::Counts).into());
        }
        self.retirements += retirements;
        self.last = *row;
        self.progress.commits += 1;
        Ok(())
    }

    /// Whether an item follows from those before it.
    fn item(
        &self,
        kind: ItemKind,
        ordinal: u64,
        item: &ItemRow,
        counts: &mut Counts,
        retirements: &mut u64,
    ) -> Result<Result<(), ItemFault>, ReadError> {
        let ItemRow { id, version, revision, .. } = item;
        let before = || match kind {
            ItemKind::Claim => {
                let older = self.view.versions_newest_first(id, *revision).find(|other| other.0 < ordinal);
                Some((older?, self.view.place(older?)?))
            }
            ItemKind::Retraction => {
                let latest = self.view.latest(id, *revision)?;
                Some((latest, self.view.place(latest)?))
            }
            ItemKind::Entity | ItemKind::Source | ItemKind::Document => None,
        };
        let before = before();
        let retires = |position: Position, how, ordinal| -> Result<bool, ReadError> {
            let (position, revision) = (position.0, *revision);
            let expected = RetirementRow { revision, position, how, ordinal };
            Ok(self.reading.retirement(position, how)? == Some(expected))
        };
        if kind == ItemKind::Claim {
            let Some((position, place)) = before else {
                counts.claims += 1;
                return Ok(if *version == 1 { Ok(()) } else { Err(ItemFault::Version) });
            };
            if *version != place.version + 1 {
                return Ok(Err(ItemFault::Version));
            }
            counts.claims += u64::from(place.retired.retracted.contains(place.row, *revision));
            *retirements += 1;
            return Ok(if retires(position, Retiring::Superseded, 0)? {
                Ok(())
            } else {
                Err(ItemFault::Retirement)
            });
        }
        if self.reading.ordinal(kind, id, *version)? != Some(ordinal) {
            return Ok(Err(ItemFault::Name));
        }
        if kind == ItemKind::Retraction {
            let Some((position, _)) = before.filter(|(_, place)| place.version == *version) else {
                return Ok(Err(ItemFault::Version));
            };
            counts.claims = counts.claims.saturating_sub(1);
            *retirements += 1;
            return Ok(if retires(position, Retiring::Retracted, ordinal)? {
                Ok(())
            } else {
                Err(ItemFault::Retirement)
            });
        }
        let follows = match version.checked_sub(1) {
            None => false,
            Some(0) => true,
            Some(older) => self.reading.ordinal(kind, id, older)?.is_some_and(|older| older < ordinal),
        };
        let is_new = u64::from(*version == 1);
        match kind {
            ItemKind::Entity => counts.entities += is_new,
            ItemKind::Source => counts.sources += is_new,
            ItemKind::Document => counts.documents += is_new,
            ItemKind::Claim | ItemKind::Retraction => {}
        }
        Ok(if follows { Ok(()) } else { Err(ItemFault::Version) })
    }

    /// Whether the redb file has all records that it must have, and no others.
    fn records(&self) -> Result<(), ReadError> {
        let transaction = &self.reading.transaction;
        let listed = self.reading.manifest()?;
        let (sealed, sealed_commits) =
            listed.last().map_or((0, 0), |row| (row.stretch.end(), row.stretch.end_revision() - 1));
        let items: u64 = self.last.ends.0.iter().sum();
        let claims = self.last.ends.of(ItemKind::Claim);
        for (what, found, expected) in [
            ("commits", transaction.open_table(COMMITS)?.len()?, self.last.commit.revision - sealed_commits),
            ("items", transaction.open_table(ITEMS)?.len()?, items - sealed),
            ("names", transaction.open_table(NAMES)?.len()?, items - claims),
            ("retirements", transaction.open_table(RETIREMENTS)?.len()?, self.retirements),
        ] {
            if found != expected {
                return Err(Damage::Stray { what }.into());
            }
        }
        let terms = self.reading.terms()?;
        if terms.len() as u64 != u64::from(self.view.dictionary.len()) {
            return Err(Damage::Stray { what: "terms" }.into());
        }
        if let Some(number) = (0..).zip(&terms).find(|(code, term)| self.view.dictionary.text(*code) != *term)
        {
            return Err(Damage::Record { what: "term", number: number.0.into() }.into());
        }
        self.requests()
    }

    fn requests(&self) -> Result<(), ReadError> {
        let requests = self.reading.transaction.open_table(REQUESTS)?;
        let order = self.reading.transaction.open_table(REQUEST_ORDER)?;
        let damage = |caller: &str, request_id: &str| Damage::Request {
            caller: caller.to_owned(),
            request_id: request_id.to_owned(),
        };
        for entry in requests.iter()? {
            let (key, stored) = entry?;
            let (caller, request_id) = key.value();
            let (time, _) = RequestRow::decode(caller, request_id, stored.value())?;
            if order.get((time, caller, request_id))?.is_none() {
                return Err(damage(caller, request_id).into());
            }
        }
        for entry in order.iter()? {
            let (key, stored) = entry?;
            let (time, caller, request_id) = key.value();
            let value =
                record::open(Table::RequestOrder, &order_key(time, caller, request_id), stored.value());
            if value.is_none() || requests.get((caller, request_id))?.is_none() {
                return Err(damage(caller, request_id).into());
            }
        }
        Ok(())
    }

    /// Whether sealed claims are found by what their bytes hold.
    fn indexes(&mut self, row_of: RowOf) -> Result<(), ReadError> {
        let dictionary = &self.view.dictionary;
        for file in self.reading.sealed.iter() {
            let expected = file.index_of_claims(dictionary, row_of, &mut |position| {
                self.progress.claims = position;
                if position.is_multiple_of(STEP) {
                    (self.report)(self.progress);
                    self.budget.check()?;
                }
                Ok(())
            })?;
            let unlike = match file.format {
                Format::Index => file.unlike(&expected.freeze()),
                Format::Rows => {
                    let is_unlike = file.index_of_rows(dictionary.len())? != expected;
                    is_unlike.then_some(Section::Rows)
                }
            };
            if let Some(section) = unlike {
                return Err(file.fault(FileFault::Unlike(section.name())));
            }
        }
        Ok(())
    }

    /// Whether claims that are not sealed are found by what their bytes hold.
    fn rows(&mut self, row_of: RowOf) -> Result<(), ReadError> {
        let mut dictionary = self.view.dictionary.clone();
        let mut end = self.reading.sealed_end();
        let mut expected = Vec::new();
        self.reading.unsealed_rows(end..u64::MAX, |first, rows| -> Result<(), ReadError> {
            if first != end {
                return Err(Damage::Record { what: "the row of claim", number: end }.into());
            }
            let mut reader = Reader::new(rows);
            while !reader.is_empty() {
                if end.is_multiple_of(STEP) {
                    (self.report)(self.progress);
                    self.budget.check()?;
                }
                let rest = reader.rest();
                reader.row(&mut CodedRow::default(), end)?;
                let found = &rest[..rest.len() - reader.rest().len()];
                let ItemRow { id, version, revision, bytes } = self.items.get(ItemKind::Claim, end)?;
                expected.clear();
                if let Some(row) = row_of(&bytes) {
                    let (_, recorded) = self.view.commit_of(Position(end));
                    let row = row.committed(recorded, revision, version);
                    coding::encode(&row, &mut dictionary, &mut expected);
                }
                if found != expected {
                    let (kind, file, id) =
                        (ItemKind::Claim, self.item_file(ItemKind::Claim, end), id.to_string());
                    return Err(Damage::Item { file, kind, id, revision, fault: ItemFault::Row }.into());
                }
                end += 1;
                self.progress.claims = end;
            }
            Ok(())
        })?;
        if end == self.view.claims() {
            Ok(())
        } else {
            Err(Damage::Record { what: "the row of claim", number: end }.into())
        }
    }

    /// Names the commit of a claim of the redb file that cannot be read.
    fn with_revision(&self, error: ReadError, revision: u64) -> ReadError {
        if let ReadError::Damaged(Damage::Record { what, number: position }) = error
            && what == ItemKind::Claim.as_str()
        {
            return Damage::Claim { file: self.item_file(ItemKind::Claim, position), position, revision }
                .into();
        }
        error
    }

    fn commit_file(&self, revision: u64) -> String {
        self.file(|file| revision < file.stretch().end_revision())
    }

    fn item_file(&self, kind: ItemKind, ordinal: u64) -> String {
        self.file(|file| kind == ItemKind::Claim && ordinal < file.stretch().end())
    }

    /// The first sealed file of which this holds; else the redb file.
    fn file(&self, has: impl Fn(&SealedFile) -> bool) -> String {
        let file = self.reading.sealed.iter().find(|file| has(file));
        file.map_or_else(|| "ledger.redb".to_owned(), |file| file.stretch().path())
    }
}
