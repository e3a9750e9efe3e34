//! `TargetGrant`: the proof that a user may use a target, with everything needed to dial it.

use shared::id::{SessionId, TargetId, UserId};
use shared::secret::Secret;

use super::{AddressPolicy, Protocol, SshSettings, TargetAddress, VncSettings};

/// A secret to authenticate with.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A password; also answers keyboard-interactive when it asks one hidden question.
    Password(Secret<String>),
    /// A private key, OpenSSH or PKCS#8 PEM, with its passphrase if it has one.
    PrivateKey {
        /// The whole PEM block.
        pem: Secret<String>,
        /// Opens the key; asked for when missing and needed.
        passphrase: Option<Secret<String>>,
    },
}

/// Who we are at the target.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// User name; asked for when missing.
    pub user: Option<String>,
    /// Tried in order; whatever is missing is asked for.
    pub credentials: Vec<Credential>,
}

/// Permission to dial one target once, consumed by `dial`.
///
/// INVARIANT: `issue` is called only by `auth::authorise` (the tidy test checks it).
#[derive(Debug)]
pub struct TargetGrant {
    session: SessionId,
    user: UserId,
    target: Option<TargetId>,
    address: TargetAddress,
    addresses: AddressPolicy,
    ssh: SshSettings,
    vnc: Option<VncSettings>,
    identity: Identity,
    jump: Option<Box<TargetGrant>>,
}

/// What `TargetGrant::issue` needs.
#[derive(Debug)]
pub struct GrantParts {
    /// The session the grant is for.
    pub session: SessionId,
    /// Who asked.
    pub user: UserId,
    /// The stored target; none for quick connect.
    pub target: Option<TargetId>,
    /// Where to dial.
    pub address: TargetAddress,
    /// What may be dialled.
    pub addresses: AddressPolicy,
    /// Settings of SSH.
    pub ssh: SshSettings,
    /// Settings of VNC; with them the target is a desktop and `ssh` means nothing.
    pub vnc: Option<VncSettings>,
    /// Who to be there.
    pub identity: Identity,
    /// Dial through this target first.
    pub jump: Option<TargetGrant>,
}

impl TargetGrant {
    /// Seals a decision already taken. Only authorisation calls this.
    pub fn issue(parts: GrantParts) -> Self {
        let GrantParts {
            session,
            user,
            target,
            address,
            addresses,
            ssh,
            vnc,
            identity,
            jump,
        } = parts;
        let jump = jump.map(Box::new);
        Self {
            session,
            user,
            target,
            address,
            addresses,
            ssh,
            vnc,
            identity,
            jump,
        }
    }

    /// The session the grant is for.
    pub const fn session(&self) -> SessionId {
        self.session
    }

    /// Who asked.
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// The stored target, if it is one.
    pub const fn target(&self) -> Option<TargetId> {
        self.target
    }

    /// Where to dial.
    pub const fn address(&self) -> &TargetAddress {
        &self.address
    }

    /// What may be dialled.
    pub const fn addresses(&self) -> &AddressPolicy {
        &self.addresses
    }

    /// Which driver dials.
    pub const fn protocol(&self) -> Protocol {
        if self.vnc.is_some() {
            Protocol::Vnc
        } else {
            Protocol::Ssh
        }
    }

    /// Settings of VNC, where that is the protocol.
    pub const fn vnc(&self) -> Option<&VncSettings> {
        self.vnc.as_ref()
    }

    /// Settings of SSH.
    pub const fn ssh(&self) -> &SshSettings {
        &self.ssh
    }

    /// Who to be there.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The target to dial through.
    pub fn jump(&self) -> Option<&TargetGrant> {
        self.jump.as_deref()
    }
}
