//! What is explored: a file as a config describes it, or as its beginning suggests.

use serde_json::json;

use super::column::Told;
use crate::args::ExploreArgs;
use crate::config::{Config, KindName};
use crate::csv_table::CsvTable;
use crate::error::Error;
use crate::init::{Dialect, InitError, model_name};
use crate::roles::{FeatureColumn, Source, TargetColumns, layout};

/// The name of no column.
const NO_NAME: &str = "\u{fffc}";

/// The table and what is known of it.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) config: Config,
    pub(super) source: Source,
    /// Whether the config is the user's: then its target, filters and kinds hold.
    pub(super) is_configured: bool,
    /// Whether one of the columns is to be predicted.
    pub(super) has_target: bool,
    /// What the user should know of the guesses.
    pub(super) notes: Vec<String>,
}

impl Subject {
    /// Opens the file that the arguments name.
    pub(super) fn open(args: &ExploreArgs) -> Result<Self, Error> {
        if let Some(path) = &args.conf {
            let config = Config::read(path, &args.set)?;
            let source = Source::open(&config).map_err(InitError::from)?;
            return Ok(Self { config, source, is_configured: true, has_target: true, notes: Vec::new() });
        }
        // The command line asks for one of the two.
        let data = args.data.clone().unwrap_or_default();
        let path = data.to_str().ok_or_else(|| InitError::Path { path: data.clone() })?;
        let asked = args.target.as_deref();
        let dialect = Dialect::sniff(&data, asked.unwrap_or(NO_NAME), args.columns.as_deref())
            .map_err(InitError::from)?;
        let name = model_name(&data);
        let of_target = |target: &str| {
            let config = json!({"name": name, "data": dialect.data(path), "target": {"column": target}});
            Config::parse(&config.to_string(), &[], path, &name)
        };
        let target = match asked {
            Some(asked) => dialect.target(asked),
            // A config needs one; it is not looked at.
            None => {
                let data = of_target(NO_NAME)?.data;
                let table = CsvTable::of_rows(&data.path, &layout(&data), data.cells.decimal)
                    .map_err(InitError::from)?;
                table.columns().names().first().cloned().unwrap_or_default()
            }
        };
        let config = of_target(&target)?;
        let source = Source::open(&config).map_err(InitError::from)?;
        let has_target = asked.is_some();
        Ok(Self { has_target, notes: dialect.notes(), ..Self::guessed(config, source) })
    }

    /// A table of which nothing is known but its layout and its target.
    pub(super) fn guessed(config: Config, source: Source) -> Self {
        Self { config, source, is_configured: false, has_target: true, notes: Vec::new() }
    }

    /// The name of a column; one behind those of the file is the derived target.
    pub(super) fn column_name(&self, place: usize) -> String {
        let names = self.source.table.columns().names();
        names.get(place).map_or(self.config.target.name(), String::as_str).to_owned()
    }

    /// What is known of a column before its cells are looked at.
    pub(super) fn told(&self, place: usize) -> Told {
        let is_code = |feature: &FeatureColumn| feature.settings.kind == Some(KindName::Category);
        let mut features = self.source.roles.features.iter();
        if self.is_configured && features.any(|feature| feature.position == place && is_code(feature)) {
            Told::Codes
        } else if self.source.table.holds_text(place) {
            Told::Text
        } else {
            Told::Nothing
        }
    }

    /// The column of the target, where it is a column of the file.
    pub(super) fn target_column(&self) -> Option<usize> {
        match self.source.roles.target {
            TargetColumns::Column(position) if self.has_target => Some(position),
            _ => None,
        }
    }

    /// The name of a target that is derived from other columns.
    pub(super) fn derived_target(&self) -> Option<&str> {
        let is_derived = matches!(self.source.roles.target, TargetColumns::MinutesBetween { .. });
        (self.has_target && is_derived).then(|| self.config.target.name())
    }
}
