//! What a model takes and gives, as tensors.

use model_core::{Category, Feature, FeatureKind, Levels, Missing};

use super::output::predicted_type;
use super::{Datatype, Output};
use crate::state::Served;

/// One tensor that a model takes or gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TensorMetadata<'a> {
    /// Name of the tensor.
    pub(crate) name: &'a str,
    /// Type of the elements.
    pub(crate) datatype: Datatype,
    /// Its dimensions, -1 for the number of rows.
    pub(crate) shape: Vec<i64>,
}

/// The tensors that a model takes: one for each feature, in the order of the columns of a matrix.
pub(crate) fn inputs(served: &Served) -> impl Iterator<Item = TensorMetadata<'_>> {
    let features = served.model().schema().features.iter();
    features.map(|feature| TensorMetadata {
        name: &feature.identifier,
        datatype: datatype(feature),
        shape: vec![-1],
    })
}

/// The tensors that a model can be asked for.
pub(crate) fn outputs(served: &Served) -> impl Iterator<Item = TensorMetadata<'_>> {
    let model = served.model();
    let given = Output::ALL.into_iter().filter(|output| output.is_of(model));
    given.map(move |output| {
        let width = match output {
            Output::Predict | Output::ExplainBase => None,
            Output::PredictProba => Some(served.classes().len()),
            Output::Interval => Some(2),
            Output::Explain => Some(model.encoder().width()),
        };
        let width = width.and_then(|width| i64::try_from(width).ok());
        let datatype = if output == Output::Predict { predicted_type(served) } else { Datatype::Fp64 };
        TensorMetadata { name: output.name(), datatype, shape: std::iter::once(-1).chain(width).collect() }
    })
}

/// The type that can say all that the feature takes. Whole numbers that may be missing are told as FP64, whose NaN says
/// so in raw elements, too.
fn datatype(feature: &Feature) -> Datatype {
    let may_be_missing = feature.missing != Missing::Refuse;
    match &feature.kind {
        FeatureKind::Number { .. } => Datatype::Fp64,
        FeatureKind::Integer { .. }
        | FeatureKind::Category(Category { levels: Levels::Integer { .. }, .. }) => {
            if may_be_missing {
                Datatype::Fp64
            } else {
                Datatype::Int64
            }
        }
        FeatureKind::Category(Category { levels: Levels::Text(_), .. }) => Datatype::Bytes,
        FeatureKind::Boolean => Datatype::Bool,
    }
}
