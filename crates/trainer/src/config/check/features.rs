//! Rules about the features.

use std::collections::BTreeMap;

use super::Problems;
use crate::config::path::Path;
use crate::config::typed::{self, KindName, MissingWord, Scalar};
use crate::config::{Constraints, DefaultFrom, FeatureSettings, Features, MissingPolicy, Problem, Selection};

pub(super) fn check(config: &typed::Config, problems: &mut Problems) -> Features {
    let place = Path::from_iter(["features"]);
    let mut checker = Checker { config, problems, names: BTreeMap::new(), identifiers: BTreeMap::new() };
    match &config.features {
        typed::Features::All(_) => {
            Features { selection: Selection::AllBut(Vec::new()), settings: Vec::new() }
        }
        typed::Features::Listed(entries) => checker.listed(&place, entries),
        typed::Features::AllBut(all_but) => checker.all_but(&place, all_but),
    }
}

struct Checker<'a> {
    config: &'a typed::Config,
    problems: &'a mut Problems,
    /// Where each column name was met.
    names: BTreeMap<&'a str, Path>,
    /// The feature of each identifier.
    identifiers: BTreeMap<String, &'a str>,
}

impl<'a> Checker<'a> {
    fn listed(&mut self, place: &Path, entries: &'a [typed::FeatureEntry]) -> Features {
        let mut names = Vec::new();
        let mut settings = Vec::new();
        if entries.is_empty() {
            self.problem(place.clone(), "a model needs a feature; \"all\" stands for all columns");
        }
        for (index, entry) in entries.iter().enumerate() {
            let place = place.then(index);
            let name = match entry {
                typed::FeatureEntry::Name(name) => {
                    self.name(&place, name, None);
                    name
                }
                typed::FeatureEntry::Settings(feature) => {
                    settings.push(self.feature(&place, feature));
                    &feature.name
                }
            };
            names.push(name.clone());
        }
        Features { selection: Selection::Listed(names), settings }
    }

    fn all_but(&mut self, place: &Path, typed: &'a typed::AllButFeatures) -> Features {
        let settings = typed
            .settings
            .iter()
            .enumerate()
            .map(|(index, feature)| self.feature(&place.then("settings").then(index), feature))
            .collect();
        for (index, name) in typed.exclude.iter().enumerate() {
            if let Some(settings) = self.names.get(name.as_str()) {
                let message = format!("column {name:?} is left out here, yet has settings at {settings}");
                self.problem(place.then("exclude").then(index), message);
            }
        }
        Features { selection: Selection::AllBut(typed.exclude.clone()), settings }
    }

    fn feature(&mut self, place: &Path, typed: &'a typed::Feature) -> FeatureSettings {
        self.name(place, &typed.name, typed.identifier.as_deref());
        let missing = self.missing(place, typed);
        let settings = FeatureSettings {
            name: typed.name.clone(),
            kind: typed.kind,
            identifier: typed.identifier.clone(),
            description: typed.description.clone(),
            unit: typed.unit.clone(),
            missing,
            minimum: typed.minimum,
            maximum: typed.maximum,
            allowed: typed.allowed.clone(),
            values: typed.values,
        };
        if let (Some(minimum), Some(maximum)) = (typed.minimum, typed.maximum)
            && minimum > maximum
        {
            self.problem(
                place.then("minimum"),
                format!("the minimum {minimum} is above the maximum {maximum}"),
            );
        }
        match typed.kind.map(|kind| settings.constraints(kind)) {
            Some(Err(error)) => self.problem(place.then(error.key), error.reason),
            Some(Ok(constraints)) => self.allowed_within_bounds(place, &constraints),
            None => {}
        }
        settings
    }

