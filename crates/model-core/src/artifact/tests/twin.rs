//! The payload of format 1 as `wincode` sees it: the proven way out, should bincode have to go.

use wincode::{SchemaRead, SchemaWrite};

#[derive(Debug, PartialEq, SchemaRead, SchemaWrite)]
pub(super) struct Profile {
    pub(super) rows: u64,
    pub(super) features: Vec<Distribution>,
    pub(super) target: Distribution,
    pub(super) examples: Vec<Vec<Option<f32>>>,
}

#[derive(Debug, PartialEq, SchemaRead, SchemaWrite)]
pub(super) enum Distribution {
    Numeric {
        missing: u64,
        minimum: f64,
        maximum: f64,
        mean: f64,
        standard_deviation: f64,
        quantiles: Vec<f64>,
    },
    Levels {
        missing: u64,
        counts: Vec<u64>,
    },
}

#[derive(Debug, PartialEq, SchemaRead, SchemaWrite)]
pub(super) enum Levels {
    Text(Vec<String>),
    Integer { values: Vec<i64>, minimum: Option<i64>, maximum: Option<i64> },
}

#[derive(Debug, PartialEq, SchemaRead, SchemaWrite)]
pub(super) enum Kind {
    Number { minimum: Option<f64>, maximum: Option<f64> },
    Integer { minimum: Option<i64>, maximum: Option<i64>, allowed: Vec<i64> },
    Category { levels: Levels, closed: bool },
    Boolean,
}

#[derive(Debug, PartialEq, SchemaRead, SchemaWrite)]
pub(super) enum DefaultValue {
    Number(f64),
    Integer(i64),
    Text(String),
    Boolean(bool),
}

#[derive(Debug, PartialEq, SchemaRead, SchemaWrite)]
pub(super) enum Missing {
    Refuse,
    Allow,
    Default(DefaultValue),
}

#[derive(Debug, PartialEq, SchemaRead, SchemaWrite)]
pub(super) struct Feature {
    pub(super) name: String,
    pub(super) identifier: String,
    pub(super) description: Option<String>,
    pub(super) unit: Option<String>,
    pub(super) kind: Kind,
    pub(super) missing: Missing,
}

#[derive(Debug, PartialEq, SchemaRead, SchemaWrite)]
pub(super) enum Label {
    Integer(i64),
    Text(String),
}

#[derive(Debug, PartialEq, SchemaRead, SchemaWrite)]
pub(super) enum Task {
    Regression,
    Classification(Vec<(Label, Option<String>)>),
}

#[derive(Debug, PartialEq, SchemaRead, SchemaWrite)]
pub(super) struct Payload {
    pub(super) features: Vec<Feature>,
    pub(super) target: (String, Option<String>, Option<String>, Task),
    pub(super) cells: (Vec<String>, Vec<String>, bool, Option<char>, char),
    pub(super) profile: Profile,
    pub(super) blocks: Vec<(String, Vec<u8>)>,
}
