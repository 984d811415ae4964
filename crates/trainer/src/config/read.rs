//! From a config file and overrides to a checked config, or to all that is wrong with them.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path as FilePath;

use serde_json::Value;

use super::check::{self, Problem};
use super::errors::{ConfigErrors, Place};
use super::overrides::Override;
use super::path::{Path, Step};
use super::source::{Source, SyntaxError};
use super::{Config, schema_check, typed};

/// A config is written by hand; what is larger is another file.
const LARGEST_FILE: u64 = 16 << 20;

impl Config {
    /// Reads a config file and checks it. Each override is `key=value`, with a key such as `data.path` or
    /// `features[0].unit`; it takes the place of the value in the file.
    ///
    /// # Errors
    /// All problems of the file and of the overrides.
    pub fn read(path: &FilePath, overrides: &[String]) -> Result<Self, ConfigErrors> {
        let file = path.display().to_string();
        let text = read_text(path)
            .map_err(|message| ConfigErrors::new(&file, vec![(Place::File, at_root(message))]))?;
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Self::parse(&text, overrides, &file, &name)
    }

    /// [`Self::read`], and the file's JSON with the overrides in it beside the config.
    ///
    /// # Errors
    /// All problems of the file and of the overrides.
    pub fn read_document(path: &FilePath, overrides: &[String]) -> Result<(Self, Value), ConfigErrors> {
        let config = Self::read(path, overrides)?;
        let file = path.display().to_string();
        let read = read_text(path).and_then(|text| {
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            let mut document = serde_json::from_str(text).map_err(|error| error.to_string())?;
            for argument in overrides {
                Override::parse(argument)?.apply(&mut document)?;
            }
            Ok(document)
        });
        // It was read a moment ago.
        let document =
            read.map_err(|message| ConfigErrors::new(&file, vec![(Place::File, at_root(message))]))?;
        Ok((config, document))
    }

    /// Checks the text of a config file. `file` names it in errors, `name` is its name without the extension.
    ///
    /// # Errors
    /// All problems of the text and of the overrides.
    pub fn parse(text: &str, overrides: &[String], file: &str, name: &str) -> Result<Self, ConfigErrors> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let source = Source::parse(text).map_err(|SyntaxError { position, reason }| {
            ConfigErrors::new(file, vec![(Place::At(position), at_root(format!("invalid JSON: {reason}")))])
        })?;
        Reading::new(source, overrides).finish(file, name)
    }
}

/// A config on its way from JSON to checked.
struct Reading {
    source: Source,
    overrides: Vec<Override>,
    problems: Vec<(Place, Problem)>,
}

impl Reading {
    fn new(source: Source, arguments: &[String]) -> Self {
        let mut reading = Self { source, overrides: Vec::new(), problems: Vec::new() };
        for (index, argument) in arguments.iter().enumerate() {
            let applied = Override::parse(argument)
                .and_then(|parsed| parsed.apply(&mut reading.source.value).map(|()| parsed));
            match applied {
                Ok(parsed) => reading.overrides.push(parsed),
                Err(message) => {
                    let place = Place::Override(index, argument.clone());
                    reading.problems.push((place, at_root(message)));
                }
            }
        }
        reading
    }

    fn finish(mut self, file: &str, name: &str) -> Result<Config, ConfigErrors> {
        let findings = schema_check::check(&self.source.value);
        let readable = findings.invalid.is_empty();
        let unknown: Vec<_> = findings.unknown.iter().map(|problem| problem.path.clone()).collect();
        let duplicates = std::mem::take(&mut self.source.duplicates);
        for problem in duplicates.into_iter().chain(findings.unknown).chain(findings.invalid) {
            self.add(problem);
        }
        if readable {
            // Rules between keys are checked even where there are unknown keys, save in the sections that have some:
            // there the rules would complain about what the unknown key was meant to say.
            match self.typed(&unknown).map(|typed| check::check(typed, name)) {
                Err(error) => self.add(at_root(format!("cannot be read: {error}"))),
                Ok(Ok(config)) if self.problems.is_empty() => return Ok(config),
                Ok(Ok(_)) => {}
                Ok(Err(problems)) => {
                    let section = |path: &Path| path.steps().first().cloned();
                    let broken: Vec<_> = unknown.iter().map(section).collect();
                    for problem in problems {
                        if !broken.contains(&section(&problem.path)) {
                            self.add(problem);
                        }
                    }
                }
            }
        }
        Err(ConfigErrors::new(file, self.problems))
    }

    /// The config as typed, without its unknown keys.
    fn typed(&self, unknown: &[Path]) -> Result<typed::Config, serde_json::Error> {
        let mut value = self.source.value.clone();
        for path in unknown {
            remove(&mut value, path.steps());
        }
        serde_json::from_value(value)
    }

    fn add(&mut self, problem: Problem) {
        let place = self.place(&problem.path);
        self.problems.push((place, problem));
    }

    /// The override that set the value at `path`, or what it is part of; else the position in the file.
    fn place(&self, path: &Path) -> Place {
        let set = self
            .overrides
            .iter()
            .enumerate()
            .rev()
            .find(|(_, set)| path.steps().starts_with(set.path.steps()));
        match set {
            Some((index, set)) => Place::Override(index, set.argument.clone()),
            None => self.source.position(path).map_or(Place::File, Place::At),
        }
    }
}

fn remove(value: &mut Value, path: &[Step]) {
    match (path, value) {
        ([Step::Key(key)], Value::Object(object)) => {
            object.shift_remove(key);
        }
        ([Step::Key(key), rest @ ..], Value::Object(object)) => {
            if let Some(value) = object.get_mut(key) {
                remove(value, rest);
            }
        }
        ([Step::Index(index), rest @ ..], Value::Array(array)) => {
            if let Some(value) = array.get_mut(*index) {
                remove(value, rest);
            }
        }
        _ => {}
    }
}

fn at_root(message: impl Into<String>) -> Problem {
    Problem { path: Path::default(), message: message.into() }
}

fn read_text(path: &FilePath) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST_FILE + 1).read_to_end(&mut bytes));
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(match std::path::absolute(path) {
                Ok(absolute) if absolute != path => format!("there is no such file ({})", absolute.display()),
                _ => "there is no such file".into(),
            });
        }
        Err(error) => return Err(format!("cannot be read: {error}")),
        Ok(_) => {}
    }
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(format!("larger than {} MiB; this is no config", LARGEST_FILE >> 20));
    }
    String::from_utf8(bytes)
        .map_err(|error| format!("not UTF-8 text, from byte {}", error.utf8_error().valid_up_to() + 1))
}
