//! A regression over numbers comes back from its file as it went.

use forest_onnx::{ImportError, Inputs, import};

use crate::files::{file, forest};

#[test]
fn a_forest_comes_back_with_every_route_and_answer() {
    let imported = import(&file(Inputs::Matrix), Some(2)).unwrap();
    assert_eq!(imported.forest, forest());
    assert_eq!((imported.classes, imported.knows_missing), (None, true));
    assert_eq!(imported.producer, concat!("canopy ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    assert_eq!(file(Inputs::Columns), file(Inputs::Columns));
    assert_ne!(file(Inputs::Columns), file(Inputs::Matrix));
}

#[test]
fn other_names_than_features_are_refused() {
    let expected = ImportError::Width { named: 3, expected: 2 };
    assert_eq!(import(&file(Inputs::Matrix), Some(3)).unwrap_err(), expected);
}

#[test]
fn steps_before_the_trees_are_refused_by_name() {
    let error = import(&file(Inputs::Columns), None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the graph is not that of one random forest: the node \"Concat\" beside the trees would change the answer"
    );
}
