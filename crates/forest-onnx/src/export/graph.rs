//! A graph under construction: nodes, constants, inputs and outputs, each with its name.

use crate::proto::{
    AttributeProto, DimensionProto, GraphProto, ML_DOMAIN, NodeProto, TensorProto, TensorShapeProto,
    TensorTypeProto, TypeProto, ValueInfoProto, attribute, element,
};

/// Collects a graph; every tensor of it is known by its name.
#[derive(Debug, Default)]
pub(super) struct GraphWriter {
    graph: GraphProto,
}

impl GraphWriter {
    /// An input of shape `[rows, width]`.
    pub(super) fn input(&mut self, name: &str, element: i32, width: usize) {
        self.graph.input.push(tensor_value(name, element, Some(width)));
    }

    /// An output of shape `[rows, width]`, or `[rows]` without a width.
    pub(super) fn output(&mut self, name: &str, element: i32, width: Option<usize>) {
        self.graph.output.push(tensor_value(name, element, width));
    }

    /// A constant.
    pub(super) fn constant(&mut self, name: &str, tensor: TensorProto) -> String {
        self.graph.initializer.push(TensorProto { name: Some(name.into()), ..tensor });
        name.into()
    }

    /// A node of the standard operators with one output, which is named as the node.
    pub(super) fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: &str,
        attributes: Vec<AttributeProto>,
    ) -> String {
        self.graph.node.push(node(operator, "", inputs, output, attributes));
        output.into()
    }

    /// A node of the machine-learning operators.
    pub(super) fn ml_node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: &str,
        attributes: Vec<AttributeProto>,
    ) -> String {
        self.graph.node.push(node(operator, ML_DOMAIN, inputs, output, attributes));
        output.into()
    }

    pub(super) fn finish(mut self, name: &str) -> GraphProto {
        self.graph.name = Some(name.into());
        self.graph
    }
}

fn node(
    operator: &str,
    domain: &str,
    inputs: &[&str],
    output: &str,
    attribute: Vec<AttributeProto>,
) -> NodeProto {
    NodeProto {
        input: inputs.iter().map(|&name| name.into()).collect(),
        output: vec![output.into()],
        name: Some(output.into()),
        op_type: Some(operator.into()),
        attribute,
        domain: Some(domain.into()),
    }
}

fn tensor_value(name: &str, element: i32, width: Option<usize>) -> ValueInfoProto {
    let mut dim = vec![DimensionProto { dim_value: None, dim_param: Some("rows".into()) }];
    dim.extend(width.map(|width| DimensionProto { dim_value: Some(width as i64), dim_param: None }));
    let tensor_type = TensorTypeProto { elem_type: Some(element), shape: Some(TensorShapeProto { dim }) };
    ValueInfoProto { name: Some(name.into()), r#type: Some(TypeProto { tensor_type: Some(tensor_type) }) }
}

fn named(name: &str, kind: i32) -> AttributeProto {
    AttributeProto { name: Some(name.into()), r#type: Some(kind), ..AttributeProto::default() }
}

pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { i: Some(value), ..named(name, attribute::INT) }
}

pub(super) fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto { f: Some(value), ..named(name, attribute::FLOAT) }
}

pub(super) fn text(name: &str, value: &str) -> AttributeProto {
    AttributeProto { s: Some(value.into()), ..named(name, attribute::STRING) }
}

pub(super) fn ints(name: &str, values: Vec<i64>) -> AttributeProto {
    AttributeProto { ints: values, ..named(name, attribute::INTS) }
}

pub(super) fn floats(name: &str, values: Vec<f32>) -> AttributeProto {
    AttributeProto { floats: values, ..named(name, attribute::FLOATS) }
}

pub(super) fn texts(name: &str, values: Vec<Vec<u8>>) -> AttributeProto {
    AttributeProto { strings: values, ..named(name, attribute::STRINGS) }
}

/// An attribute that holds a list of doubles.
pub(super) fn doubles(name: &str, values: &[f64]) -> AttributeProto {
    let tensor = TensorProto {
        dims: vec![values.len() as i64],
        data_type: Some(element::DOUBLE),
        raw_data: Some(values.iter().flat_map(|value| value.to_le_bytes()).collect()),
        ..TensorProto::default()
    };
    AttributeProto { t: Some(tensor), ..named(name, attribute::TENSOR) }
}

/// A constant number.
pub(super) fn scalar(value: f32) -> TensorProto {
    TensorProto {
        data_type: Some(element::FLOAT),
        raw_data: Some(value.to_le_bytes().into()),
        ..TensorProto::default()
    }
}
