//! Access: groups, grants, and what a user therefore sees.

use schema::store::{Page, StoreError, Subject, TargetFilter, UserChange};
use shared::id::{GrantId, GroupId, TargetId, UserId};

use crate::fixture::{Fixture, assert_conflict, new_target};

cases! {
    a_grant_reaches_its_user_and_its_group_only,
    a_disabled_user_may_use_nothing,
    a_grant_is_given_once_and_to_what_exists,
    a_grant_ends_with_its_group_and_its_target,
    groups_have_unique_names_and_members,
    folders_show_only_what_may_be_used,
}

async fn names_of(fixture: &Fixture, user: UserId) -> Vec<String> {
    let filter = TargetFilter {
        usable_by: Some(user),
        ..TargetFilter::default()
    };
    let page = fixture.store.targets().list(Page::first(200), filter).await;
    let items = page.unwrap().items.into_iter();
    items.map(|target| target.name).collect()
}

async fn a_grant_reaches_its_user_and_its_group_only(fixture: Fixture) {
    let store = &fixture.store;
    let (direct, member, stranger) = (
        fixture.user().await,
        fixture.user().await,
        fixture.user().await,
    );
    let target = store.targets().create(new_target("Mail")).await.unwrap();
    store.targets().create(new_target("Other")).await.unwrap();
    let group = store.groups().create("Postmasters").await.unwrap();
    store
        .groups()
        .add_member(group.id, member.id)
        .await
        .unwrap();
    let grants = store.grants();
    for subject in [Subject::User(direct.id), Subject::Group(group.id)] {
        let grant = grants.create(target.id, subject).await.unwrap();
        assert_eq!((grant.target, grant.subject), (target.id, subject));
    }

    assert!(grants.may_use(direct.id, target.id).await.unwrap());
    assert!(grants.may_use(member.id, target.id).await.unwrap());
    assert!(!grants.may_use(stranger.id, target.id).await.unwrap());
    assert!(
        !grants
            .may_use(direct.id, TargetId::generate())
            .await
            .unwrap()
    );
    assert!(!grants.may_use(UserId::generate(), target.id).await.unwrap());
    assert_eq!(names_of(&fixture, direct.id).await, ["Mail"]);
    assert_eq!(names_of(&fixture, member.id).await, ["Mail"]);
    assert!(names_of(&fixture, stranger.id).await.is_empty());

    store
        .groups()
        .remove_member(group.id, member.id)
        .await
        .unwrap();
    assert!(!grants.may_use(member.id, target.id).await.unwrap());
}

async fn a_disabled_user_may_use_nothing(fixture: Fixture) {
    let store = &fixture.store;
    let (user, target) = (fixture.user().await, fixture.target().await);
    let subject = Subject::User(user.id);
    store.grants().create(target.id, subject).await.unwrap();
    let disable = UserChange {
        is_disabled: Some(true),
        ..UserChange::default()
    };

    store.users().update(user.id, disable).await.unwrap();

    assert!(!store.grants().may_use(user.id, target.id).await.unwrap());
}

async fn a_grant_is_given_once_and_to_what_exists(fixture: Fixture) {
    let grants = fixture.store.grants();
    let (user, target) = (fixture.user().await, fixture.target().await);
    let subject = Subject::User(user.id);
    let grant = grants.create(target.id, subject).await.unwrap();

    assert_conflict(grants.create(target.id, subject).await, "grant_exists");
    let nobody = Subject::User(UserId::generate());
    assert_conflict(grants.create(target.id, nobody).await, "unknown_reference");
    let none = Subject::Group(GroupId::generate());
    assert_conflict(grants.create(target.id, none).await, "unknown_reference");
    let nowhere = TargetId::generate();
    assert_conflict(grants.create(nowhere, subject).await, "unknown_reference");

    grants.delete(grant.id).await.unwrap();
    assert!(!grants.may_use(user.id, target.id).await.unwrap());
    let missing = grants.delete(GrantId::generate()).await;
    assert!(matches!(missing, Err(StoreError::NotFound)), "{missing:?}");
}

async fn a_grant_ends_with_its_group_and_its_target(fixture: Fixture) {
    let store = &fixture.store;
    let (user, target) = (fixture.user().await, fixture.target().await);
    let group = store.groups().create("Crew").await.unwrap();
    store.groups().add_member(group.id, user.id).await.unwrap();
    let subject = Subject::Group(group.id);
    store.grants().create(target.id, subject).await.unwrap();

    store.groups().delete(group.id).await.unwrap();

    assert!(!store.grants().may_use(user.id, target.id).await.unwrap());
    assert!(store.groups().of_user(user.id).await.unwrap().is_empty());
    store
        .grants()
        .create(target.id, Subject::User(user.id))
        .await
        .unwrap();
    store.targets().delete(target.id).await.unwrap();
    assert!(names_of(&fixture, user.id).await.is_empty());
}

async fn groups_have_unique_names_and_members(fixture: Fixture) {
    let groups = fixture.store.groups();
    let group = groups.create("Ops").await.unwrap();
    let other = groups.create("Dev").await.unwrap();
    assert_conflict(groups.create(" oPS ").await, "name_taken");
    assert_conflict(groups.rename(other.id, "OPS").await, "name_taken");
    assert_conflict(groups.rename(other.id, "").await, "bad_name");
    assert_eq!(groups.rename(group.id, "OPS").await.unwrap().name, "OPS");

    let user = fixture.user().await;
    groups.add_member(group.id, user.id).await.unwrap();
    groups.add_member(group.id, user.id).await.unwrap();
    let nobody = groups.add_member(group.id, UserId::generate()).await;
    assert!(matches!(nobody, Err(StoreError::NotFound)), "{nobody:?}");

    let members = groups.members(group.id, Page::first(9)).await.unwrap();
    assert_eq!(members.items.len(), 1);
    let of_user = groups.of_user(user.id).await.unwrap();
    assert_eq!(of_user.first().map(|group| &*group.name), Some("OPS"));
    groups.remove_member(group.id, user.id).await.unwrap();
    let again = groups.remove_member(group.id, user.id).await;
    assert!(matches!(again, Err(StoreError::NotFound)), "{again:?}");
    let names = groups.list(Page::first(9), None).await.unwrap().items;
    let names: Vec<_> = names.into_iter().map(|group| group.name).collect();
    assert_eq!(names, ["Dev", "OPS"]);
    let found = groups.list(Page::first(9), Some("p")).await.unwrap().items;
    assert_eq!(found.first().map(|group| &*group.name), Some("OPS"));
    assert_eq!(found.len(), 1);
}

async fn folders_show_only_what_may_be_used(fixture: Fixture) {
    let store = &fixture.store;
    let user = fixture.user().await;
    for (name, folder) in [
        ("a", " Lab / Linux/ "),
        ("b", "Lab"),
        ("c", ""),
        ("d", "Lab"),
    ] {
        let mut new = new_target(name);
        folder.clone_into(&mut new.folder);
        let target = store.targets().create(new).await.unwrap();
        if name == "a" {
            let subject = Subject::User(user.id);
            store.grants().create(target.id, subject).await.unwrap();
        }
    }

    let all = store.targets().folders(None).await.unwrap();
    assert_eq!(all, ["Lab", "Lab/Linux"]);
    let own = store.targets().folders(Some(user.id)).await.unwrap();
    assert_eq!(own, ["Lab/Linux"]);
    let filter = TargetFilter {
        folder: Some("/Lab/".to_owned()),
        ..TargetFilter::default()
    };
    let listed = store.targets().list(Page::first(9), filter).await.unwrap();
    assert_eq!(listed.items.len(), 2);
}
