//! A whole dial of a VNC target, from its parts.

use tokio::select;

use super::{establish, run};
use crate::driver::failure::Failure;
use crate::driver::person::Person;
use crate::driver::{
    AddressPolicy, ConnectStep, DriverEnds, DriverEvent, DriverExit, Identity, TargetAddress,
    VncSettings,
};
use shared::terminal::TerminalSize;

/// Everything needed to dial a VNC target.
#[derive(Clone, Debug)]
pub struct VncTarget {
    /// Where to dial.
    pub address: TargetAddress,
    /// What may be dialled.
    pub addresses: AddressPolicy,
    /// Protocol settings.
    pub settings: VncSettings,
    /// Who to be there.
    pub identity: Identity,
}

/// Dials a VNC target and runs the session to its end.
///
/// Everything happens inside this future; dropping it, or cancelling `ends.cancel`, cuts the
/// connection. Awaiting a place for an event is the back-pressure on the target.
pub async fn dial_vnc(target: VncTarget, mut ends: DriverEnds) -> DriverExit {
    let cancel = ends.cancel.clone();
    let VncTarget {
        address,
        addresses,
        settings,
        identity,
    } = target;
    let connected = {
        let mut person = Person::in_session(&mut ends, TerminalSize::DEFAULT);
        select! {
            biased;
            () = cancel.cancelled() => Err(Failure::unwanted()),
            connected = establish(&address, &addresses, &settings, &identity, &mut person) => {
                connected
            }
        }
    };
    match connected {
        Ok(connection) => {
            let step = DriverEvent::Step(ConnectStep::Opening);
            if ends.events.send(step).await.is_err() {
                return Failure::unwanted().into();
            }
            Box::pin(run(&address, &settings, connection, &mut ends)).await
        }
        Err(failure) => failure.into(),
    }
}
