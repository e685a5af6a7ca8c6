//! The things that no Rust of this workspace can do, in C and compiled by the tests that need them: standing between a
//! program and its files or its clock, and cutting a file system's power.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A library to preload; its source says what it does.
pub fn faults(dir: &Path) -> PathBuf {
    compile(dir, "faults", include_str!("faults.c"), &["-shared", "-fPIC"])
}

/// A library to preload that shows another time; its source says how.
pub fn later(dir: &Path) -> PathBuf {
    compile(dir, "later", include_str!("later.c"), &["-shared", "-fPIC"])
}

/// A program that cuts the power of the file system whose mount point it is given.
pub fn power_off(dir: &Path) -> PathBuf {
    compile(dir, "power_off", include_str!("power_off.c"), &[])
}

fn compile(dir: &Path, name: &str, source: &str, options: &[&str]) -> PathBuf {
    let (from, to) = (dir.join(name).with_extension("c"), dir.join(name));
    std::fs::write(&from, source).expect("a folder to write in");
    let compiled =
        Command::new("cc").args(options).args(["-O1", "-Wall", "-Werror", "-o"]).arg(&to).arg(&from).output();
    let output = compiled.expect("this test needs a C compiler: apt-get install build-essential");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    to
}
