//! Authorisation: the only place that turns a wish into permission to dial.
//!
//! The decision is a pure function; around it, what it needs is loaded and the grant is put
//! together. A right to a target includes its jump hosts, as a way only: an admin chained them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use schema::store::{CredentialSecret, Store, StoreError, Target};
use shared::id::{SessionId, TargetId, UserId};
use shared::limits::MOST_JUMPS;
use shared::terminal::TerminalSize;

use super::target_settings::StoredSettings;
use super::{Caller, QuickAddress, TargetSettings};
use crate::config::{Network, Targets};
use crate::driver::{
    AddressPolicy, Credential, GrantParts, Identity, Protocol, TargetAddress, TargetGrant,
    VncSettings,
};

/// Every way to say "this machine": loopback, and the unspecified addresses, which Linux connects to
/// loopback as well. Not left to the configured list, which may be another than the default.
const LOOPBACK: [(IpAddr, u8); 4] = [
    (IpAddr::V4(Ipv4Addr::LOCALHOST), 8),
    (IpAddr::V4(Ipv4Addr::UNSPECIFIED), 8),
    (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
    (IpAddr::V6(Ipv6Addr::UNSPECIFIED), 128),
];

/// What somebody wants to reach.
#[derive(Clone, Debug)]
pub enum Wish {
    /// A stored target.
    Target(TargetId),
    /// An address typed in.
    Quick(QuickAddress),
    /// A target that is not stored (yet): only for trying out what an admin edits.
    Draft(Box<Draft>),
}

/// A target as an admin is editing it.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The stored target it changes; its keys, and its secret when no other is given, are used.
    pub target: Option<TargetId>,
    /// Which driver dials.
    pub protocol: Protocol,
    /// Where it listens.
    pub address: TargetAddress,
    /// Its settings.
    pub settings: TargetSettings,
    /// Who to be.
    pub user_name: Option<String>,
    /// The secret typed in, if any.
    pub secret: Option<Credential>,
    /// Go through this target.
    pub jump: Option<TargetId>,
}

/// Permission, and what to call the session.
#[derive(Debug)]
pub struct Permit {
    /// Permission to dial, once.
    pub grant: TargetGrant,
    /// The target's name, or the address typed in.
    pub title: String,
}

/// Why there is no permission, split by what the caller answers.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// No such target, or none this user may know of.
    #[error("no such target")]
    NotFound,
    /// Quick connect is switched off.
    #[error("quick connect is switched off")]
    QuickConnectOff,
    /// Only admins.
    #[error("only admins may do this")]
    AdminsOnly,
    /// The jump hosts go in a circle, or there are too many.
    #[error("jump hosts go in a circle or are too many")]
    Jumps,
    /// A newer node has stored it; this one does not speak its protocol.
    #[error("target has a protocol this node does not speak")]
    UnknownProtocol,
    /// A desktop cannot be reached through a jump host.
    #[error("desktop targets have no jump hosts")]
    DesktopJump,
    /// A jump host must speak SSH.
    #[error("jump host does not speak SSH")]
    JumpProtocol,
    /// The store failed.
    #[error("store failed")]
    Store(#[from] StoreError),
}

/// What the decision looks at.
#[derive(Clone, Copy, Debug)]
struct Facts {
    is_admin: bool,
    wants: Wants,
    quick_connect: bool,
}

#[derive(Clone, Copy, Debug)]
enum Wants {
    Target { is_granted: bool },
    Quick,
    Draft,
}

/// The decision itself.
const fn decide(facts: Facts) -> Result<(), Denied> {
    match facts.wants {
        Wants::Target { is_granted } if facts.is_admin || is_granted => Ok(()),
        Wants::Target { .. } => Err(Denied::NotFound),
        Wants::Quick if facts.quick_connect => Ok(()),
        Wants::Quick => Err(Denied::QuickConnectOff),
        Wants::Draft if facts.is_admin => Ok(()),
        Wants::Draft => Err(Denied::AdminsOnly),
    }
}

/// Loads what decisions need and makes grants. Clones share the store.
#[derive(Clone, Debug)]
pub struct Authoriser {
    store: Store,
    policy: Targets,
}

impl Authoriser {
    /// With the address policy and switches of the configuration.
    pub const fn new(store: Store, policy: Targets) -> Self {
        Self { store, policy }
    }

    /// Whether quick connect is switched on.
    pub const fn has_quick_connect(&self) -> bool {
        self.policy.quick_connect
    }

