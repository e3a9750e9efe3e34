//! Credentials: sealed, bound to their row, revealed only on request.

use std::fmt::Write as _;

use schema::seal::SealError;
use schema::store::{
    Credential, CredentialChange, CredentialKind, CredentialSecret, Edit, NewCredential, Page,
    StoreError,
};
use sea_orm::{ConnectionTrait as _, DatabaseConnection};
use shared::id::CredentialId;
use shared::secret::Secret;

use crate::fixture::{Fixture, assert_conflict, password, plain, ring};

cases! {
    a_secret_is_read_as_it_was_written,
    a_changed_secret_replaces_the_old_one,
    the_database_never_holds_the_secret,
    a_ciphertext_moved_to_another_row_does_not_open,
    an_old_ciphertext_put_back_does_not_open,
    a_changed_ciphertext_does_not_open,
    a_missing_key_is_named,
    nonsense_is_refused,
}

async fn a_secret_is_read_as_it_was_written(fixture: Fixture) {
    let credentials = fixture.store.credentials();
    let pem = "-----BEGIN OPENSSH PRIVATE KEY-----\nß😀\n";
    for passphrase in [None, Some(Secret::new(String::new()))] {
        let new = NewCredential {
            label: "Deploy key".to_owned(),
            user_name: None,
            secret: CredentialSecret::PrivateKey {
                pem: Secret::new(pem.to_owned()),
                passphrase: passphrase.clone(),
            },
        };
        let made = credentials.create(new).await.unwrap();
        assert_eq!(made.kind, CredentialKind::PrivateKey);

        let revealed = credentials.reveal(made.id).await.unwrap();

        let CredentialSecret::PrivateKey {
            pem: read,
            passphrase: with,
        } = revealed
        else {
            panic!("a private key was stored");
        };
        assert_eq!(read.expose(), pem);
        assert_eq!(with.is_some(), passphrase.is_some());
    }
}

async fn a_changed_secret_replaces_the_old_one(fixture: Fixture) {
    let credentials = fixture.store.credentials();
    let made = credentials.create(password("old")).await.unwrap();
    let change = CredentialChange {
        label: Some("New label".to_owned()),
        user_name: Edit::Clear,
        secret: Some(CredentialSecret::Password(Secret::new("new".to_owned()))),
    };

    let changed = credentials.update(made.id, change).await.unwrap();

    assert_eq!(changed.label, "New label");
    assert_eq!(changed.user_name, None);
    let revealed = credentials.reveal(made.id).await.unwrap();
    assert_eq!(plain(&revealed), "new");
    let untouched = credentials.update(made.id, CredentialChange::default());
    assert_eq!(untouched.await.unwrap().label, "New label");
    assert_eq!(plain(&credentials.reveal(made.id).await.unwrap()), "new");
    let listed = credentials.list(Page::first(9)).await.unwrap();
    assert_eq!(listed.items.len(), 1);
    credentials.delete(made.id).await.unwrap();
    let gone = credentials.reveal(made.id).await;
    assert!(matches!(gone, Err(StoreError::NotFound)), "{gone:?}");
}