    /// A name may stand once, must not be the target's, and two columns may not get one identifier.
    fn name(&mut self, place: &Path, name: &'a str, identifier: Option<&str>) {
        if let Some(first) = self.names.insert(name, place.clone()) {
            self.problem(place.clone(), format!("column {name:?} stands at {first} already"));
            return;
        }
        let target = &self.config.target;
        let target_columns = target.column.iter().chain(target.minutes_between.iter().flatten());
        if target_columns.into_iter().any(|column| column == name) {
            self.problem(place.clone(), format!("column {name:?} is the target and cannot be a feature"));
        }
        if self.config.model.sample_weight.as_deref() == Some(name) {
            self.problem(
                place.clone(),
                format!("column {name:?} is the sample weight and cannot be a feature"),
            );
        }
        if let Some(identifier) = identifier
            && model_core::schema::identifier(identifier) != identifier
        {
            self.problem(
                place.then("identifier"),
                format!("expected letters, digits and `_`, no digit first, found {identifier:?}"),
            );
        }
        let identifier = identifier.map_or_else(|| model_core::schema::identifier(name), str::to_owned);
        if let Some(other) = self.identifiers.insert(identifier.clone(), name) {
            self.problem(
                place.clone(),
                format!(
                    "columns {other:?} and {name:?} would both be asked for as `{identifier}`; give one of \
                     them another `identifier`"
                ),
            );
        }
    }

    fn allowed_within_bounds(&mut self, place: &Path, constraints: &Constraints) {
        let (minimum, maximum, allowed) = match constraints {
            Constraints::Integer { minimum, maximum, allowed }
            | Constraints::Category(crate::config::CategoryConstraints::Integer {
                minimum,
                maximum,
                allowed,
            }) => (minimum, maximum, allowed),
            _ => return,
        };
        for value in allowed {
            if minimum.is_some_and(|minimum| *value < minimum)
                || maximum.is_some_and(|maximum| *value > maximum)
            {
                self.problem(place.then("allowed"), format!("{value} is outside of minimum and maximum"));
            }
        }
    }

    fn missing(&mut self, place: &Path, typed: &typed::Feature) -> Option<MissingPolicy> {
        let place = place.then("missing").then("default");
        let value = match typed.missing.as_ref()? {
            typed::Missing::Word(MissingWord::Refuse) => return Some(MissingPolicy::Refuse),
            typed::Missing::Word(MissingWord::Allow) => return Some(MissingPolicy::Allow),
            typed::Missing::Default(policy) => &policy.default,
        };
        let statistic = match value {
            Scalar::Text(word) => match word.as_str() {
                "median" => Some(DefaultFrom::Median),
                "mean" => Some(DefaultFrom::Mean),
                "most_frequent" => Some(DefaultFrom::MostFrequent),
                _ => None,
            },
            _ => None,
        };
        let fits = match (typed.kind, statistic) {
            (None, _) | (_, Some(DefaultFrom::MostFrequent)) => Ok(()),
            (Some(KindName::Number), Some(_)) | (Some(KindName::Integer), Some(DefaultFrom::Median)) => {
                Ok(())
            }
            (Some(KindName::Integer), Some(DefaultFrom::Mean)) => {
                Err("a mean is not a whole number; use \"median\" or \"most_frequent\"".to_owned())
            }
            (Some(KindName::Category | KindName::Boolean), Some(_)) => {
                Err("a median or mean needs numbers; use \"most_frequent\" or a value".to_owned())
            }
            (Some(kind), None) => scalar_fits(kind, typed.values, value),
        };
        if let Err(message) = fits {
            self.problem(place, message);
        }
        Some(match statistic {
            Some(statistic) => MissingPolicy::Computed(statistic),
            None => MissingPolicy::Value(value.clone()),
        })
    }

    fn problem(&mut self, path: Path, message: impl Into<String>) {
        self.problems.0.push(Problem { path, message: message.into() });
    }
}

fn scalar_fits(kind: KindName, values: Option<typed::CategoryValues>, value: &Scalar) -> Result<(), String> {
    let (fits, expected) = match (kind, values) {
        (KindName::Number, _) => {
            (matches!(value, Scalar::Integer(_) | Scalar::Number(_)), "a number, \"median\", \"mean\"")
        }
        (KindName::Integer, _) => (matches!(value, Scalar::Integer(_)), "a whole number, \"median\""),
        (KindName::Boolean, _) => (matches!(value, Scalar::Boolean(_)), "true, false"),
        (KindName::Category, Some(typed::CategoryValues::Integer)) => {
            (matches!(value, Scalar::Integer(_)), "a whole number")
        }
        (KindName::Category, Some(typed::CategoryValues::Text)) => {
            (matches!(value, Scalar::Text(_)), "a text")
        }
        (KindName::Category, None) => {
            (matches!(value, Scalar::Integer(_) | Scalar::Text(_)), "a text, a whole number")
        }
    };
    if fits {
        Ok(())
    } else {
        Err(format!("expected {expected} or \"most_frequent\", found {}", value.shown()))
    }
}
