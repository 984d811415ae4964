//! Progress bars on standard error, on a terminal only.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::args::Reporting;

/// Whether and how progress is shown.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    is_shown: bool,
}

/// One bar. It is cleared when it is dropped.
#[derive(Debug)]
pub struct Bar(ProgressBar);

impl Progress {
    /// Bars on a terminal, unless the user wants quiet or a document.
    pub fn new(reporting: Reporting) -> Self {
        Self { is_shown: !reporting.quiet && !reporting.json && std::io::stderr().is_terminal() }
    }

    /// No bars.
    pub fn hidden() -> Self {
        Self { is_shown: false }
    }

    /// A bar over the bytes of a file.
    pub fn bytes(self, what: &'static str, total: u64) -> Bar {
        self.bar(what, total, "{msg:>18} {bar:32} {bytes}/{total_bytes} {eta}")
    }

    /// A bar over things that are counted.
    pub fn steps(self, what: &'static str, total: u64) -> Bar {
        self.bar(what, total, "{msg:>18} {bar:32} {pos}/{len} {eta}")
    }

    fn bar(self, what: &'static str, total: u64, template: &str) -> Bar {
        let target = if self.is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(Some(total), target).with_style(style);
        bar.set_message(what);
        Bar(bar)
    }
}

impl Bar {
    /// Says how far things are in words, beside the bar.
    pub fn say(&self, words: String) {
        self.0.set_message(words);
    }

    /// Moves the bar.
    pub fn set(&self, position: u64) {
        self.0.set_position(position);
    }

    /// Moves the bar on.
    pub fn add(&self, steps: u64) {
        self.0.inc(steps);
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
