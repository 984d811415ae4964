//! What becomes of an alias: the one rule for every place that a registry can be in.

use crate::trail::{stack, standing};
use crate::{Alias, Change, Event, RegisteredModel, RegistryError};

/// What somebody wants of an alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AliasMove {
    /// That it names this version, as the outcome of a decision about its quality.
    Promote(u64),
    /// That it names this version.
    Set(u64),
    /// That it names nothing.
    Remove,
    /// That it names what it named before.
    RollBack,
}

impl AliasMove {
    /// The changes to be noted, in this order. All but the last one are what was found to be otherwise than the trail says; the
    /// last one is to be made.
    pub(crate) fn decide(
        self,
        found: &RegisteredModel,
        alias: &Alias,
        events: &[Event],
    ) -> Result<(Option<Change>, Change), RegistryError> {
        let name = alias.to_string();
        let before = found.aliases.get(alias.as_str()).copied();
        let noted = found_otherwise(events, &found.name, alias, before);
        let change = match self {
            Self::Promote(to) => {
                Change::Promoted { alias: name, from: before, to: found.version(to)?.number }
            }
            Self::Set(to) => Change::AliasSet { alias: name, from: before, to: found.version(to)?.number },
            Self::Remove => match before {
                Some(from) => Change::AliasRemoved { alias: name, from },
                None => {
                    let there = found.aliases.keys().cloned().collect();
                    return Err(RegistryError::NoAlias { model: found.name.clone(), alias: name, there });
                }
            },
            Self::RollBack => {
                let named = stack(events, noted.as_ref(), &found.name, alias.as_str());
                let is_there = |version: &u64| Some(*version) != before && found.version(*version).is_ok();
                match named.into_iter().rev().find(is_there) {
                    Some(to) => Change::RolledBack { alias: name, from: before, to },
                    None => {
                        return Err(RegistryError::NothingBefore { model: found.name.clone(), alias: name });
                    }
                }
            }
        };
        Ok((noted, change))
    }
}

/// What is to be noted first where an alias names something else than the trail says.
pub(crate) fn found_otherwise(
    events: &[Event],
    model: &str,
    alias: &Alias,
    names: Option<u64>,
) -> Option<Change> {
    let told = standing(events, model, alias.as_str());
    (told != names).then(|| Change::Found { alias: alias.to_string(), from: told, to: names })
}
