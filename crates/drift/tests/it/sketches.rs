//! Sketches of parts are merged into that of the whole, and a sketch can be compared with another.

use drift::{OtherLayout, Reference, Sketch, Thresholds, compare};

use crate::populations::{Population, described, draw, samples};

#[test]
fn merged_sketches_are_the_sketch_of_all_rows() {
    let here = Population { missing: 0.2, elsewhere: 0.1, ..Population::default() };
    let (rows, scores) = draw(Population::default(), 300, 1);
    let (header, profile) = described(&rows, &scores, true);
    let reference = Reference::of(&header, &profile).unwrap();
    let (rows, scores) = draw(here, 1000, 2);
    let mut whole = Sketch::new(reference.layout().clone());
    whole.add(&rows, &scores);
    for parts in [1, 2, 7] {
        let mut merged = Sketch::new(reference.layout().clone());
        for part in 0..parts {
            let mut sketch = Sketch::new(reference.layout().clone());
            for row in (0..rows.len()).filter(|row| row % parts == part) {
                sketch.add_row(rows.row(row), scores.row(row));
            }
            merged.merge(&sketch).unwrap();
        }
        assert_eq!(merged, whole);
    }
    assert_eq!(whole.rows(), 1000);

    let (other, _) = samples((Population::default(), 50), (here, 1), true, 3);
    assert_eq!(whole.merge(&Sketch::new(other.layout().clone())), Err(OtherLayout));
}

#[test]
fn later_rows_are_compared_with_earlier_ones() {
    let here = Population::default();
    let moved = Population { moved: -1.5, ..here };
    let (reference, earlier) = samples((here, 2000), (moved, 2000), true, 5);
    let (rows, scores) = draw(moved, 2000, 6);
    let mut later = Sketch::new(reference.layout().clone());
    later.add(&rows, &scores);
    let thresholds = Thresholds::default();
    assert!(compare(&reference, &later, &thresholds).drifted().next().is_some());
    let of_earlier = reference.with_rows_of(&earlier).unwrap();
    assert_eq!(of_earlier.rows(), 2000);
    let comparison = compare(&of_earlier, &later, &thresholds);
    assert_eq!(comparison.drifted().count(), 0, "{comparison:?}");
}