async fn sealed(raw: &DatabaseConnection, id: CredentialId) -> Vec<u8> {
    let sql = format!(
        "SELECT sealed FROM credential WHERE id = x'{}'",
        id.as_uuid().simple()
    );
    let statement = sea_orm::Statement::from_string(raw.get_database_backend(), sql);
    let row = raw.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

async fn set_sealed(raw: &DatabaseConnection, id: CredentialId, bytes: &[u8]) {
    let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    let sql = format!(
        "UPDATE credential SET sealed = x'{hex}' WHERE id = x'{}'",
        id.as_uuid().simple()
    );
    let done = raw.execute_unprepared(&sql).await.unwrap();
    assert_eq!(done.rows_affected(), 1);
}

async fn pair(fixture: &Fixture) -> (Credential, Credential) {
    let credentials = fixture.store.credentials();
    let one = credentials.create(password("one")).await.unwrap();
    let two = credentials.create(password("two")).await.unwrap();
    (one, two)
}

#[track_caller]
fn assert_broken(revealed: &Result<CredentialSecret, StoreError>) {
    let is_broken = matches!(revealed, Err(StoreError::Sealed(SealError::Broken)));
    assert!(is_broken, "{revealed:?}");
}

async fn the_database_never_holds_the_secret(fixture: Fixture) {
    let secret = "correct horse battery staple";
    let made = fixture.store.credentials().create(password(secret)).await;
    let bytes = sealed(&fixture.raw().await, made.unwrap().id).await;

    let is_inside = bytes
        .windows(secret.len())
        .any(|window| window == secret.as_bytes());

    assert!(!is_inside);
}

async fn a_ciphertext_moved_to_another_row_does_not_open(fixture: Fixture) {
    let (one, two) = pair(&fixture).await;
    let raw = fixture.raw().await;
    let (of_one, of_two) = (sealed(&raw, one.id).await, sealed(&raw, two.id).await);

    set_sealed(&raw, one.id, &of_two).await;
    set_sealed(&raw, two.id, &of_one).await;

    for id in [one.id, two.id] {
        assert_broken(&fixture.store.credentials().reveal(id).await);
    }
}

async fn an_old_ciphertext_put_back_does_not_open(fixture: Fixture) {
    let (one, _) = pair(&fixture).await;
    let raw = fixture.raw().await;
    let old = sealed(&raw, one.id).await;
    let change = CredentialChange {
        secret: Some(password("fresh").secret),
        ..CredentialChange::default()
    };
    fixture
        .store
        .credentials()
        .update(one.id, change)
        .await
        .unwrap();

    set_sealed(&raw, one.id, &old).await;

    assert_broken(&fixture.store.credentials().reveal(one.id).await);
}

async fn a_changed_ciphertext_does_not_open(fixture: Fixture) {
    let (one, _) = pair(&fixture).await;
    let raw = fixture.raw().await;
    let whole = sealed(&raw, one.id).await;
    for index in [0, 1, 3, 9, 40, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[index] ^= 1;
        set_sealed(&raw, one.id, &changed).await;
        let revealed = fixture.store.credentials().reveal(one.id).await;
        assert!(matches!(revealed, Err(StoreError::Sealed(_))), "{index}");
    }
    for length in [0, 1, 2, 20, whole.len() - 1] {
        set_sealed(&raw, one.id, &whole[..length]).await;
        let revealed = fixture.store.credentials().reveal(one.id).await;
        assert!(matches!(revealed, Err(StoreError::Sealed(_))), "{length}");
    }
}

async fn a_missing_key_is_named(fixture: Fixture) {
    let (one, _) = pair(&fixture).await;
    let elsewhere = fixture.reopen(ring(&[2])).await.unwrap();

    let revealed = elsewhere.credentials().reveal(one.id).await;

    let Err(StoreError::Sealed(error)) = revealed else {
        panic!("a key is missing");
    };
    let text = error.to_string();
    assert_eq!(
        text,
        "sealed with key key-1, which the key ring does not hold"
    );
}

async fn nonsense_is_refused(fixture: Fixture) {
    let credentials = fixture.store.credentials();
    let mut new = password("p");
    new.label = String::new();
    assert_conflict(credentials.create(new).await, "bad_label");
    let mut new = password("p");
    new.user_name = Some("line\nbreak".to_owned());
    assert_conflict(credentials.create(new).await, "bad_user_name");
    let missing = CredentialId::generate();
    assert!(credentials.by_id(missing).await.unwrap().is_none());
    let update = credentials
        .update(missing, CredentialChange::default())
        .await;
    assert!(matches!(update, Err(StoreError::NotFound)), "{update:?}");
}
