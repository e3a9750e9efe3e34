//! Users: names, the last admin, and what leaves with a user.

use schema::store::{NewUser, Page, StoreError, Subject, UserChange};
use shared::id::UserId;
use shared::secret::Secret;

use crate::fixture::{Fixture, assert_conflict, new_target, new_user};

cases! {
    names_are_found_and_refused_in_any_case,
    bad_names_are_refused,
    text_of_every_plane_survives,
    the_last_admin_can_neither_leave_nor_be_shut_out,
    two_admins_cannot_remove_each_other,
    a_user_leaves_with_memberships_and_grants,
    passwords_and_sign_ins_are_noted,
    a_missing_user_is_not_found,
    search_takes_patterns_literally,
}

async fn names_are_found_and_refused_in_any_case(fixture: Fixture) {
    let users = fixture.store.users();
    let made = users.create(new_user("  Élodie ")).await.unwrap();
    assert_eq!(made.name, "Élodie");
    assert_eq!(made.display_name, "Élodie");

    let found = users.by_name("éLODIE").await.unwrap().unwrap();

    assert_eq!(found.id, made.id);
    assert_conflict(users.create(new_user("ÉLODIE")).await, "name_taken");
    // Another letter is another name, whatever a database's collation thinks.
    users.create(new_user("elodie")).await.unwrap();
}

async fn bad_names_are_refused(fixture: Fixture) {
    let users = fixture.store.users();
    let long = "x".repeat(129);
    for name in ["", "   ", "a\nb", "nul\0", &long] {
        assert_conflict(users.create(new_user(name)).await, "bad_name");
    }
    users.create(new_user(&"x".repeat(128))).await.unwrap();
    // Grows when lower-cased, and still has its place.
    users.create(new_user(&"İ".repeat(100))).await.unwrap();
}

async fn text_of_every_plane_survives(fixture: Fixture) {
    let users = fixture.store.users();
    let new = NewUser {
        display_name: "👩‍💻 名前 \u{10FFFF}".to_owned(),
        ..new_user("astral")
    };
    let made = users.create(new).await.unwrap();

    let read = users.by_id(made.id).await.unwrap().unwrap();

    assert_eq!(read.display_name, "👩‍💻 名前 \u{10FFFF}");
}

async fn the_last_admin_can_neither_leave_nor_be_shut_out(fixture: Fixture) {
    let users = fixture.store.users();
    assert!(!users.has_any_admin().await.unwrap());
    let admin = fixture.admin().await;
    assert!(users.has_any_admin().await.unwrap());
    let demote = UserChange {
        is_admin: Some(false),
        ..UserChange::default()
    };
    let disable = UserChange {
        is_disabled: Some(true),
        ..UserChange::default()
    };

    assert_conflict(users.update(admin.id, demote.clone()).await, "last_admin");
    assert_conflict(users.update(admin.id, disable.clone()).await, "last_admin");
    assert_conflict(users.delete(admin.id).await, "last_admin");

    // A disabled second admin does not help; an enabled one does.
    let second = fixture.admin().await;
    users.update(second.id, disable).await.unwrap();
    assert_conflict(users.delete(admin.id).await, "last_admin");
    let enable = UserChange {
        is_disabled: Some(false),
        ..UserChange::default()
    };
    users.update(second.id, enable).await.unwrap();
    users.update(admin.id, demote).await.unwrap();
    assert_conflict(users.delete(second.id).await, "last_admin");
}

async fn two_admins_cannot_remove_each_other(fixture: Fixture) {
    for _ in 0..5 {
        let (one, two) = (fixture.admin().await, fixture.admin().await);
        let demote = |id: UserId| {
            let store = fixture.store.clone();
            async move {
                let change = UserChange {
                    is_admin: Some(false),
                    ..UserChange::default()
                };
                store.users().update(id, change).await
            }
        };

        let (first, second) = tokio::join!(demote(one.id), demote(two.id));

        assert!(fixture.store.users().has_any_admin().await.unwrap());
        let refused = [first, second]
            .into_iter()
            .filter(Result::is_err)
            .map(Result::unwrap_err);
        for error in refused {
            assert!(
                matches!(
                    error,
                    StoreError::Conflict { what: "last_admin" } | StoreError::Locked
                ),
                "{error:?}"
            );
        }
    }
}

async fn a_user_leaves_with_memberships_and_grants(fixture: Fixture) {
    let store = &fixture.store;
    let user = fixture.user().await;
    let group = store.groups().create("Staff").await.unwrap();
    store.groups().add_member(group.id, user.id).await.unwrap();
    let target = store.targets().create(new_target("t")).await.unwrap();
    let subject = Subject::User(user.id);
    store.grants().create(target.id, subject).await.unwrap();

    store.users().delete(user.id).await.unwrap();

    let members = store.groups().members(group.id, Page::first(9)).await;
    assert!(members.unwrap().items.is_empty());
    let grants = store.grants().list_for_target(target.id, Page::first(9));
    assert!(grants.await.unwrap().items.is_empty());
}

async fn passwords_and_sign_ins_are_noted(fixture: Fixture) {
    let users = fixture.store.users();
    let user = fixture.user().await;
    assert_eq!(user.last_sign_in_at, None);

    let hash = Secret::new("$argon2id$new".to_owned());
    users.set_password(user.id, hash, true).await.unwrap();
    users.record_sign_in(user.id).await.unwrap();

    let read = users.by_id(user.id).await.unwrap().unwrap();
    assert_eq!(read.password_hash.unwrap().expose(), "$argon2id$new");
    assert!(read.must_change_password);
    assert_eq!(read.last_sign_in_at, Some(read.created_at));
    // Noting the same moment again still finds the row.
    users.record_sign_in(user.id).await.unwrap();
}

async fn a_missing_user_is_not_found(fixture: Fixture) {
    let users = fixture.store.users();
    fixture.admin().await;
    let nobody = UserId::generate();

    assert!(users.by_id(nobody).await.unwrap().is_none());
    assert!(users.by_name("nobody").await.unwrap().is_none());
    let update = users.update(nobody, UserChange::default()).await;
    assert!(matches!(update, Err(StoreError::NotFound)), "{update:?}");
    let delete = users.delete(nobody).await;
    assert!(matches!(delete, Err(StoreError::NotFound)), "{delete:?}");
    let sign_in = users.record_sign_in(nobody).await;
    assert!(matches!(sign_in, Err(StoreError::NotFound)), "{sign_in:?}");
}

async fn search_takes_patterns_literally(fixture: Fixture) {
    let users = fixture.store.users();
    for name in [
        "per%cent",
        "under_score",
        "back\\slash",
        "bang!bang",
        "quote'",
    ] {
        users.create(new_user(name)).await.unwrap();
    }
    for (search, hit) in [
        ("%", "per%cent"),
        ("R_S", "under_score"),
        ("\\", "back\\slash"),
        ("G!B", "bang!bang"),
        ("'", "quote'"),
    ] {
        let page = users.list(Page::first(50), Some(search)).await.unwrap();
        let names: Vec<_> = page.items.into_iter().map(|user| user.name).collect();
        assert_eq!(names, [hit], "searching {search:?}");
    }
    let all = users.list(Page::first(50), Some("  ")).await.unwrap();
    assert_eq!(all.items.len(), 5);
}
