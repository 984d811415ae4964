//! A trained random forest: validate it, walk it, average it.
//!
//! The learner hands over trees through [`TreeBuilder`], the server gets a [`ForestModel`] from an artifact; both walk
//! the same [`Forest`] by the one branch rule of [`node`]. Nothing here knows how a tree is grown.

mod category_sets;
mod covers;
mod error;
mod explanation;
mod forest;
mod forest_model;
mod intervals;
mod leaf_table;
mod leaf_targets;
pub mod node;
mod node_view;
mod quadrature;
mod shape;
mod shares;
mod traversal;
mod tree_builder;
mod varint;

pub use error::{ForestError, LoadError};
pub use explanation::Explainer;
pub use forest::{Forest, LARGEST_ANSWER};
pub use forest_model::ForestModel;
pub use intervals::OutOfBagRow;
pub use leaf_targets::LeafRow;
pub use node_view::{LevelSet, NodeView};
pub use shape::{Column, Shape};
pub use tree_builder::{GrownTree, TreeBuilder};
