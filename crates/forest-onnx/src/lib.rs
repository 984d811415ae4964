//! A trained forest as an ONNX file, and a forest out of one.
//!
//! [`export()`] writes what ONNX Runtime answers as the forest does: the same leaf of every tree for every row, and their
//! mean rounded once to an `f32`. [`import()`] reads the tree ensembles that skl2onnx writes of scikit-learn's forests
//! and trees. Nothing here trains, and no server needs it.

mod export;
mod import;
mod proto;

pub use export::{ExportError, Inputs, export};
pub use import::{ImportError, Imported, import};
