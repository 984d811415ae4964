//! The config as it took effect: what was inferred stands where the config was silent.

use model_core::schema::{Category, Feature, FeatureKind, Levels, Missing, Task};

use crate::config::typed;
use crate::config::{CategoryValues, Config, KindName, TaskName};
use crate::schema_inference::Draft;

/// Fills in the inferred features, the task, and the defaults that depend on it. Training with the result gives the same model.
pub(super) fn effective_config(config: &Config, draft: &Draft) -> typed::Config {
    let mut typed = config.filled_in(match draft.schema.target.task {
        Task::Regression => TaskName::Regression,
        Task::Classification(_) => TaskName::Classification,
    });
    let said = |name: &str| {
        let settings = match &config.typed.features {
            typed::Features::All(_) => None,
            typed::Features::Listed(entries) => entries.iter().find_map(|entry| match entry {
                typed::FeatureEntry::Settings(feature) if feature.name == name => Some(feature),
                typed::FeatureEntry::Settings(_) | typed::FeatureEntry::Name(_) => None,
            }),
            typed::Features::AllBut(all) => all.settings.iter().find(|feature| feature.name == name),
        };
        settings.cloned().unwrap_or_default()
    };
    let entries = draft
        .schema
        .features
        .iter()
        .map(|feature| typed::FeatureEntry::Settings(with_inferred(said(&feature.name), feature)));
    typed.features = typed::Features::Listed(entries.collect());
    typed
}

fn with_inferred(mut said: typed::Feature, feature: &Feature) -> typed::Feature {
    said.name.clone_from(&feature.name);
    said.identifier = Some(feature.identifier.clone());
    said.kind = Some(match &feature.kind {
        FeatureKind::Number { .. } => KindName::Number,
        FeatureKind::Integer { .. } => KindName::Integer,
        FeatureKind::Category(_) => KindName::Category,
        FeatureKind::Boolean => KindName::Boolean,
    });
    if let FeatureKind::Category(Category { levels, .. }) = &feature.kind {
        said.values = Some(match levels {
            Levels::Text(_) => CategoryValues::Text,
            Levels::Integer { .. } => CategoryValues::Integer,
        });
    }
    if said.missing.is_none() {
        said.missing = match feature.missing {
            Missing::Refuse => Some(typed::Missing::Word(typed::MissingWord::Refuse)),
            Missing::Allow => Some(typed::Missing::Word(typed::MissingWord::Allow)),
            Missing::Default(_) => None,
        };
    }
    said
}
