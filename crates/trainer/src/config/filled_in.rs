//! The config with every default written out that depends on other keys or on the task.

use super::typed::{self, Algorithm, Criterion, MaxFeatures, MaxFeaturesWord, Metric, TaskName};
use super::{Config, Model};

impl Config {
    /// The config as typed, and what it left to its name, its algorithm and the task of its data. Reading the result
    /// gives the same config.
    pub fn filled_in(&self, task: TaskName) -> typed::Config {
        let mut typed = self.typed.clone();
        typed.name = Some(self.name.clone());
        typed.title = Some(self.title.clone());
        typed.app.title = Some(self.app.title.clone());
        typed.app.description = Some(self.app.description.clone());
        typed.target.task = Some(task);
        typed.metrics.get_or_insert_with(|| {
            Metric::ALL.into_iter().filter(|&metric| self.measures(metric, task)).collect()
        });
        // What was searched does not decide about the model.
        typed.tune = None;
        fill_in(&mut typed.model, &self.model, task);
        typed
    }

    fn measures(&self, metric: Metric, task: TaskName) -> bool {
        metric.task() == task && (self.model.interval.is_some() || !metric.is_of_intervals())
    }
}

fn fill_in(typed: &mut typed::Model, model: &Model, task: TaskName) {
    typed.n_estimators = model.n_estimators;
    typed.bootstrap = Some(model.bootstrap);
    typed.criterion.get_or_insert(match task {
        TaskName::Regression => Criterion::SquaredError,
        TaskName::Classification => Criterion::Gini,
    });
    if typed.max_features == MaxFeatures::Word(MaxFeaturesWord::Auto) {
        typed.max_features = match (model.algorithm, task) {
            (Algorithm::DecisionTree, _) | (_, TaskName::Regression) => MaxFeatures::All,
            (Algorithm::RandomForest | Algorithm::ExtraTrees, TaskName::Classification) => {
                MaxFeatures::Word(MaxFeaturesWord::Sqrt)
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Config {
        Config::parse(text, &[], "c.json", "c").unwrap()
    }

    #[test]
    fn what_was_left_open_is_written_out_and_reads_the_same() {
        let check = |model: &str, task: TaskName, expected: &str| {
            let text =
                format!(r#"{{"data": {{"path": "a"}}, "target": {{"column": "y"}}, "model": {model}}}"#);
            let config = read(&text);
            let filled = config.filled_in(task);
            let model = serde_json::to_value(&filled.model).unwrap();
            let found: Vec<_> = ["n_estimators", "criterion", "bootstrap", "max_features"]
                .map(|key| model[key].to_string())
                .into();
            assert_eq!(found.join(" "), expected);
            let again = read(&serde_json::to_string(&filled).unwrap());
            assert_eq!(again.filled_in(task), filled);
            assert_eq!((again.name, again.title, again.app), (config.name, config.title, config.app));
        };
        let (number, class) = (TaskName::Regression, TaskName::Classification);
        check("{}", number, r#"100 "squared_error" true null"#);
        check("{}", class, r#"100 "gini" true "sqrt""#);
        check(r#"{"algorithm": "extra_trees", "n_estimators": 7}"#, class, r#"7 "gini" false "sqrt""#);
        check(r#"{"algorithm": "decision_tree"}"#, class, r#"1 "gini" false null"#);
        check(r#"{"criterion": "entropy", "max_features": 0.5}"#, class, r#"100 "entropy" true 0.5"#);
    }
}
