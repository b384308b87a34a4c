//! The index answers as a plain walk over the rows does.

use super::ledger::Ledger;
use super::sealing::{SMALL, Shelf};
use super::segment::Segment;
use super::upkeep::Upkeep;
use super::{Embedded, View};
use crate::store::Budget;
use crate::store::conformance::{Case, case, check, check_claims, check_scans, history, write};
use proptest::prelude::*;
use redb::StorageBackend;
use redb::backends::InMemoryBackend;
use std::sync::Arc;

/// A disk that outlives the store that was opened on it.
#[derive(Clone, Debug)]
struct Memory(Arc<InMemoryBackend>);

impl StorageBackend for Memory {
    fn len(&self) -> std::io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, length: u64) -> std::io::Result<()> {
        self.0.set_len(length)
    }

    fn sync_data(&self) -> std::io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> std::io::Result<()> {
        self.0.write(offset, data)
    }
}

proptest! {
    #[test]
    fn the_index_answers_as_a_plain_walk(
        history in history(),
        cases in prop::collection::vec(case(), 6),
    ) {
        let (disk, shelf) = (Memory(Arc::new(InMemoryBackend::new())), Shelf::default());
        let open = || {
            let ledger = Ledger::on(disk.clone(), Some(Box::new(shelf.clone()))).unwrap();
            Embedded::on(ledger, SMALL, |_| None, Upkeep::Leave).unwrap()
        };
        let store = open();
        let naive = write(&history, &store);
        let view = store.view();
        cases.iter().for_each(|case| check(&*view, &naive, case));
        check_claims(&*view, &naive, cases[0].selection.at);
        cases.iter().for_each(|case| check_scans(&*view, &naive, case));
        let head = *view.head();

        // Sealed, it is the same.
        store.seal().unwrap();
        prop_assert_eq!(shelf.names().len(), naive.claims.len() / SMALL.full);
        cases.iter().for_each(|case| check(&*view, &naive, case));
        check_claims(&*view, &naive, cases[0].selection.at);

        // Opened again, it is the same, and so are the segments, read from files.
        let segments = |view: &View| -> Vec<_> {
            let parts = view.parts.iter().map(|part| part.segment.clone());
            parts.take(naive.claims.len() / SMALL.full).collect()
        };
        let made = segments(&view);
        drop((view, store));
        let store = open();
        let view = store.view();
        prop_assert_eq!(segments(&view), made);
        prop_assert_eq!(*view.head(), head);
        cases.iter().for_each(|case| check(&*view, &naive, case));
        check_claims(&*view, &naive, cases[0].selection.at);
    }

    /// Sections that agree with their checksums, but that no version of Sayso wrote.
    #[test]
    fn a_segment_of_any_bytes_is_refused_or_answers(
        history in history(),
        changes in prop::collection::vec((0usize..3, any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cases in prop::collection::vec(case(), 3),
    ) {
        let store = Embedded::in_memory(|_| None).unwrap();
        write(&history, &store);
        let mut view = View::clone(&store.view());
        view.grow(SMALL);
        let codes = view.dictionary.len();
        for part in view.parts.iter_mut() {
            let mut frozen = part.segment.freeze();
            let thawed = Segment::thaw(&frozen, part.segment.len(), codes);
            prop_assert_eq!(thawed.as_ref(), Ok(&*part.segment));
            for (section, index, byte) in &changes {
                let (_, bytes) = &mut frozen.sections_mut()[*section];
                if !bytes.is_empty() {
                    let index = index.index(bytes.len());
                    bytes[index] = *byte;
                }
            }
            if let Ok(segment) = Segment::thaw(&frozen, part.segment.len(), codes) {
                part.segment = Arc::new(segment);
            }
        }
        for Case { selection, order, keys, limit } in cases {
            let budget = Budget::default();
            let _ = view.select(&selection, &order, None, limit, &budget);
            let _ = view.count(&selection, &budget);
            let _ = view.tally(&selection, &keys, usize::MAX, &budget);
            let ids = (0..10).map(|number| format!("c{number}"));
            ids.for_each(|id| _ = view.versions(&id, selection.at));
        }
    }
}
