//! Harness of the end-to-end tests, and what is generated and checked here.

pub mod frames;
pub mod source_hash;
pub mod tiny_disk;
pub mod tree;
pub mod world;
