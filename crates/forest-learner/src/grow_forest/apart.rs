//! Trees of one forest that are grown apart, by several processes, and put together.
//!
//! A tree depends on the table, the parameters and its number alone. So any process can grow any of them, and the forest that
//! is put together is the one that one process would have grown.

use std::ops::Range;

use forest::Forest;

use super::{check_shape, finish, grow_trees, shape_of};
use crate::grow_tree::Grown;
use crate::out_of_bag::OutOfBagSums;
use crate::{FitError, Fitted, ForestValidParams, TrainingSet};

impl ForestValidParams {
    /// Grows the trees of these numbers, in rayon's current pool, as [`ForestValidParams::fit_table`] would grow them among
    /// the others. A patience is not looked at: it ends by the trees before these, which are not here.
    ///
    /// # Errors
    /// As [`ForestValidParams::fit_table`].
    pub fn grow_apart(
        &self,
        set: &TrainingSet,
        trees: Range<usize>,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<Grown>, FitError> {
        let mut params = self.resolve(set)?;
        params.patience = None;
        Ok(grow_trees(&params, set, &shape_of(set)?, trees, progress)?.0)
    }

    /// The forest of trees that were grown apart on this table with these parameters, in the order of their numbers; behind
    /// those of a pretrained forest, if there is one. Equal, to the byte, to what [`ForestValidParams::fit_table`] or
    /// [`ForestValidParams::continue_on_table`] gives. Trees behind the end of a patience are dropped.
    ///
    /// # Errors
    /// As those; when trees are missing, or one of them cannot be of this table.
    pub fn put_together(
        &self,
        pretrained: Option<&Forest>,
        set: &TrainingSet,
        mut grown: Vec<Grown>,
    ) -> Result<Fitted, FitError> {
        let first = pretrained.map_or(0, Forest::tree_count);
        if pretrained.is_some() {
            self.check_continues(first)?;
        }
        let params = self.resolve(set)?;
        let shape = shape_of(set)?;
        check_shape(pretrained, &shape)?;
        let expected = params.trees.saturating_sub(first);
        if grown.len() != expected {
            return Err(FitError::TreesApart { found: grown.len(), expected });
        }
        let is_share = |share: &f64| (0.0..=1.0 + 1e-9).contains(share);
        for (tree, grown) in (first..).zip(&grown) {
            if grown.importances.len() != set.width() || !grown.importances.iter().all(is_share) {
                let reason = "its importances are no shares of the features";
                return Err(FitError::OtherTree { tree, reason });
            }
        }
        let mut out_of_bag = None;
        if params.patience.is_some() {
            let trees = grown.iter().map(|grown| grown.tree.clone()).collect();
            let mut sums = OutOfBagSums::new(set, &params);
            let counted = sums.add(&Forest::from_trees(shape.clone(), trees)?, 0, first);
            grown.truncate(counted);
            out_of_bag = Some(sums);
        }
        finish(&params, set, shape, pretrained, grown, out_of_bag)
    }
}
