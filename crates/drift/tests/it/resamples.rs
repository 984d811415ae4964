//! A fresh sample of the same data is silent; another population is not.

use drift::{Cause, Comparison, Thresholds, compare};

use crate::populations::{Population, samples};

/// Thresholds of 0: whatever chance does not explain is an alarm, so that only the evidence keeps silent.
const EVIDENCE_ALONE: Thresholds = Thresholds {
    psi: 0.0,
    ks: 0.0,
    js: 0.0,
    missing: 0.0,
    outside: 0.0,
    score: 0.0,
    false_alarms: 0.01,
    minimum_rows: 1,
};

/// Comparisons of fresh samples that found drift, of `count`.
fn alarms(before: usize, now: usize, exact: bool, thresholds: &Thresholds, count: u64) -> Vec<Comparison> {
    let population = Population { missing: 0.1, ..Population::default() };
    let compared = (0..count).map(|seed| {
        let (reference, sketch) = samples((population, before), (population, now), exact, seed);
        compare(&reference, &sketch, thresholds)
    });
    compared.filter(|comparison| comparison.drifted().next().is_some()).collect()
}

#[test]
fn a_fresh_sample_of_the_same_data_is_silent() {
    let check = |before, now, exact, thresholds: &Thresholds, count: u64| {
        let found = alarms(before, now, exact, thresholds, count);
        let told = found.iter().flat_map(|comparison| comparison.drifted());
        let told: Vec<_> = told.map(|finding| (&finding.name, &finding.causes, finding.psi)).collect();
        println!(
            "{} of {count} alarmed: {before} rows against {now}, exact {exact}, {thresholds:?}",
            found.len()
        );
        assert!(
            found.len() as u64 * 100 <= count,
            "{} of {count} with {before} and {now} rows: {told:?}",
            found.len()
        );
    };
    let defaults = Thresholds::default();
    for (before, now) in [(400, 50), (400, 400), (100, 20_000), (5000, 60), (5000, 1000), (5000, 5000)] {
        check(before, now, true, &defaults, 400);
        check(before, now, true, &EVIDENCE_ALONE, 400);
        // Quantiles alone are not exact, which the thresholds have to make up for.
        check(before, now, false, &defaults, 400);
    }
    check(30, 30, true, &EVIDENCE_ALONE, 1000);
    check(20, 5, true, &EVIDENCE_ALONE, 1000);
}

#[test]
fn another_population_is_not_silent() {
    let here = Population { missing: 0.1, ..Population::default() };
    let check = |now: Population, name: &str, cause: Cause, exact: bool| {
        for (before, rows) in [(400, 100), (5000, 1000), (5000, 50_000)] {
            let (reference, sketch) = samples((here, before), (now, rows), exact, 1);
            let comparison = compare(&reference, &sketch, &Thresholds::default());
            let finding = comparison.findings().find(|finding| finding.name == name).unwrap();
            assert!(finding.causes.contains(&cause), "{before}, {rows}: {finding:?}");
            let others = comparison.drifted().filter(|other| other.name != name).count();
            assert!(others <= usize::from(now.moved != 0.0), "{before}, {rows}: {comparison:?}");
        }
    };
    for exact in [true, false] {
        check(Population { moved: -1.5, ..here }, "longitude", Cause::Psi, exact);
        check(Population { moved: -1.5, ..here }, "longitude", Cause::Ks, exact);
        check(Population { moved: -1.5, ..here }, "longitude", Cause::Js, exact);
        check(Population { moved: -1.5, ..here }, "longitude", Cause::OutOfRange, exact);
        check(Population { missing: 0.5, ..here }, "age", Cause::Missing, exact);
        check(Population { elsewhere: 0.4, ..here }, "zone", Cause::NewLevels, exact);
    }
    check(Population { moved: -1.5, ..here }, "value", Cause::Psi, true);
}

#[test]
fn few_rows_are_not_judged() {
    let here = Population::default();
    let (reference, sketch) = samples((here, 400), (Population { moved: -9.0, ..here }, 49), true, 1);
    let comparison = compare(&reference, &sketch, &Thresholds::default());
    assert!(!comparison.is_judged);
    assert_eq!(comparison.drifted().count(), 0);
}
