//! The form of a line in the log: for people, or one JSON object.
//!
//! A line bears the id of the request that its thread works at. What callers sent is escaped, so that nobody writes lines
//! of their own or colours a terminal.

use std::cell::RefCell;
use std::fmt::{self, Write};
use std::time::{Duration, UNIX_EPOCH};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::LogFormat;
use crate::request_id::{RequestId, current};

/// The name that `tracing` gives to the words of a line.
const MESSAGE: &str = "message";

impl<S, N> FormatEvent<S, N> for LogFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let about = event.metadata();
        let colours = writer.has_ansi_escapes();
        let mut line = Line::begin(&mut writer, *self, colours, *about.level(), about.target())?;
        event.record(&mut line);
        line.end()
    }
}

/// A line in the making. What goes wrong while it is written is told at its end.
pub(super) struct Line<'w, W> {
    writer: &'w mut W,
    format: LogFormat,
    result: fmt::Result,
}

impl<'w, W: Write> Line<'w, W> {
    /// Writes what every line begins with.
    pub(super) fn begin(
        writer: &'w mut W,
        format: LogFormat,
        colours: bool,
        level: Level,
        target: &str,
    ) -> Result<Self, fmt::Error> {
        match format {
            LogFormat::Text => {
                let (dim, plain) = if colours { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
                writer.write_str(dim)?;
                write_time(writer)?;
                write_level(writer, level, plain)?;
                write_all(writer, [dim, target, ":", plain])?;
            }
            LogFormat::Json => {
                writer.write_str("{\"timestamp\":\"")?;
                write_time(writer)?;
                write_all(writer, ["\",\"level\":\"", level.as_str(), "\",\"target\":\"", target, "\""])?;
            }
        }
        Ok(Self { writer, format, result: Ok(()) })
    }

    /// Ends it, with the id of the request that the thread works at.
    pub(super) fn end(self) -> fmt::Result {
        self.result?;
        let id = current();
        let id = id.as_ref().map(RequestId::as_str);
        match (self.format, id) {
            (LogFormat::Text, Some(id)) => write_all(self.writer, [" id=", id, "\n"]),
            (LogFormat::Text, None) => self.writer.write_str("\n"),
            (LogFormat::Json, Some(id)) => write_all(self.writer, [",\"id\":\"", id, "\"}\n"]),
            (LogFormat::Json, None) => self.writer.write_str("}\n"),
        }
    }

    /// The words of the line, which need no escape.
    pub(super) fn words(&mut self, words: &str) {
        self.field(MESSAGE, self.quotes_words(), |to| to.writer.write_str(words));
    }

    /// A text, in quotes.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.field(name, true, |to| to.write_str(text));
    }

    /// A word that a line for people has without quotes.
    pub(super) fn word(&mut self, name: &str, word: impl fmt::Display) {
        self.field(name, self.quotes_words(), |to| write!(to, "{word}"));
    }

    /// A whole number.
    pub(super) fn whole(&mut self, name: &str, number: u64) {
        self.plain(name, itoa::Buffer::new().format(number));
    }

    /// Thousandths, as the number that they make: 1250 is `1.25`.
    pub(super) fn thousandths(&mut self, name: &str, number: u64) {
        let mut whole = itoa::Buffer::new();
        // Three digits behind a leading one, for the zeros.
        let mut part = itoa::Buffer::new();
        let part = part.format(1000 + number % 1000)[1..].trim_end_matches('0');
        let point = if part.is_empty() { "" } else { "." };
        let texts = [whole.format(number / 1000), point, part];
        self.field(name, false, |to| write_all(to.writer, texts));
    }

    /// A value that is written the same everywhere, such as a number.
    fn plain(&mut self, name: &str, value: &str) {
        self.field(name, false, |to| to.writer.write_str(value));
    }

    /// Words are in quotes in JSON.
    fn quotes_words(&self) -> bool {
        self.format == LogFormat::Json
    }

