//! Pages: every row once, in order, and no cursor can hurt.

use std::collections::BTreeSet;
use std::time::Duration;

use schema::store::{HistoryFilter, Page, Paged, StoreError, TargetFilter};

use crate::fixture::{Fixture, assert_conflict, new_target, new_user};

cases! {
    every_row_comes_once_and_in_order,
    rows_of_one_moment_are_not_lost_between_pages,
    a_hostile_cursor_is_refused_everywhere,
}

async fn walk<T>(
    limit: u32,
    mut next: impl AsyncFnMut(Page) -> Result<Paged<T>, StoreError>,
) -> Vec<T> {
    let mut all = Vec::new();
    let mut page = Page::first(limit);
    loop {
        let got = next(page).await.unwrap();
        assert!(got.items.len() <= limit as usize);
        all.extend(got.items);
        assert!(all.len() < 1000, "pages come to an end");
        match got.next {
            Some(cursor) => {
                page = Page {
                    cursor: Some(cursor),
                    limit,
                }
            }
            None => return all,
        }
    }
}

async fn every_row_comes_once_and_in_order(fixture: Fixture) {
    let store = &fixture.store;
    for name in ["b", "A", "ö", "C", "a b", "Z", "😀", "_"] {
        store.users().create(new_user(name)).await.unwrap();
        // Targets may share a name.
        store.targets().create(new_target("same")).await.unwrap();
    }

    let users = walk(3, async |page| store.users().list(page, None).await).await;
    let names: Vec<_> = users.into_iter().map(|user| user.name).collect();
    assert_eq!(names, ["_", "A", "a b", "b", "C", "Z", "ö", "😀"]);
    let targets = walk(3, async |page| {
        store.targets().list(page, TargetFilter::default()).await
    });
    let ids: BTreeSet<_> = targets.await.into_iter().map(|target| target.id).collect();
    assert_eq!(ids.len(), 8);
}

async fn rows_of_one_moment_are_not_lost_between_pages(fixture: Fixture) {
    let store = &fixture.store;
    for index in 0..7 {
        if index == 4 {
            fixture.clock.advance(Duration::from_secs(1));
        }
        fixture.session(1).await;
    }

    let rows = walk(2, async |page| store.sessions().list(page).await).await;

    assert_eq!(rows.len(), 7);
    assert!(rows.is_sorted_by(|a, b| (a.opened_at, a.id) > (b.opened_at, b.id)));
}

async fn a_hostile_cursor_is_refused_everywhere(fixture: Fixture) {
    let store = &fixture.store;
    store.users().create(new_user("a")).await.unwrap();
    store.users().create(new_user("b")).await.unwrap();
    let users = store.users().list(Page::first(1), None).await.unwrap();
    for cursor in ["", "%00", "' OR 1=1 --", "bnVsbA", &users.next.unwrap()] {
        let page = || Page {
            cursor: Some(cursor.to_owned()),
            limit: 10,
        };
        assert_conflict(store.sessions().list(page()).await, "bad_cursor");
        assert_conflict(store.groups().list(page(), None).await, "bad_cursor");
        let targets = store.targets().list(page(), TargetFilter::default()).await;
        assert_conflict(targets, "bad_cursor");
        let history = store.history().list(page(), HistoryFilter::default()).await;
        assert_conflict(history, "bad_cursor");
    }
}
