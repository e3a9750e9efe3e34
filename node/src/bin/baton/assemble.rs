//! Puts the rooms together: what the node is made of, and who gets what.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use node::actor::Workers;
use node::auth::{
    Auditor, Authoriser, Limits, Logins, PasswordRule, Passwords, Setups, SignIn, Throttle,
};
use node::config::Config;
use node::http::{App, AppParts, Hosts, Listeners, Presence, Readiness};
use node::ownership::{Identity, Ownership};
use node::session::{self, Directory, DriverDial, Services, StoredRecords, Tickets};
use schema::store::Store;
use shared::id::{GroupId, IncarnationId, NodeId};
use shared::time::{Clock, SystemClock};

use crate::embedded_broker::EmbeddedBroker;
use crate::fatal::Fatal;

/// Passwords checked at once, at most: each takes 46 MiB.
const PASSWORDS_AT_ONCE: usize = 4;

/// The running parts that the end of the process must see to.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) app: App,
    pub(crate) ownership: Ownership,
}

/// Puts the parts together.
pub(crate) async fn assemble(
    config: &Config,
    store: &Store,
    listeners: &Listeners,
    demo_group: Option<GroupId>,
) -> Result<Parts, Fatal> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ownership = own(&config.data.directory, &clock).await?;
    let directory = directory(config, store, &clock, &ownership)?;
    // Whatever an earlier start left behind is over; a database that is slow must not stop us.
    directory.sweep().await.map_err(Fatal::internal)?;
    let passwords = Passwords::new(PASSWORDS_AT_ONCE);
    let auditor = Auditor::new(store.clone());
    let (idle, absolute) = (config.sign_in.idle, config.sign_in.absolute);
    let logins = Logins::new(store.clone(), Arc::clone(&clock), idle, absolute);
    let throttle = throttle(config, &clock)?;
    let rule = PasswordRule {
        least: config.sign_in.password_min_length,
    };
    let parts = AppParts {
        hosts: Hosts::new(
            config.server.public_url.clone(),
            listeners.public_address,
            config.server.tls.is_some(),
        ),
        store: store.clone(),
        sign_in: SignIn::new(
            store.clone(),
            passwords.clone(),
            throttle,
            logins.clone(),
            auditor.clone(),
        ),
        setups: Setups::new(store.clone(), passwords.clone(), rule, Arc::clone(&clock)),
        authoriser: Authoriser::new(store.clone(), config.targets.clone()),
        tickets: Tickets::new(Arc::clone(&clock)),
        readiness: Readiness::default(),
        presence: Presence::default(),
        directory,
        demo_group,
        logins,
        auditor,
        passwords,
    };
    Ok(Parts {
        app: App::new(parts, config, clock),
        ownership,
    })
}

fn throttle(config: &Config, clock: &Arc<dyn Clock>) -> Result<Throttle, Fatal> {
    let limits = Limits {
        free: config.sign_in.free_attempts,
        longest: config.sign_in.max_delay,
        forget_after: config.sign_in.forget_after,
    };
    Throttle::new(limits, config.redis.url.as_ref(), Arc::clone(clock))
        .map_err(|error| Fatal::usage(format!("redis.url cannot be used: {error}")))
}

fn directory(
    config: &Config,
    store: &Store,
    clock: &Arc<dyn Clock>,
    ownership: &Ownership,
) -> Result<Directory, Fatal> {
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let services = Services {
        ownership: ownership.clone(),
        records: Arc::new(StoredRecords::new(store.clone(), Arc::clone(clock))),
        checkpoints: Arc::new(store.clone()),
        dial: Arc::new(DriverDial),
        workers: Workers::start(threads).map_err(Fatal::internal)?,
        clock: Arc::clone(clock),
    };
    let limits = session::Limits {
        total: config.sessions.max_total,
        per_user: config.sessions.max_per_user,
        scrollback_lines: config.sessions.scrollback_lines,
        arbiters: 1,
    };
    Ok(Directory::new(services, limits))
}

async fn own(data: &Path, clock: &Arc<dyn Clock>) -> Result<Ownership, Fatal> {
    let broker = EmbeddedBroker::new(Arc::clone(clock));
    let identity = Identity {
        node: node_id(data)?,
        incarnation: IncarnationId::generate(),
    };
    Ownership::join(Arc::new(broker), identity)
        .await
        .map_err(Fatal::internal)
}

/// The node's id: made at the first start, kept in the data directory.
fn node_id(data: &Path) -> Result<NodeId, Fatal> {
    let path = data.join("node-id");
    let shown = path.display().to_string();
    match fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().map_err(|_not_an_id| {
            Fatal::usage(format!(
                "{shown} does not hold a node id; delete it to begin as a new node"
            ))
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let id = NodeId::generate();
            fs::write(&path, format!("{id}\n"))
                .map_err(|error| Fatal::file(&shown, &error, "make the data directory writable"))?;
            Ok(id)
        }
        Err(error) => Err(Fatal::file(&shown, &error, "make the file readable")),
    }
}