    /// Writes a field: ` answered path="/predict" rows=1`, or `,"message":"answered","path":"/predict","rows":1`.
    fn field(&mut self, name: &str, quotes: bool, value: impl FnOnce(&mut Escaped<'_, W>) -> fmt::Result) {
        if self.result.is_ok() {
            self.result = self.write(name, quotes, value);
        }
    }

    fn write(
        &mut self,
        name: &str,
        quotes: bool,
        value: impl FnOnce(&mut Escaped<'_, W>) -> fmt::Result,
    ) -> fmt::Result {
        match self.format {
            LogFormat::Text if name == MESSAGE => self.writer.write_char(' ')?,
            LogFormat::Text => write_all(self.writer, [" ", name, "="])?,
            LogFormat::Json => write_all(self.writer, [",\"", name, "\":"])?,
        }
        if !quotes {
            return value(&mut Escaped { writer: self.writer, quotes });
        }
        self.writer.write_char('"')?;
        value(&mut Escaped { writer: self.writer, quotes })?;
        self.writer.write_char('"')
    }
}

thread_local! {
    /// The second of the last line of this thread, and its time as written, up to the fraction.
    static LAST_SECOND: RefCell<(u64, String)> = const { RefCell::new((u64::MAX, String::new())) };
}

/// Writes the time as [`SystemTime`] does, and works the date out once a second.
pub(crate) fn write_time(writer: &mut impl Write) -> fmt::Result {
    let mut now = since_1970();
    LAST_SECOND.with_borrow_mut(|(second, text)| {
        while *second != now.as_secs() {
            *second = now.as_secs();
            text.clear();
            SystemTime.format_time(&mut Writer::new(text))?;
            text.truncate(text.find('.').map_or(text.len(), |point| point + 1));
            // The second that was written is this one unless it ended meanwhile.
            now = since_1970();
        }
        // Six digits behind a leading one, for the zeros.
        let micros = 1_000_000 + now.subsec_micros();
        write_all(writer, [text, &itoa::Buffer::new().format(micros)[1..], "Z"])
    })
}

fn since_1970() -> Duration {
    std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn write_level(writer: &mut impl Write, level: Level, plain: &str) -> fmt::Result {
    let colour = if plain.is_empty() {
        ""
    } else {
        match level {
            Level::ERROR => "\x1b[31m",
            Level::WARN => "\x1b[33m",
            Level::INFO => "\x1b[32m",
            Level::DEBUG => "\x1b[34m",
            Level::TRACE => "\x1b[35m",
        }
    };
    // Levels of five letters and of four.
    let space = if level.as_str().len() < 5 { "  " } else { " " };
    write_all(writer, [plain, space, colour, level.as_str(), plain, " "])
}

fn write_all<const N: usize>(writer: &mut impl Write, texts: [&str; N]) -> fmt::Result {
    texts.into_iter().try_for_each(|text| writer.write_str(text))
}

impl<W: Write> Visit for Line<'_, W> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        let Some(name) = name(field) else { return };
        match self.format {
            LogFormat::Json if !value.is_finite() => self.plain(name, "null"),
            LogFormat::Json | LogFormat::Text => self.field(name, false, |to| write!(to, "{value}")),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        let Some(name) = name(field) else { return };
        self.plain(name, itoa::Buffer::new().format(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        let Some(name) = name(field) else { return };
        self.whole(name, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        let Some(name) = name(field) else { return };
        self.plain(name, if value { "true" } else { "false" });
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let Some(name) = name(field) else { return };
        let quoted = name != MESSAGE || self.quotes_words();
        self.field(name, quoted, |to| to.write_str(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let Some(name) = name(field) else { return };
        self.field(name, self.quotes_words(), |to| write!(to, "{value:?}"));
    }
}

/// The name as a line shows it; none for what lines of the `log` crate say of their origin.
fn name(field: &Field) -> Option<&'static str> {
    let name = field.name();
    (!name.starts_with("log.")).then(|| name.strip_prefix("r#").unwrap_or(name))
}

/// Writes text with control characters as `\u001b`, and with `quotes` also quotes and backslashes behind a backslash: the
/// content of a JSON string.
struct Escaped<'w, W> {
    writer: &'w mut W,
    quotes: bool,
}

impl<W: Write> Write for Escaped<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        if text.bytes().all(is_plain) {
            return self.writer.write_str(text);
        }
        let quotes = self.quotes;
        let is_special = |c: char| c.is_control() || (quotes && matches!(c, '"' | '\\'));
        let mut rest = text;
        while let Some(place) = rest.find(is_special) {
            self.writer.write_str(&rest[..place])?;
            let mut behind = rest[place..].chars();
            match behind.next() {
                Some(quote @ ('"' | '\\')) => write!(self.writer, "\\{quote}")?,
                Some('\n') => self.writer.write_str("\\n")?,
                Some(control) => write!(self.writer, "\\u{:04x}", u32::from(control))?,
                None => {}
            }
            rest = behind.as_str();
        }
        self.writer.write_str(rest)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};

    use super::*;
    use crate::request_id::of_work;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// The one line that is written to a log of this form.
    pub(in crate::telemetry) fn line(format: LogFormat, ansi: bool, told: impl FnOnce()) -> String {
        let sink = Sink::default();
        let writer = sink.clone();
        let log = tracing_subscriber::fmt().with_ansi(ansi).event_format(format);
        tracing::subscriber::with_default(log.with_writer(move || writer.clone()).finish(), told);
        let line = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        assert_eq!(line.matches('\n').count(), 1, "{line:?}");
        line
    }

    fn tell() {
        let reason = "a \u{1b}[31mred\nline \"\\";
        tracing::warn!(
            path = "/predict\n\"x\"",
            %reason,
            rows = 3_u64,
            change = -2,
            milliseconds = 0.25,
            odd = f64::NAN,
            strict = true,
            bytes = Some(7_u64),
            absent = None::<u64>,
            r#type = "t",
            "it took {}",
            "long"
        );
    }

    #[test]
    fn a_line_for_people_has_words_first_and_one_line() {
        let line = line(LogFormat::Text, false, tell);
        let (time, rest) = line.split_at(27);
        assert!(time.ends_with('Z') && time.contains('T'), "{time}");
        let expected = concat!(
            "  WARN server::telemetry::log_line::tests: it took long path=\"/predict\\n\\\"x\\\"\" ",
            "reason=a \\u001b[31mred\\nline \"\\ rows=3 change=-2 milliseconds=0.25 odd=NaN strict=true bytes=7 ",
            "type=\"t\"\n",
        );
        assert_eq!(rest, expected);
    }

    #[test]
    fn a_line_of_json_holds_the_same() {
        let mut line: Value = serde_json::from_str(&line(LogFormat::Json, true, tell)).unwrap();
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
        line["timestamp"].take();
        let expected = json!({
            "timestamp": null,
            "level": "WARN",
            "target": "server::telemetry::log_line::tests",
            "message": "it took long",
            "path": "/predict\n\"x\"",
            "reason": "a \u{1b}[31mred\nline \"\\",
            "rows": 3,
            "change": -2,
            "milliseconds": 0.25,
            "odd": null,
            "strict": true,
            "bytes": 7,
            "type": "t",
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn a_line_bears_the_id_of_the_request() {
        let id = RequestId::of(&actix_web::http::header::HeaderMap::new());
        let told = || of_work(Some(id), || tracing::info!("answered"));
        assert!(line(LogFormat::Text, false, told).ends_with(&format!(" answered id={}\n", id.as_str())));
        let line: Value = serde_json::from_str(&line(LogFormat::Json, false, told)).unwrap();
        assert_eq!(line["id"], id.as_str());
    }

    #[test]
    fn a_time_is_written_as_tracing_writes_it() {
        let written = |write: fn(&mut Writer<'_>) -> fmt::Result| {
            let mut text = String::new();
            write(&mut Writer::new(&mut text)).unwrap();
            text
        };
        for _ in 0..3 {
            let before = written(|to| SystemTime.format_time(to));
            let ours = written(|to| write_time(to));
            let after = written(|to| SystemTime.format_time(to));
            assert_eq!(ours.len(), before.len());
            assert!(before <= ours && ours <= after, "{before} {ours} {after}");
        }
    }

    #[test]
    fn a_terminal_gets_colours() {
        let line = line(LogFormat::Text, true, || tracing::error!("failed"));
        assert!(line.contains("\u{1b}[31mERROR\u{1b}[0m "), "{line:?}");
    }
}
