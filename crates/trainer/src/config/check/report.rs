//! Rules about the report.

use super::Problems;
use crate::config::{Report, typed};

pub(super) fn check(config: &typed::Config, problems: &mut Problems) -> Report {
    let typed = config.report.clone().unwrap_or_default();
    for (place, column) in typed.protected.iter().enumerate() {
        if typed.protected[..place].contains(column) {
            problems.add([&"report", &"protected", &place], format!("{column:?} is listed twice"));
        }
        if config.target.column.as_ref() == Some(column) {
            problems.add(
                [&"report", &"protected", &place],
                format!("{column:?} is the target; name a column that says who somebody is"),
            );
        }
    }
    if typed.learning_curve == Some(true) && config.split.test_ratio == 0.0 {
        problems.add([&"report", &"learning_curve"], "nothing is held out since split.test_ratio is 0");
    }
    Report {
        n_repeats: typed.n_repeats as usize,
        protected: typed.protected,
        learning_curve: typed.learning_curve,
    }
}
