//! What the binary carries beside code: the migrations, and in a release the web client.
//! New files in these folders must reach it without touching a source file.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=migrations");
    // Other builds read the client from the disk: no need to build anew with each page.
    if std::env::var("PROFILE").as_deref() == Ok("release") {
        println!("cargo:rerun-if-changed=web/build");
    }
}
