//! The text of metrics: the classic format of Prometheus, or OpenMetrics, which differ in little.

use std::fmt::{Display, Write};

use crate::telemetry::histogram::Counted;

/// Format of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// The text format 0.0.4 of Prometheus.
    Classic,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl Format {
    /// The media type.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Classic => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// Kind of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Only grows; its samples are named with `_total`.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by ranges.
    Histogram,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A page on its way.
pub(super) struct Page {
    format: Format,
    text: String,
}

/// One metric of the page, to which samples are added.
pub(super) struct Family<'a> {
    page: &'a mut Page,
    /// Name of its samples.
    name: String,
}

/// A name and a value.
pub(super) type Label<'a> = (&'a str, &'a str);

impl Page {
    pub(super) fn new(format: Format) -> Self {
        Self { format, text: String::with_capacity(16 * 1024) }
    }

    /// Begins a metric. A counter is named without its `_total`.
    pub(super) fn family(&mut self, kind: Kind, name: &str, help: &str) -> Family<'_> {
        let sample = match kind {
            Kind::Counter => format!("{name}_total"),
            Kind::Gauge | Kind::Histogram => name.to_owned(),
        };
        let family = match self.format {
            Format::Classic => &sample,
            Format::OpenMetrics => name,
        };
        self.write(format_args!("# HELP {family} {help}\n# TYPE {family} {}\n", kind.name()));
        Family { page: self, name: sample }
    }

    /// The text.
    pub(super) fn finish(mut self) -> String {
        if self.format == Format::OpenMetrics {
            self.text.push_str("# EOF\n");
        }
        self.text
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        // A string takes whatever comes.
        let _ = self.text.write_fmt(text);
    }
}

impl Family<'_> {
    /// Adds a sample.
    pub(super) fn sample(&mut self, labels: &[Label<'_>], value: impl Display) {
        self.line("", labels, None, value);
    }

    /// Adds a histogram whose bounds and sum are `scale` times what the page shows.
    pub(super) fn histogram<const N: usize>(
        &mut self,
        labels: &[Label<'_>],
        bounds: &[u64; N],
        scale: f64,
        counted: &Counted<N>,
    ) {
        let mut below = 0;
        for (&bound, count) in bounds.iter().zip(counted.within) {
            below += count;
            self.line("_bucket", labels, Some(("le", &number(bound as f64 / scale))), below);
        }
        self.line("_bucket", labels, Some(("le", "+Inf")), counted.count());
        self.line("_sum", labels, None, counted.sum as f64 / scale);
        self.line("_count", labels, None, counted.count());
    }

    fn line(&mut self, suffix: &str, labels: &[Label<'_>], last: Option<Label<'_>>, value: impl Display) {
        let text = &mut self.page.text;
        text.push_str(&self.name);
        text.push_str(suffix);
        for (place, (name, value)) in labels.iter().copied().chain(last).enumerate() {
            text.push(if place == 0 { '{' } else { ',' });
            text.push_str(name);
            text.push_str("=\"");
            escape(text, value);
            text.push('"');
        }
        if !labels.is_empty() || last.is_some() {
            text.push('}');
        }
        self.page.write(format_args!(" {value}\n"));
    }
}

/// A bound, written as both formats have it: with a decimal point.
fn number(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.1}") } else { value.to_string() }
}

/// Writes the value of a label.
fn escape(text: &mut String, value: &str) {
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: Format) -> String {
        let mut page = Page::new(format);
        page.family(Kind::Counter, "asked", "How often.").sample(&[("who", "a \"b\"\\\n")], 3);
        page.family(Kind::Gauge, "open", "Now.").sample(&[], 0.5);
        let counted = Counted { within: [1, 2], beyond: 1, sum: 4_500_000_000 };
        page.family(Kind::Histogram, "took_seconds", "Time.").histogram(
            &[("model", "iris")],
            &[500_000, 1_000_000_000],
            1e9,
            &counted,
        );
        page.finish()
    }

    #[test]
    fn the_classic_format_is_written() {
        let expected = r#"# HELP asked_total How often.
# TYPE asked_total counter
asked_total{who="a \"b\"\\\n"} 3
# HELP open Now.
# TYPE open gauge
open 0.5
# HELP took_seconds Time.
# TYPE took_seconds histogram
took_seconds_bucket{model="iris",le="0.0005"} 1
took_seconds_bucket{model="iris",le="1.0"} 3
took_seconds_bucket{model="iris",le="+Inf"} 4
took_seconds_sum{model="iris"} 4.5
took_seconds_count{model="iris"} 4
"#;
        assert_eq!(written(Format::Classic), expected);
    }

    #[test]
    fn open_metrics_name_counters_without_their_suffix_and_end() {
        let expected = written(Format::Classic).replace(" asked_total ", " asked ") + "# EOF\n";
        assert_eq!(written(Format::OpenMetrics), expected);
    }
}
