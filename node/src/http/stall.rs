//! Peers that take nothing: the kernel ends their connections, since nobody else can.
//!
//! A socket closed for not reading still has bytes in flight, and the web server waits for them
//! without a limit; a peer that answers window probes would keep it for ever. Downloads end the same
//! way: one that is paused for longer is cut, and the browser goes on with a range.

use std::net::TcpListener;
use std::time::Duration;

use socket2::SockRef;

/// How long sent bytes may stay untaken without any progress: above `WRITE_LIMIT` of `ws`, by which
/// viewers' sockets are closed politely. Slow but moving is no matter how slow.
const LIMIT: Duration = Duration::from_secs(45);

/// Limits every connection that this listener will accept (`TCP_USER_TIMEOUT`, RFC 5482).
pub(super) fn limit(listener: &TcpListener) -> std::io::Result<()> {
    SockRef::from(listener).set_tcp_user_timeout(Some(LIMIT))
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn accepted_connections_inherit_the_limit() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        limit(&listener).unwrap();
        let _peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (accepted, _) = listener.accept().unwrap();
        let found = SockRef::from(&accepted).tcp_user_timeout().unwrap();
        assert_eq!(found, Some(LIMIT));
    }
}
