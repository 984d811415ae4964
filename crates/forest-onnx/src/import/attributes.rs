//! The attributes of a node by their names, each in the form that it must have.

use crate::proto::{AttributeProto, NodeProto, TensorProto, element};

use super::ImportError;

/// The attributes of one node.
pub(super) struct Attributes<'a>(&'a [AttributeProto]);

impl<'a> Attributes<'a> {
    pub(super) fn of(node: &'a NodeProto) -> Self {
        Self(&node.attribute)
    }

    fn find(&self, name: &str) -> Option<&'a AttributeProto> {
        self.0.iter().find(|attribute| attribute.name.as_deref() == Some(name))
    }

    /// A list of whole numbers; empty when absent.
    pub(super) fn ints(&self, name: &str) -> &'a [i64] {
        self.find(name).map_or(&[], |attribute| &attribute.ints)
    }

    /// One whole number.
    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.find(name).and_then(|attribute| attribute.i)
    }

    /// A list of texts; empty when absent.
    pub(super) fn texts(&self, name: &str) -> &'a [Vec<u8>] {
        self.find(name).map_or(&[], |attribute| &attribute.strings)
    }

    /// A text, or what stands for it when it is absent.
    pub(super) fn text(&self, name: &str, default: &'static str) -> String {
        let text = self.find(name).and_then(|attribute| attribute.s.as_ref());
        text.map_or(default.into(), |text| String::from_utf8_lossy(text).into_owned())
    }

    /// A list of numbers, which stands either as `f32` under its own name or as a tensor of either width under
    /// `as_tensor`; empty when both are absent.
    pub(super) fn numbers(
        &self,
        name: &'static str,
        as_tensor: &'static str,
    ) -> Result<Vec<f64>, ImportError> {
        match self.find(as_tensor).and_then(|attribute| attribute.t.as_ref()) {
            Some(tensor) => tensor_numbers(tensor, as_tensor),
            None => Ok(self.find(name).map_or_else(Vec::new, |attribute| {
                attribute.floats.iter().copied().map(f64::from).collect()
            })),
        }
    }
}

fn tensor_numbers(tensor: &TensorProto, attribute: &'static str) -> Result<Vec<f64>, ImportError> {
    let raw = tensor.raw_data.as_deref();
    let numbers: Option<Vec<f64>> = match (tensor.data_type.unwrap_or_default(), raw) {
        (element::FLOAT, None) => Some(tensor.float_data.iter().copied().map(f64::from).collect()),
        (element::DOUBLE, None) => Some(tensor.double_data.clone()),
        (element::FLOAT, Some(raw)) => {
            let (numbers, rest) = raw.as_chunks();
            let number = |&bytes| f64::from(f32::from_le_bytes(bytes));
            rest.is_empty().then(|| numbers.iter().map(number).collect())
        }
        (element::DOUBLE, Some(raw)) => {
            let (numbers, rest) = raw.as_chunks();
            rest.is_empty().then(|| numbers.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect())
        }
        _ => None,
    };
    numbers.ok_or_else(|| ImportError::Attribute {
        attribute,
        reason: "expected a tensor of float or double, stored in this file".into(),
    })
}
