//! Tensors, as the Open Inference Protocol carries rows and answers; HTTP and gRPC write them their own way.
//!
//! A request's tensors go one after the other into a [`TensorReader`], which makes of them the same
//! [`crate::question::Question`] that a JSON body would give. There are two forms of a table:
//!
//! - one matrix `[n, F]` of any name, its columns in the order of the schema;
//! - one tensor a feature, `[n]` or `[n, 1]`, under the feature's identifier or column name, in any order.
//!
//! What is answered are [`OutputTensor`]s: those that [`Wanted`] names. [`inputs`] and [`outputs`] describe both sides.

mod datatype;
mod elements;
mod metadata;
mod output;
mod reader;
mod wanted;

pub(crate) use datatype::Datatype;
pub(crate) use elements::{Elements, unsigned};
pub(crate) use metadata::{TensorMetadata, inputs, outputs};
pub(crate) use output::{OutputTensor, Values, answer};
pub(crate) use reader::TensorReader;
pub(crate) use wanted::{Output, Wanted};

#[cfg(test)]
mod tests;
