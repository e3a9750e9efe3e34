//! What a node is pointed at: our own demo shell, real servers, and machines that misbehave.

pub mod demo;
pub mod hostile;
pub mod mariadb;
pub mod openssh;
pub mod redis;
pub mod ssh_client;
pub mod users;
pub mod xvnc;
