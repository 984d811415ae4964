//! forest-learner
