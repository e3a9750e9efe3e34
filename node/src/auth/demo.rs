//! Demo targets: addresses with a password, as `--demo-target` gives them.

use percent_encoding::percent_decode_str;
use schema::store::{
    CredentialChange, CredentialSecret, Edit, NewCredential, NewTarget, Page, Store, StoreError,
    Subject, Target, TargetChange, TargetFilter,
};
use shared::id::GroupId;
use shared::secret::Secret;

use super::target_settings::StoredSettings;
use super::{QuickAddress, QuickError};
use crate::driver::Protocol;

/// What people see.
const fn name_of(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Ssh => "Demo shell",
        Protocol::Vnc => "Demo desktop",
    }
}

/// Where to find the demo, and how to get in.
#[derive(Clone, Debug)]
pub struct DemoTarget {
    address: QuickAddress,
    password: Secret<String>,
}

impl DemoTarget {
    /// Reads `ssh://user:password@host:port` or `vnc://:password@host:port`.
    ///
    /// # Errors
    /// With a sentence that says what is missing.
    pub fn parse(url: &str) -> Result<Self, QuickError> {
        let (scheme, rest) = url.split_once("://").ok_or(QuickError::Empty)?;
        let (user, place) = rest.rsplit_once('@').ok_or(QuickError::User)?;
        let (user, password) = user.split_once(':').ok_or(QuickError::User)?;
        let password = percent_decode_str(password)
            .decode_utf8()
            .map_err(|_not_utf8| QuickError::User)?;
        Ok(Self {
            address: QuickAddress::parse(&format!("{scheme}://{user}@{place}"))?,
            password: Secret::new(password.into_owned()),
        })
    }
}

/// Makes the demo target, or brings it up to date: each run of the demo has another port and
/// another password, and its own host key.
///
/// # Errors
/// When the database fails.
pub async fn ensure_demo_target(
    store: &Store,
    demo: DemoTarget,
    group: GroupId,
) -> Result<(), StoreError> {
    let secret = CredentialSecret::Password(demo.password);
    let user_name = demo.address.user.clone();
    let settings = |old: StoredSettings| StoredSettings {
        user_name: user_name.clone().unwrap_or_default(),
        ..old
    };
    let (place, protocol) = (demo.address.address, demo.address.protocol);
    let known = find(store, protocol).await?;
    let credential = if let Some(id) = known.as_ref().and_then(|target| target.credential) {
        let change = CredentialChange {
            user_name: user_name.clone().into(),
            secret: Some(secret),
            ..CredentialChange::default()
        };
        store.credentials().update(id, change).await?.id
    } else {
        let new = NewCredential {
            label: name_of(protocol).to_owned(),
            user_name: user_name.clone(),
            secret,
        };
        store.credentials().create(new).await?.id
    };
    let target = if let Some(target) = known {
        let change = TargetChange {
            host: Some(place.host),
            port: Some(place.port),
            settings: Some(settings(StoredSettings::read(&target.settings)).write()),
            credential: Edit::Set(credential),
            ..TargetChange::default()
        };
        store.targets().update(target.id, change).await?.id
    } else {
        let new = NewTarget {
            name: name_of(protocol).to_owned(),
            folder: String::new(),
            protocol: protocol.name().to_owned(),
            host: place.host,
            port: place.port,
            settings: settings(StoredSettings::default()).write(),
            jump: None,
            credential: Some(credential),
        };
        store.targets().create(new).await?.id
    };
    store.targets().forget_host_keys(target).await?;
    match store.grants().create(target, Subject::Group(group)).await {
        Ok(_) | Err(StoreError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn find(store: &Store, protocol: Protocol) -> Result<Option<Target>, StoreError> {
    let filter = TargetFilter {
        search: Some(name_of(protocol).to_owned()),
        ..TargetFilter::default()
    };
    let found = store.targets().list(Page::first(200), filter).await?;
    let is_it =
        |target: &Target| target.name == name_of(protocol) && target.protocol == protocol.name();
    Ok(found.items.into_iter().find(is_it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_needs_user_password_and_host() {
        let demo = DemoTarget::parse("ssh://demo:a%40b@127.0.0.1:2222").unwrap();
        assert_eq!(demo.address.user.as_deref(), Some("demo"));
        assert_eq!(demo.password.expose(), "a@b");
        let desktop = DemoTarget::parse("vnc://:secret@127.0.0.1:5901").unwrap();
        assert_eq!(desktop.address.user, None);
        assert_eq!(desktop.address.protocol, Protocol::Vnc);
        for wrong in ["", "ssh://demo@h", "http://a:b@h", "ssh://a:b@"] {
            assert!(DemoTarget::parse(wrong).is_err(), "{wrong}");
        }
    }
}
