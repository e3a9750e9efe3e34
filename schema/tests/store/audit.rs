//! Audit: recorded as told, listed latest first, never tied to what it names.

use std::time::Duration;

use schema::store::{AuditFilter, NewAudit, Outcome, Page};
use serde_json::json;
use shared::id::{SessionId, TargetId, UserId};
use shared::time::{Clock as _, UnixMicros};

use crate::fixture::Fixture;

cases! {
    events_are_listed_latest_first_and_filtered,
    old_events_are_purged_in_batches,
}

async fn events_are_listed_latest_first_and_filtered(fixture: Fixture) {
    let audit = fixture.store.audit();
    let (actor, session) = (UserId::generate(), SessionId::generate());
    let event = |code, actor, session, outcome| NewAudit {
        code,
        actor,
        actor_name: "Évil\0 name".to_owned(),
        address: Some("2001:db8::1".to_owned()),
        session,
        target: Some(TargetId::generate()),
        outcome,
        detail: json!({ "why": "🚪" }),
    };
    for new in [
        event("sign_in", Some(actor), None, Outcome::Denied),
        event("session_open", Some(actor), Some(session), Outcome::Ok),
        event("sign_in", None, None, Outcome::Failed),
    ] {
        fixture.clock.advance(Duration::from_micros(1));
        audit.record(new).await.unwrap();
    }

    let list = async |filter: AuditFilter| audit.list(Page::first(9), filter).await.unwrap().items;
    let all = list(AuditFilter::default()).await;
    let outcomes: Vec<_> = all.iter().map(|row| row.outcome).collect();
    assert_eq!(outcomes, [Outcome::Failed, Outcome::Ok, Outcome::Denied]);
    assert_eq!(all[0].detail, json!({ "why": "🚪" }));
    assert_eq!(all[0].actor_name, "Évil name");
    let by_actor = AuditFilter {
        actor: Some(actor),
        ..AuditFilter::default()
    };
    assert_eq!(list(by_actor).await.len(), 2);
    let by_code = AuditFilter {
        code: Some("sign_in".to_owned()),
        ..AuditFilter::default()
    };
    assert_eq!(list(by_code).await.len(), 2);
    let by_session = AuditFilter {
        session: Some(session),
        ..AuditFilter::default()
    };
    assert_eq!(list(by_session).await.len(), 1);
}

async fn old_events_are_purged_in_batches(fixture: Fixture) {
    let audit = fixture.store.audit();
    for code in ["first", "second", "third"] {
        let event = NewAudit {
            code,
            actor: None,
            actor_name: String::new(),
            address: None,
            session: None,
            target: None,
            outcome: Outcome::Ok,
            detail: json!(null),
        };
        audit.record(event).await.unwrap();
        fixture.clock.advance(Duration::from_secs(1));
    }
    let before = UnixMicros::new(fixture.clock.wall().as_i64() - 1_000_000);
    let codes = async || -> Vec<String> {
        let page = audit.list(Page::first(9), AuditFilter::default()).await;
        let items = page.unwrap().items.into_iter();
        items.map(|row| row.code).collect()
    };

    assert_eq!(audit.purge(before, 1).await.unwrap(), 1);
    assert_eq!(codes().await, ["third", "second"], "the oldest goes first");
    assert_eq!(audit.purge(before, 9).await.unwrap(), 1);
    assert_eq!(audit.purge(before, 9).await.unwrap(), 0);
    assert_eq!(codes().await, ["third"], "what is young enough stays");
}
