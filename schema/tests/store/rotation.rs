//! Rotation: data keys move to the current key while secrets stay readable.

use schema::seal::SealError;
use schema::store::{CredentialChange, Rotation, StoreError};

use crate::fixture::{Fixture, key, password, plain, ring};

cases! {
    two_keys_open_what_either_sealed,
    rotation_rewraps_everything_and_frees_the_old_key,
    rotation_goes_on_where_it_stopped,
    rotation_and_changes_do_not_lose_each_other,
    a_ring_without_a_needed_key_is_refused,
}

async fn two_keys_open_what_either_sealed(fixture: Fixture) {
    let old = fixture
        .store
        .credentials()
        .create(password("old"))
        .await
        .unwrap();
    let both = fixture.reopen(ring(&[2, 1])).await.unwrap();
    let new = both.credentials().create(password("new")).await.unwrap();

    assert_eq!(
        plain(&both.credentials().reveal(old.id).await.unwrap()),
        "old"
    );
    assert_eq!(
        plain(&both.credentials().reveal(new.id).await.unwrap()),
        "new"
    );
    let usage = both.key_usage().await.unwrap();
    assert_eq!(usage, [(key(1).0, 1), (key(2).0, 1)]);
    let behind = fixture.store.credentials().reveal(new.id).await;
    let is_named = matches!(
        &behind,
        Err(StoreError::Sealed(SealError::UnknownKey { key: missing })) if *missing == key(2).0
    );
    assert!(is_named, "{behind:?}");
}

async fn rotation_rewraps_everything_and_frees_the_old_key(fixture: Fixture) {
    let mut ids = Vec::new();
    for index in 0..130 {
        let new = password(&index.to_string());
        ids.push(fixture.store.credentials().create(new).await.unwrap().id);
    }
    let both = fixture.reopen(ring(&[2, 1])).await.unwrap();
    let mut reports = Vec::new();

    let done = both
        .rotate_keys(|progress| reports.push(progress))
        .await
        .unwrap();

    let whole = Rotation {
        rewrapped: 130,
        remaining: 0,
    };
    assert_eq!(done, whole);
    let half = Rotation {
        rewrapped: 100,
        remaining: 30,
    };
    assert_eq!(reports, [half, whole]);
    assert_eq!(both.key_usage().await.unwrap(), [(key(2).0, 130)]);
    let without_old = fixture.reopen(ring(&[2])).await.unwrap();
    for (index, id) in ids.into_iter().enumerate() {
        let revealed = without_old.credentials().reveal(id).await.unwrap();
        assert_eq!(plain(&revealed), index.to_string());
    }
    let again = both.rotate_keys(|_| panic!("nothing is left to do")).await;
    assert_eq!(again.unwrap(), Rotation::default());
}

async fn rotation_goes_on_where_it_stopped(fixture: Fixture) {
    for index in 0..3 {
        let new = password(&index.to_string());
        fixture.store.credentials().create(new).await.unwrap();
    }
    let foreign = fixture.reopen(ring(&[3])).await.unwrap();
    foreign
        .credentials()
        .create(password("foreign"))
        .await
        .unwrap();
    let two = fixture.reopen(ring(&[2, 1])).await.unwrap();

    let stopped = two.rotate_keys(|_| ()).await;

    let is_named = matches!(
        &stopped,
        Err(StoreError::Sealed(SealError::UnknownKey { key: missing })) if *missing == key(3).0
    );
    assert!(is_named, "{stopped:?}");
    let all = fixture.reopen(ring(&[2, 1, 3])).await.unwrap();
    let done = all.rotate_keys(|_| ()).await.unwrap();
    assert_eq!(
        done,
        Rotation {
            rewrapped: 1,
            remaining: 0
        }
    );
}

async fn rotation_and_changes_do_not_lose_each_other(fixture: Fixture) {
    let mut ids = Vec::new();
    for _ in 0..40 {
        ids.push(
            fixture
                .store
                .credentials()
                .create(password("old"))
                .await
                .unwrap()
                .id,
        );
    }
    let both = fixture.reopen(ring(&[2, 1])).await.unwrap();
    let writer = {
        let (store, ids) = (both.clone(), ids.clone());
        async move {
            for id in ids {
                let change = CredentialChange {
                    secret: Some(password("new").secret),
                    ..CredentialChange::default()
                };
                store.credentials().update(id, change).await.unwrap();
            }
        }
    };

    let (rotated, ()) = tokio::join!(both.rotate_keys(|_| ()), writer);

    assert_eq!(rotated.unwrap().remaining, 0);
    for id in ids {
        let revealed = both.credentials().reveal(id).await.unwrap();
        assert_eq!(plain(&revealed), "new");
    }
}

async fn a_ring_without_a_needed_key_is_refused(fixture: Fixture) {
    fixture.store.refuse_missing_keys().await.unwrap();
    let fresh = fixture.reopen(ring(&[2])).await.unwrap();
    fresh.refuse_missing_keys().await.unwrap();

    let credentials = fixture.store.credentials();
    credentials.create(password("sealed")).await.unwrap();

    fixture.store.refuse_missing_keys().await.unwrap();
    let refused = fresh.refuse_missing_keys().await;
    let is_named = matches!(
        &refused,
        Err(StoreError::Sealed(SealError::UnknownKey { key: missing })) if *missing == key(1).0
    );
    assert!(is_named, "{refused:?}");
    let both = fresh.with_keys(ring(&[2, 1]));
    both.refuse_missing_keys().await.unwrap();
}
