//! What the article and the resolutions assert: each fact of a claim finds the claims that carry it,
//! and no others.

use super::{Running, asking, graded};

/// Asks each query and expects just these claims: surely, or possibly where `?` stands behind.
async fn find(expected: &[(&str, &str)]) {
    let running = Running::seeded().await;
    for (query, ids) in expected {
        let page = running.ask(asking(&format!("{query} sort id"))).await.unwrap();
        let mut ids: Vec<&str> = ids.split_whitespace().collect();
        ids.sort_unstable_by_key(|id| id.trim_end_matches('?'));
        assert_eq!(graded(&page).replace(" (possible)", "?"), ids.join(", "), "{query}");
    }
}

#[tokio::test]
async fn every_type_finds_its_claims() {
    find(&[
        ("event", "student-visas kursk-seized pulled-back back-on-front unseen withdrawn-mid-january brought-back new-assaults"),
        ("figure", "workers-sent workers-present worker-stipend worker-stipend-gbp troops-sent unseen-duration"),
        ("norm", "employment-ban permit-ban return-deadline none-allowed unscr-2375-op17 unscr-2397-op8"),
        ("statement", "visa-accusation fill-gaps labour-shortage fewer-than-before heavy-losses"),
    ])
    .await;
}

#[tokio::test]
async fn whoever_said_it_first_finds_it() {
    let from_the_outlet =
        "worker-stipend-gbp employment-ban permit-ban return-deadline troops-sent kursk-seized";
    find(&[
        (
            "claim where by=nis",
            "student-visas workers-sent workers-present worker-stipend withdrawn-mid-january",
        ),
        ("claim where by=nis-official", "workers-present worker-stipend"),
        ("claim where by='Wi Sung-lac'", "fill-gaps labour-shortage fewer-than-before none-allowed"),
        ("claim where by=Zelensky", "back-on-front brought-back new-assaults"),
        ("claim where by='Ukrainian officials'", "pulled-back heavy-losses"),
        ("claim where by='Western officials'", "pulled-back heavy-losses"),
        ("claim where by=ukrainian-special-forces", "unseen unseen-duration"),
        ("claim where by='UN Security Council'", "unscr-2375-op17 unscr-2397-op8"),
        ("claim where by=outlet", from_the_outlet),
        ("claim where by='The Korea Herald'", ""),
        ("claim where by is missing", "visa-accusation"),
    ])
    .await;
}

#[tokio::test]
async fn whoever_passed_it_on_finds_it() {
    let relayed = "student-visas workers-sent workers-present worker-stipend visa-accusation fill-gaps \
        labour-shortage fewer-than-before none-allowed pulled-back heavy-losses back-on-front unseen \
        unseen-duration withdrawn-mid-january brought-back new-assaults";
    let not_relayed = "worker-stipend-gbp employment-ban permit-ban return-deadline troops-sent kursk-seized \
        unscr-2375-op17 unscr-2397-op8";
    find(&[
        ("claim where via='The Korean Herald'", "workers-present worker-stipend"),
        ("claim where via=outlet", relayed),
        ("claim where via is missing", not_relayed),
        ("claim where via=nis", ""),
        ("claim where hops=2", "workers-present worker-stipend"),
        ("claim where hops=0", not_relayed),
    ])
    .await;
}

#[tokio::test]
async fn what_it_is_about_finds_it() {
    let of_workers = "workers-sent workers-present visa-accusation employment-ban permit-ban return-deadline \
        fill-gaps labour-shortage fewer-than-before none-allowed unscr-2375-op17 unscr-2397-op8";
    let of_troops = "troops-sent pulled-back heavy-losses back-on-front unseen withdrawn-mid-january \
        brought-back new-assaults";
    find(&[
        ("claim where kind=workers", of_workers),
        ("claim where kind=troops", of_troops),
        ("claim where kind=personnel", &format!("student-visas {of_workers} {of_troops}")),
        ("claim where kind=stipend", "worker-stipend worker-stipend-gbp"),
        ("claim where kind=absence", "unseen-duration"),
        ("claim where kind=labour", ""),
        ("claim where kind is missing", "kursk-seized"),
    ])
    .await;
}

