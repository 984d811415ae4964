//! What each column of a table is for, by the config.

use crate::config::{self, Config, FeatureSettings, Filter, Selection, TargetSource};
use crate::csv_table::{CsvTable, HeaderRow, Layout, TableError};

/// A table and what its columns are for.
#[derive(Debug, Clone)]
pub struct Source {
    /// The table.
    pub table: CsvTable,
    /// What its columns are for.
    pub roles: Roles,
}

impl Source {
    /// Opens the file of a config and finds the columns that the config names.
    ///
    /// # Errors
    /// When the file cannot be read or lacks one of the columns.
    pub fn open(config: &Config) -> Result<Self, TableError> {
        let table = CsvTable::of_rows(&config.data.path, &layout(&config.data), config.data.cells.decimal)?;
        let roles = Roles::resolve(config, &table)?;
        Ok(Self { table, roles })
    }
}

/// The layout of the config's CSV file.
pub fn layout(data: &config::Data) -> Layout {
    Layout {
        delimiter: data.delimiter,
        quote: data.quote,
        header: match &data.columns {
            config::Columns::Header => HeaderRow::First,
            config::Columns::Named(names) => HeaderRow::Absent(names.clone()),
        },
        skip_lines: data.skip_rows.into(),
    }
}

/// The columns that take part in training.
#[derive(Debug, Clone)]
pub struct Roles {
    /// Candidates for features, in the order of the encoded row.
    pub features: Vec<FeatureColumn>,
    /// Whether the config names the features one by one; else a column that is no use as a feature is left out.
    pub listed: bool,
    /// Where the target is read.
    pub target: TargetColumns,
    /// Where the weight of a row is read.
    pub weight: Option<usize>,
    /// Conditions on rows, with the positions of their columns.
    pub filters: Vec<(usize, Filter)>,
}

/// A column that may become a feature.
#[derive(Debug, Clone)]
pub struct FeatureColumn {
    /// Position in the record.
    pub position: usize,
    /// Name of the column.
    pub name: String,
    /// What the config says about it.
    pub settings: FeatureSettings,
    /// Whether its type says that it holds text; the cells of a CSV file have no type.
    pub is_text: bool,
}

/// Where the target is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetColumns {
    /// In a column of its own.
    Column(usize),
    /// As the minutes between two.
    MinutesBetween {
        /// Position of the start.
        start: usize,
        /// Position of the end.
        end: usize,
    },
}

impl TargetColumns {
    /// Whether its type says that it holds text.
    pub(crate) fn is_text(self, table: &CsvTable) -> bool {
        matches!(self, Self::Column(position) if table.holds_text(position))
    }

    fn contains(self, position: usize) -> bool {
        match self {
            Self::Column(column) => column == position,
            Self::MinutesBetween { start, end } => start == position || end == position,
        }
    }
}

impl Roles {
    /// Finds the columns that the config names.
    ///
    /// # Errors
    /// When the table lacks one of them; the error names the nearest name that it has.
    pub fn resolve(config: &Config, table: &CsvTable) -> Result<Self, TableError> {
        let position = |name: &str| table.columns().require(table.path(), name);
        let target = match &config.target.source {
            TargetSource::Column(column) => TargetColumns::Column(position(column)?),
            TargetSource::MinutesBetween { start, end, .. } => {
                TargetColumns::MinutesBetween { start: position(start)?, end: position(end)? }
            }
        };
        let weight = config.model.sample_weight.as_deref().map(position).transpose()?;
        let mut settings = vec![None; table.columns().len()];
        for of_column in &config.features.settings {
            settings[position(&of_column.name)?] = Some(of_column);
        }
        let positions: Vec<usize> = match &config.features.selection {
            Selection::Listed(names) => names.iter().map(|name| position(name)).collect::<Result<_, _>>()?,
            Selection::AllBut(names) => {
                let excluded = names.iter().map(|name| position(name)).collect::<Result<Vec<_>, _>>()?;
                let is_free = |column: &usize| {
                    !excluded.contains(column) && !target.contains(*column) && weight != Some(*column)
                };
                (0..table.columns().len()).filter(is_free).collect()
            }
        };
        let feature = |position: usize| {
            let name = table.columns().names()[position].clone();
            let mut settings = settings[position].cloned().unwrap_or_default();
            settings.name.clone_from(&name);
            FeatureColumn { position, name, settings, is_text: table.holds_text(position) }
        };
        let filters = config
            .data
            .filters
            .iter()
            .map(|filter| Ok((position(&filter.column)?, filter.clone())))
            .collect::<Result<_, TableError>>()?;
        Ok(Self {
            features: positions.into_iter().map(feature).collect(),
            listed: matches!(config.features.selection, Selection::Listed(_)),
            target,
            weight,
            filters,
        })
    }
}
