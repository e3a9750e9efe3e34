//! Signing in: logins by token, and the one-time setup link.

use std::time::Duration;

use schema::store::{NewLogin, Page, SetupLinkState, StoreError, UserChange};
use shared::id::{LoginId, UserId};
use shared::time::Clock as _;

use crate::fixture::{Fixture, assert_conflict, new_user};

cases! {
    a_login_is_found_by_its_token_until_it_expires,
    logins_end_one_by_one_and_all_at_once,
    a_login_needs_its_user,
    expired_logins_are_purged,
    a_setup_link_works_for_exactly_one_of_twenty,
    a_setup_link_expires_and_is_replaced,
    a_name_that_is_taken_leaves_the_setup_link_usable,
    only_logins_that_still_count_are_live,
}

const HOUR: Duration = Duration::from_hours(1);

fn login(fixture: &Fixture, user: UserId, token: u8) -> NewLogin {
    NewLogin {
        user,
        token_hash: [token; 32],
        expires_at: fixture.clock.wall().plus(HOUR),
        address: "192.0.2.7".to_owned(),
        user_agent: "browser ".repeat(200),
    }
}

async fn a_login_is_found_by_its_token_until_it_expires(fixture: Fixture) {
    let logins = fixture.store.logins();
    let user = fixture.user().await;
    let made = logins.create(login(&fixture, user.id, 1)).await.unwrap();
    assert_eq!(made.user_agent.chars().count(), 512);

    fixture.clock.advance(HOUR / 2);
    logins.touch(made.id).await.unwrap();
    let (found, owner) = logins.by_token_hash(&[1; 32]).await.unwrap().unwrap();
    assert_eq!((found.id, owner.id), (made.id, user.id));
    assert_eq!(found.last_seen_at.since(found.created_at), HOUR / 2);
    assert!(logins.by_token_hash(&[2; 32]).await.unwrap().is_none());

    fixture.clock.advance(HOUR / 2);
    assert!(logins.by_token_hash(&[1; 32]).await.unwrap().is_none());
}

async fn logins_end_one_by_one_and_all_at_once(fixture: Fixture) {
    let logins = fixture.store.logins();
    let (user, other) = (fixture.user().await, fixture.user().await);
    let mut ids = Vec::new();
    for token in 1..=3 {
        fixture.clock.advance(Duration::from_secs(1));
        let new = login(&fixture, user.id, token);
        ids.push(logins.create(new).await.unwrap().id);
    }
    logins.create(login(&fixture, other.id, 9)).await.unwrap();

    let listed = logins.list(user.id).await.unwrap();
    let listed: Vec<_> = listed.into_iter().map(|login| login.id).collect();
    assert_eq!(listed, [ids[2], ids[1], ids[0]]);

    logins.end(ids[0]).await.unwrap();
    let again = logins.end(ids[0]).await;
    assert!(matches!(again, Err(StoreError::NotFound)), "{again:?}");
    assert_eq!(logins.end_all(user.id).await.unwrap(), 2);
    assert!(logins.by_token_hash(&[3; 32]).await.unwrap().is_none());
    assert!(logins.by_token_hash(&[9; 32]).await.unwrap().is_some());
}

async fn a_login_needs_its_user(fixture: Fixture) {
    let logins = fixture.store.logins();
    let nobody = login(&fixture, UserId::generate(), 1);
    assert_conflict(logins.create(nobody).await, "unknown_user");
    let touch = logins.touch(LoginId::generate()).await;
    assert!(matches!(touch, Err(StoreError::NotFound)), "{touch:?}");

    let user = fixture.user().await;
    logins.create(login(&fixture, user.id, 2)).await.unwrap();
    fixture.store.users().delete(user.id).await.unwrap();
    assert!(logins.by_token_hash(&[2; 32]).await.unwrap().is_none());
}

async fn expired_logins_are_purged(fixture: Fixture) {
    let logins = fixture.store.logins();
    let user = fixture.user().await;
    logins.create(login(&fixture, user.id, 1)).await.unwrap();
    fixture.clock.advance(HOUR * 2);
    logins.create(login(&fixture, user.id, 2)).await.unwrap();

    assert_eq!(logins.purge(fixture.clock.wall()).await.unwrap(), 1);
    assert_eq!(logins.purge(fixture.clock.wall()).await.unwrap(), 0);
    assert!(logins.by_token_hash(&[2; 32]).await.unwrap().is_some());
}

