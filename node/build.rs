//! Tells cargo that the embedded pages are an input of the build.

fn main() {
    println!("cargo:rerun-if-changed=../web/dist");
}