    /// Decides whether `caller` may reach what it wishes, and makes the grant.
    ///
    /// # Errors
    /// Why not.
    pub async fn authorise(
        &self,
        caller: &Caller,
        session: SessionId,
        wish: Wish,
        size: TerminalSize,
    ) -> Result<Permit, Denied> {
        let wants = match &wish {
            Wish::Target(id) => Wants::Target {
                is_granted: self.store.grants().may_use(caller.user, *id).await?,
            },
            Wish::Quick(_) => Wants::Quick,
            Wish::Draft(_) => Wants::Draft,
        };
        decide(Facts {
            is_admin: caller.is_admin,
            wants,
            quick_connect: self.policy.quick_connect,
        })?;
        let ticket = Ticket {
            session,
            user: caller.user,
            size,
        };
        match wish {
            Wish::Target(id) => self.stored(ticket, id).await,
            Wish::Quick(quick) => Ok(self.quick(ticket, quick, caller.is_admin)),
            Wish::Draft(draft) => self.draft(ticket, *draft).await,
        }
    }

    /// Whether a user may still use a target: asked again while sessions run.
    ///
    /// # Errors
    /// When the store fails; nothing is revoked then (LAW 3).
    pub async fn may_still_use(
        &self,
        user: UserId,
        target: Option<TargetId>,
    ) -> Result<bool, StoreError> {
        let Some(known) = self.store.users().by_id(user).await? else {
            return Ok(false);
        };
        if known.is_disabled {
            return Ok(false);
        }
        match target {
            _ if known.is_admin => Ok(true),
            None => Ok(true),
            Some(target) => self.store.grants().may_use(user, target).await,
        }
    }

    async fn stored(&self, ticket: Ticket, id: TargetId) -> Result<Permit, Denied> {
        let target = self.load(id).await?;
        let title = target.name.clone();
        let jump = self.jumps(ticket, target.jump, vec![id]).await?;
        let grant = self.issue(ticket, &target, jump).await?;
        Ok(Permit { grant, title })
    }

    fn quick(&self, ticket: Ticket, quick: QuickAddress, is_admin: bool) -> Permit {
        let title = quick.title();
        let mut addresses = self.addresses();
        if !is_admin {
            // Anybody may type an address; the node's own services are not for everybody.
            addresses.deny.extend(LOOPBACK);
        }
        let settings = TargetSettings {
            host_key_policy: super::HostKeyRule::Ask,
            vnc: super::VncTargetSettings {
                certificates: super::CertificateRule::Ask,
                ..super::VncTargetSettings::default()
            },
            ..TargetSettings::default()
        };
        let grant = TargetGrant::issue(GrantParts {
            session: ticket.session,
            user: ticket.user,
            target: None,
            address: quick.address,
            addresses,
            ssh: settings.to_ssh(&[], ticket.size),
            vnc: vnc_of(quick.protocol, &settings, &[]),
            identity: Identity {
                user: quick.user,
                credentials: Vec::new(),
            },
            jump: None,
        });
        Permit { grant, title }
    }

    async fn draft(&self, ticket: Ticket, draft: Draft) -> Result<Permit, Denied> {
        let stored = match draft.target {
            Some(id) => Some(self.load(id).await?),
            None => None,
        };
        // Another host has other keys.
        let same_place = stored
            .as_ref()
            .filter(|t| t.host == draft.address.host && t.port == draft.address.port);
        let known = same_place.map_or(&[][..], |target| &target.host_keys);
        let credentials = match (draft.secret, &stored) {
            (Some(secret), _) => vec![secret],
            (None, Some(target)) => self.identity(target).await?.credentials,
            (None, None) => Vec::new(),
        };
        let jump = self
            .jumps(ticket, draft.jump, draft.target.into_iter().collect())
            .await?;
        if draft.protocol.is_desktop() && jump.is_some() {
            return Err(Denied::DesktopJump);
        }
        let title = draft.address.host.clone();
        let grant = TargetGrant::issue(GrantParts {
            session: ticket.session,
            user: ticket.user,
            target: draft.target,
            addresses: self.addresses(),
            ssh: draft.settings.to_ssh(known, ticket.size),
            vnc: vnc_of(draft.protocol, &draft.settings, known),
            identity: Identity {
                user: draft.user_name,
                credentials,
            },
            address: draft.address,
            jump,
        });
        Ok(Permit { grant, title })
    }

    /// The grants of the way: the farthest jump host first in the chain's end.
    async fn jumps(
        &self,
        ticket: Ticket,
        first: Option<TargetId>,
        mut seen: Vec<TargetId>,
    ) -> Result<Option<TargetGrant>, Denied> {
        let mut way = Vec::new();
        let mut next = first;
        while let Some(id) = next {
            if seen.contains(&id) || way.len() >= MOST_JUMPS {
                return Err(Denied::Jumps);
            }
            seen.push(id);
            let target = self.load(id).await?;
            next = target.jump;
            way.push(target);
        }
        let mut grant = None;
        for target in way.iter().rev() {
            if target.protocol != Protocol::Ssh.name() {
                return Err(Denied::JumpProtocol);
            }
            grant = Some(self.issue(ticket, target, grant).await?);
        }
        Ok(grant)
    }

