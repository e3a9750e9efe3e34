//! Limits that several rooms keep together: one number each, so that they cannot drift apart.

/// Jump hosts in a row, at most: each is a connection through the one before. The store refuses to
/// chain more, authorisation to grant more, the driver to dial more.
pub const MOST_JUMPS: usize = 8;
