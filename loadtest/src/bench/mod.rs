//! Speed and memory of a node, beside the same work done by OpenSSH's own programs in the same run.

mod desktop;
mod echo;
mod files;
mod memory;
mod open;
mod output;
mod report;
mod world;

pub use world::{BenchArgs, run};