async fn a_setup_link_works_for_exactly_one_of_twenty(fixture: Fixture) {
    let links = fixture.store.setup_links();
    let hash = [7; 32];
    let expires_at = fixture.clock.wall().plus(HOUR);
    links.replace(hash, expires_at).await.unwrap();
    assert_eq!(links.state(hash).await.unwrap(), SetupLinkState::Usable);

    let mut consumers = tokio::task::JoinSet::new();
    for number in 0..20 {
        let store = fixture.store.clone();
        let admin = new_user(&format!("admin {number}"));
        consumers.spawn(async move {
            let made = store.setup_links().redeem(hash, admin).await;
            made.unwrap().is_some()
        });
    }
    let won = consumers.join_all().await;

    assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
    assert_eq!(links.state(hash).await.unwrap(), SetupLinkState::Used);
    assert!(!redeems(&fixture, hash).await);
    let users = fixture.store.users().list(Page::first(50), None).await;
    assert_eq!(users.unwrap().items.len(), 1);
}

async fn redeems(fixture: &Fixture, hash: [u8; 32]) -> bool {
    let admin = new_user(&format!("user of {}", hash[0]));
    let made = fixture.store.setup_links().redeem(hash, admin).await;
    made.unwrap().is_some()
}

async fn a_name_that_is_taken_leaves_the_setup_link_usable(fixture: Fixture) {
    let links = fixture.store.setup_links();
    let taken = fixture.user().await.name;
    let expires_at = fixture.clock.wall().plus(HOUR);
    links.replace([5; 32], expires_at).await.unwrap();

    assert_conflict(links.redeem([5; 32], new_user(&taken)).await, "name_taken");

    assert_eq!(links.state([5; 32]).await.unwrap(), SetupLinkState::Usable);
    assert!(redeems(&fixture, [5; 32]).await);
}

async fn only_logins_that_still_count_are_live(fixture: Fixture) {
    let (store, logins) = (&fixture.store, fixture.store.logins());
    let (admin, user, disabled) = (
        fixture.admin().await,
        fixture.user().await,
        fixture.user().await,
    );
    let mut ids = Vec::new();
    for (token, owner) in [(1, &admin), (2, &user), (3, &user), (4, &disabled)] {
        let new = login(&fixture, owner.id, token);
        ids.push(logins.create(new).await.unwrap().id);
    }
    logins.end(ids[2]).await.unwrap();
    let disable = UserChange {
        is_disabled: Some(true),
        ..UserChange::default()
    };
    store.users().update(disabled.id, disable).await.unwrap();
    // More than one statement asks for.
    let mut asked: Vec<_> = (0..600).map(|_| LoginId::generate()).collect();
    asked.extend(&ids);

    let mut live = logins.live(&asked).await.unwrap();

    live.sort_by_key(|login| !login.is_admin);
    let found: Vec<_> = live.iter().map(|l| (l.id, l.user, l.is_admin)).collect();
    assert_eq!(found, [(ids[0], admin.id, true), (ids[1], user.id, false)]);
    fixture.clock.advance(HOUR);
    assert!(logins.live(&asked).await.unwrap().is_empty());
}

async fn a_setup_link_expires_and_is_replaced(fixture: Fixture) {
    let links = fixture.store.setup_links();
    let expires_at = fixture.clock.wall().plus(HOUR);
    links.replace([1; 32], expires_at).await.unwrap();
    links.replace([2; 32], expires_at).await.unwrap();
    assert_eq!(links.state([1; 32]).await.unwrap(), SetupLinkState::Unknown);
    assert!(!redeems(&fixture, [1; 32]).await);

    fixture.clock.advance(HOUR);

    assert_eq!(links.state([2; 32]).await.unwrap(), SetupLinkState::Expired);
    assert!(!redeems(&fixture, [2; 32]).await);
    // A used link is still known as used after it was replaced.
    let expires_at = fixture.clock.wall().plus(HOUR);
    links.replace([3; 32], expires_at).await.unwrap();
    assert!(redeems(&fixture, [3; 32]).await);
    links.replace([4; 32], expires_at).await.unwrap();
    assert_eq!(links.state([3; 32]).await.unwrap(), SetupLinkState::Used);
}
