//! Damaged and hostile files give an error or a sound forest, never a panic.

use forest_onnx::{Inputs, import};
use proptest::prelude::*;

use crate::files::file;

#[test]
fn a_file_cut_anywhere_never_panics() {
    let whole = file(Inputs::Matrix);
    let refused = (0..whole.len()).filter(|&end| import(&whole[..end], None).is_err()).count();
    // The metadata at the end may be cut off between two entries.
    assert!(refused > whole.len() * 9 / 10, "{refused} of {}", whole.len());
}

#[test]
fn every_value_of_every_byte_never_panics() {
    let whole = file(Inputs::Matrix);
    let mut refused = 0;
    for place in 0..whole.len() {
        for value in [0, 1, 2, 0x7f, 0x80, 0xff, whole[place] ^ 1, whole[place] ^ 0x10] {
            let mut bytes = whole.clone();
            bytes[place] = value;
            refused += usize::from(answers_or_refuses(&bytes));
        }
    }
    assert!(refused > whole.len());
}

proptest! {
    #[test]
    fn a_flipped_byte_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)
    ) {
        let mut bytes = file(Inputs::Matrix);
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        answers_or_refuses(&bytes);
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        answers_or_refuses(&bytes);
    }
}

/// Whether the file is refused; when it is not, the forest answers.
fn answers_or_refuses(bytes: &[u8]) -> bool {
    let Ok(imported) = import(bytes, None) else { return true };
    let shape = imported.forest.shape();
    let mut answer = vec![0.0; shape.outputs()];
    imported.forest.score_row(&vec![f32::NAN; shape.width()], &mut answer);
    false
}
