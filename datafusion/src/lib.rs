//! Canopy models as functions of [Apache DataFusion](https://datafusion.apache.org), so that SQL answers rows in files
//! larger than memory, and of Ballista, so that many machines do.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use canopy_datafusion::{SqlModel, predict_udf};
//! use datafusion::prelude::{ParquetReadOptions, SessionContext};
//!
//! let model = SqlModel::read("artifacts/iris.canopy".as_ref())?;
//! let session = SessionContext::new();
//! session.register_udf(predict_udf("iris", model)?);
//! session.register_parquet("rows", "rows.parquet", ParquetReadOptions::default()).await?;
//! session.sql("SELECT iris(sepal_length, sepal_width, petal_length, petal_width) FROM rows").await?.show().await?;
//! # Ok(())
//! # }
//! ```
//!
//! The arguments are the features in the order of the schema, or by name: `iris(petal_width => w, …)`. A value means what
//! the CSV cell of the same content means, as for every other door of Canopy: null and NaN are missing, an unseen level
//! of an open category is answered, one of a closed category is refused. So an answer has the bits of `trainer predict`.

mod answers;
mod arguments;
#[cfg(feature = "cluster")]
pub mod cluster;
#[cfg(feature = "cluster")]
mod codec;
mod columns;
mod error;
mod function;
mod sql_model;

#[cfg(feature = "cluster")]
pub use codec::{LogicalCodec, ModelStore, PhysicalCodec};
pub use error::ModelError;
pub use function::{Asked, ModelFunction, Refusals, answered_rows, functions, predict_udf};
pub use sql_model::SqlModel;