#[tokio::test]
async fn where_it_was_finds_it() {
    let at_the_front = "pulled-back heavy-losses back-on-front unseen unseen-duration withdrawn-mid-january \
        brought-back";
    let in_kursk = format!("{at_the_front} kursk-seized new-assaults");
    find(&[
        ("claim where place='Kursk front'", at_the_front),
        ("claim where place=Kursk", &in_kursk),
        ("claim where place='building sites'", "workers-sent"),
        (
            "claim where place=Moscow",
            &format!("{in_kursk} workers-sent workers-present worker-stipend worker-stipend-gbp"),
        ),
        ("claim where place=Ukraine", ""),
    ])
    .await;
}

#[tokio::test]
async fn when_it_was_finds_it() {
    find(&[
        ("claim where when=2024 and type=event", "student-visas kursk-seized"),
        ("claim where when=2024-11 and kind=troops", "troops-sent"),
        (
            "claim where when=2024-07",
            "kursk-seized? student-visas? workers-sent? workers-present? worker-stipend? worker-stipend-gbp?",
        ),
        ("claim where when=2025-01 and kind=troops", "withdrawn-mid-january unseen?"),
        ("claim where when=2025-02-04 and kind=troops", "pulled-back? heavy-losses? unseen?"),
        ("claim where when=2025-02-07 and kind=troops", "brought-back new-assaults unseen?"),
        ("claim where when=2025-02-08 and kind=troops", "back-on-front unseen?"),
        ("claim where when<2024", ""),
        (
            "claim where when is missing",
            "visa-accusation employment-ban permit-ban return-deadline fill-gaps labour-shortage \
             fewer-than-before none-allowed unscr-2375-op17 unscr-2397-op8",
        ),
    ])
    .await;
}

#[tokio::test]
async fn when_it_was_said_finds_it() {
    find(&[
        ("claim where said=2025-02-07", "brought-back new-assaults pulled-back? heavy-losses?"),
        ("claim where said=2025-02-08", "back-on-front pulled-back? heavy-losses?"),
        ("claim where said=2025-02-09", "workers-sent pulled-back? heavy-losses?"),
        ("claim where said=2025-02-04", "withdrawn-mid-january? pulled-back? heavy-losses?"),
        ("claim where said in 2025-02-03/2025-02-09", "back-on-front brought-back heavy-losses new-assaults pulled-back withdrawn-mid-january workers-sent"),
        ("claim where said=2017-09-11", "unscr-2375-op17"),
        ("claim where said=2017-12-22", "unscr-2397-op8"),
    ])
    .await;
}

#[tokio::test]
async fn how_it_was_said_finds_it() {
    find(&[
        ("claim where act=confirmed", "workers-sent"),
        ("claim where act=believes", "workers-present worker-stipend"),
        ("claim where act=accused", "visa-accusation"),
        ("claim where act=opined", "fill-gaps labour-shortage"),
        ("claim where act=decided", "unscr-2375-op17 unscr-2397-op8"),
        ("claim where clarity=unattributed", "visa-accusation"),
        ("claim where clarity=role_only", "workers-present worker-stipend pulled-back heavy-losses"),
        (
            "claim where clarity=named_person",
            "fill-gaps labour-shortage fewer-than-before none-allowed back-on-front brought-back new-assaults",
        ),
        ("claim where clarity=named_organization", "workers-sent withdrawn-mid-january"),
        ("claim where likelihood=likely", "student-visas"),
        ("event where state=absent", "pulled-back withdrawn-mid-january"),
        ("event where state=present", "back-on-front brought-back"),
        ("event where state=unobserved", "unseen"),
        ("claim where action=return", "return-deadline unscr-2397-op8 back-on-front brought-back"),
        ("claim where action=withdraw", "pulled-back withdrawn-mid-january"),
        ("claim where action=assault", "new-assaults"),
        ("norm where modality=obligation", "return-deadline unscr-2397-op8"),
        ("norm where modality=prohibition", "employment-ban permit-ban none-allowed unscr-2375-op17"),
        ("norm where instrument='UNSCR 2375'", "permit-ban return-deadline unscr-2375-op17"),
        ("norm where instrument='UNSCR 2397'", "unscr-2397-op8"),
        ("norm where deadline=2019-12-31", "return-deadline"),
    ])
    .await;
}

#[tokio::test]
async fn its_words_find_it() {
    find(&[
        ("claim where text ~ 'student visas'", "student-visas visa-accusation"),
        ("claim where text ~ SOLDIERS", "student-visas troops-sent brought-back new-assaults"),
        ("claim where text ~ weeks", "unseen unseen-duration"),
        ("claim where text ~ dollars", "worker-stipend"),
        ("claim where text ~ '11,000'", "troops-sent"),
        ("claim where text ~ soldier", ""),
    ])
    .await;
}
