//! How far a step is, on stderr: a bar where somebody looks, a line every few seconds where a log is written.

use std::io::{IsTerminal as _, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Between one line and the next, where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(5);

/// A bar, or the lines in its place.
pub(super) struct Bar {
    bar: ProgressBar,
    of: String,
    drawn: bool,
    last_line: Duration,
}

impl Bar {
    /// Nothing is shown yet.
    pub(super) fn new() -> Self {
        let drawn = stderr().is_terminal();
        let target = if drawn { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        Self { bar, of: String::new(), drawn, last_line: Duration::ZERO }
    }

    /// So many bytes of something are done.
    pub(super) fn bytes(&mut self, of: &str, done: u64, all: u64) {
        self.begin(of, "{msg:>12} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left");
        self.at(done, all);
    }

    /// So many rows are read, as the bytes tell it.
    pub(super) fn rows(&mut self, of: &str, rows: u64, done: u64, all: u64) {
        self.begin(of, "{prefix:>9} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left, {msg}");
        self.bar.set_prefix(of.to_owned());
        self.bar.set_message(format!("{rows} rows"));
        self.at(done, all);
    }

    /// So many files are on the other side, as their bytes tell it.
    pub(super) fn files(&mut self, files: (usize, usize), done: u64, all: u64) {
        self.begin("files", "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left");
        self.bar.set_message(format!("{} of {} files", files.0, files.1));
        self.at(done, all);
    }

    /// So many of them are done.
    pub(super) fn count(&mut self, of: &str, done: u64, all: u64) {
        self.begin(of, "{msg:>9} {wide_bar} {human_pos}/{human_len} {per_sec}, {eta} left");
        self.at(done, all);
    }

    /// Something happened.
    pub(super) fn say(&mut self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }

    /// The bar goes.
    pub(super) fn end(self) {
        self.bar.finish_and_clear();
    }

    fn begin(&mut self, of: &str, template: &str) {
        if self.of == of {
            return;
        }
        of.clone_into(&mut self.of);
        // It is ours, and right; a bar without a style would still be one.
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        self.bar.set_message(of.to_owned());
        self.bar.reset();
        self.last_line = Duration::ZERO;
    }

    fn at(&mut self, done: u64, all: u64) {
        self.bar.set_length(all);
        self.bar.set_position(done);
        let elapsed = self.bar.elapsed();
        if !self.drawn && elapsed >= self.last_line + BETWEEN_LINES {
            self.last_line = elapsed;
            let percent = done.saturating_mul(100) / all.max(1);
            let left = self.bar.eta().as_secs();
            eprintln!("{}: {percent} % after {} s, about {left} s left", self.of, elapsed.as_secs());
        }
    }
}
