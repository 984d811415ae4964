//! Artifacts that know less: what is compared all the same, and what is said of the rest.

use drift::{NotCompared, Reference, ReferenceError, Sketch, Thresholds, compare};
use model_core::baseline::AnswerDistribution;

use crate::populations::{Population, described, draw};

#[test]
fn an_older_artifact_is_compared_by_its_profile_and_says_what_it_lacks() {
    let (rows, scores) = draw(Population::default(), 500, 1);
    let (header, profile) = described(&rows, &scores, false);
    let reference = Reference::of(&header, &profile).unwrap();
    assert_eq!(reference.not_compared(), [NotCompared::FineNumbers, NotCompared::Answers]);
    let mut sketch = Sketch::new(reference.layout().clone());
    sketch.add(&rows, &scores);
    let comparison = compare(&reference, &sketch, &Thresholds::default());
    assert!(comparison.answers.is_none());
    assert_eq!(comparison.features.len(), 5);
    let told = comparison.not_compared[1].to_string();
    assert!(told.contains("older version of Canopy") && told.contains("train it again"), "{told}");
}

#[test]
fn a_broken_baseline_is_refused_and_never_counted_into() {
    let (rows, scores) = draw(Population::default(), 500, 1);
    let (header, profile) = described(&rows, &scores, true);
    let check = |change: &dyn Fn(&mut model_core::Header, &mut model_core::Profile), expected: &str| {
        let (mut header, mut profile) = (header.clone(), profile.clone());
        change(&mut header, &mut profile);
        let error = Reference::of(&header, &profile).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    };
    check(&|header, _| header.baseline.as_mut().unwrap().features.truncate(2), "describes 2 features");
    check(&|_, profile| profile.features.truncate(3), "describes 3 features");
    check(
        &|header, _| header.baseline.as_mut().unwrap().features[0].as_mut().unwrap().rows.truncate(1),
        "longitude",
    );
    check(
        &|header, _| {
            let answers = header.baseline.as_mut().unwrap().answers.as_mut().unwrap();
            answers.distribution = AnswerDistribution::Classes(vec![1, 2, 3]);
        },
        "distribution of value",
    );
    assert_eq!(
        Reference::of(&header, &model_core::Profile { features: vec![], ..profile }).unwrap_err(),
        ReferenceError::Width { expected: 5, found: 0 }
    );
}