    async fn load(&self, id: TargetId) -> Result<Target, Denied> {
        let target = self.store.targets().by_id(id).await?;
        target.ok_or(Denied::NotFound)
    }

    async fn issue(
        &self,
        ticket: Ticket,
        target: &Target,
        jump: Option<TargetGrant>,
    ) -> Result<TargetGrant, Denied> {
        let settings = StoredSettings::read(&target.settings);
        let protocol = Protocol::named(&target.protocol).ok_or(Denied::UnknownProtocol)?;
        if protocol.is_desktop() && jump.is_some() {
            return Err(Denied::DesktopJump);
        }
        Ok(TargetGrant::issue(GrantParts {
            session: ticket.session,
            user: ticket.user,
            target: Some(target.id),
            address: TargetAddress {
                host: target.host.clone(),
                port: target.port,
            },
            addresses: self.addresses(),
            ssh: settings.ssh.to_ssh(&target.host_keys, ticket.size),
            vnc: vnc_of(protocol, &settings.ssh, &target.host_keys),
            identity: self.identity(target).await?,
            jump,
        }))
    }

    async fn identity(&self, target: &Target) -> Result<Identity, StoreError> {
        let settings = StoredSettings::read(&target.settings);
        let mut user = Some(settings.user_name).filter(|user| !user.is_empty());
        let Some(id) = target.credential else {
            return Ok(Identity {
                user,
                credentials: Vec::new(),
            });
        };
        if user.is_none() {
            // Remembered together with the secret.
            let known = self.store.credentials().by_id(id).await?;
            user = known.and_then(|credential| credential.user_name);
        }
        let credential = match self.store.credentials().reveal(id).await? {
            CredentialSecret::Password(password) => Credential::Password(password),
            CredentialSecret::PrivateKey { pem, passphrase } => {
                Credential::PrivateKey { pem, passphrase }
            }
        };
        Ok(Identity {
            user,
            credentials: vec![credential],
        })
    }

    fn addresses(&self) -> AddressPolicy {
        let plain = |nets: &[Network]| nets.iter().map(|net| (net.address, net.prefix)).collect();
        AddressPolicy {
            deny: plain(&self.policy.deny),
            allow: plain(&self.policy.allow),
        }
    }
}

fn vnc_of(protocol: Protocol, settings: &TargetSettings, known: &[String]) -> Option<VncSettings> {
    match protocol {
        Protocol::Ssh => None,
        Protocol::Vnc => Some(settings.vnc.to_vnc(known)),
    }
}

/// For whom and what a grant is.
#[derive(Clone, Copy, Debug)]
struct Ticket {
    session: SessionId,
    user: UserId,
    size: TerminalSize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(is_admin: bool, wants: Wants, quick_connect: bool) -> Result<(), Denied> {
        decide(Facts {
            is_admin,
            wants,
            quick_connect,
        })
    }

    #[test]
    fn a_target_needs_a_grant_or_an_admin_and_is_otherwise_unknown() {
        let target = |is_granted| Wants::Target { is_granted };
        assert!(verdict(false, target(true), false).is_ok());
        assert!(verdict(true, target(false), false).is_ok());
        let refused = verdict(false, target(false), true);
        assert!(matches!(refused, Err(Denied::NotFound)));
    }

    #[test]
    fn quick_connect_is_for_everybody_or_nobody() {
        for is_admin in [false, true] {
            assert!(verdict(is_admin, Wants::Quick, true).is_ok());
            let refused = verdict(is_admin, Wants::Quick, false);
            assert!(matches!(refused, Err(Denied::QuickConnectOff)));
        }
    }

    #[test]
    fn this_machine_is_denied_in_every_spelling_whatever_is_configured() {
        let policy = AddressPolicy {
            deny: LOOPBACK.to_vec(),
            allow: Vec::new(),
        };
        for address in [
            "127.0.0.1",
            "127.255.0.1",
            "0.0.0.0",
            "0.0.0.1",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:0.0.0.0",
        ] {
            assert!(!policy.permits(address.parse().unwrap()), "{address}");
        }
        assert!(policy.permits("10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn drafts_are_for_admins() {
        assert!(verdict(true, Wants::Draft, false).is_ok());
        let refused = verdict(false, Wants::Draft, true);
        assert!(matches!(refused, Err(Denied::AdminsOnly)));
    }
}
