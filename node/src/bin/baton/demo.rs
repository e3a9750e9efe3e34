//! `--demo-target`: makes sure that everybody has targets that work at once.

use node::auth::{DemoTarget, ensure_demo_target};
use schema::store::{Page, Store};
use shared::id::GroupId;

use crate::fatal::Fatal;

/// The group that may use the demo targets; every user is in it.
const GROUP: &str = "Demo users";

/// Makes or updates the demo targets; answers the group that new users join.
pub(crate) async fn ensure(store: &Store, urls: &[String]) -> Result<GroupId, Fatal> {
    let demos = urls.iter().map(|url| {
        DemoTarget::parse(url).map_err(|error| {
            Fatal::usage(format!(
                "--demo-target: {error} Write it like ssh://user:password@127.0.0.1:2222."
            ))
        })
    });
    let demos = demos.collect::<Result<Vec<_>, _>>()?;
    let group = group(store).await?;
    let mut page = Page::first(200);
    loop {
        let users = store.users().list(page, None).await?;
        for user in users.items {
            store.groups().add_member(group, user.id).await?;
        }
        let Some(next) = users.next else { break };
        page = Page {
            cursor: Some(next),
            limit: 200,
        };
    }
    for demo in demos {
        ensure_demo_target(store, demo, group).await?;
    }
    Ok(group)
}

async fn group(store: &Store) -> Result<GroupId, Fatal> {
    let mut page = Page::first(200);
    loop {
        let groups = store.groups().list(page, None).await?;
        if let Some(group) = groups.items.iter().find(|group| group.name == GROUP) {
            return Ok(group.id);
        }
        let Some(next) = groups.next else { break };
        page = Page {
            cursor: Some(next),
            limit: 200,
        };
    }
    Ok(store.groups().create(GROUP).await?.id)
}
