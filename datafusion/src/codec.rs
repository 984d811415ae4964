//! Model functions on their way to other machines.
//!
//! Ballista's own codecs carry no function that is not built in. These carry the name of a model function, what it
//! answers, and the path or the bytes of its artifact with their BLAKE3; all else is left to Ballista's.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use ballista_core::serde::{BallistaLogicalExtensionCodec, BallistaPhysicalExtensionCodec};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use datafusion::datasource::file_format::FileFormatFactory;
use datafusion::error::Result;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Extension, LogicalPlan, ScalarUDF};
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::logical_plan::LogicalExtensionCodec;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use serde::{Deserialize, Serialize};

use crate::sql_model::Place;
use crate::{Asked, ModelError, ModelFunction, Refusals, SqlModel};

/// Most bytes of an artifact in a plan: Ballista takes messages of 16 MiB, and a plan may name a function twice.
const SHIPPED: usize = 7 << 20;
/// Models that are kept, so that not every task loads them again.
const KEPT: usize = 8;
/// Ends the description; behind it stand the bytes of the artifact, if they are sent.
const END: u8 = b'\n';

/// A function over the wire.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    canopy: u32,
    asked: Asked,
    refusals: Refusals,
    digest: String,
    /// Where the artifact is; none when its bytes follow.
    path: Option<PathBuf>,
}

/// The version of [`Sent`].
const VERSION: u32 = 1;

/// The models that this process has loaded for functions that came over the wire.
#[derive(Debug, Default)]
pub struct ModelStore {
    /// The one that was used last stands last.
    kept: Mutex<VecDeque<Arc<SqlModel>>>,
}

impl ModelStore {
    fn model(&self, name: &str, sent: &Sent, bytes: &[u8]) -> Result<Arc<SqlModel>, ModelError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().position(|model| model.digest() == sent.digest);
        let model = match found.and_then(|place| kept.remove(place)) {
            Some(model) => model,
            None => {
                let model = match &sent.path {
                    Some(path) => SqlModel::read(path)?,
                    None => SqlModel::from_bytes(bytes.to_vec())?,
                };
                match (&sent.path, model.digest() == sent.digest) {
                    (_, true) => model,
                    (Some(path), false) => {
                        return Err(ModelError::OtherArtifact {
                            path: path.clone(),
                            expected: sent.digest.clone(),
                            found: model.digest().to_owned(),
                        });
                    }
                    (None, false) => {
                        let reason = "the artifact has another BLAKE3 than was said".into();
                        return Err(ModelError::Wire { name: name.into(), reason });
                    }
                }
            }
        };
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(Arc::clone(&model));
        Ok(model)
    }

    /// The function of these bytes; none when they are not of a model function.
    fn decode(&self, name: &str, bytes: &[u8]) -> Result<Option<Arc<ScalarUDF>>> {
        if !bytes.starts_with(br#"{"canopy":"#) {
            return Ok(None);
        }
        let wire = |reason: String| ModelError::Wire { name: name.into(), reason };
        let end = bytes.iter().position(|&byte| byte == END).ok_or_else(|| wire("it has no end".into()))?;
        let (description, rest) = bytes.split_at(end);
        let sent: Sent = serde_json::from_slice(description).map_err(|error| wire(error.to_string()))?;
        if sent.canopy != VERSION {
            let reason = format!(
                "its version is {}, this program knows {VERSION}: use one version everywhere",
                sent.canopy
            );
            return Err(wire(reason).into());
        }
        let model = self.model(name, &sent, rest.get(1..).unwrap_or_default())?;
        let function = ModelFunction::new(name, model, sent.asked, sent.refusals)?;
        Ok(Some(Arc::new(ScalarUDF::new_from_impl(function))))
    }
}

/// Writes a model function; others are left alone.
fn encode(function: &ScalarUDF, buffer: &mut Vec<u8>) -> Result<()> {
    let inner: &dyn std::any::Any = function.inner().as_ref();
    let Some(function) = inner.downcast_ref::<ModelFunction>() else { return Ok(()) };
    let name = datafusion::logical_expr::ScalarUDFImpl::name(function);
    let model = function.model();
    let (path, bytes) = match model.place() {
        Place::File(path) => (Some(path.clone()), [].as_slice()),
        Place::Memory(bytes) if bytes.len() > SHIPPED => {
            return Err(ModelError::TooLarge { name: name.into(), found: bytes.len(), limit: SHIPPED }.into());
        }
        Place::Memory(bytes) => (None, bytes.as_slice()),
    };
    let (asked, refusals) = (function.asked(), function.refusals());
    let sent = Sent { canopy: VERSION, asked, refusals, digest: model.digest().to_owned(), path };
    let description = serde_json::to_vec(&sent)
        .map_err(|error| ModelError::Wire { name: name.into(), reason: error.to_string() })?;
    buffer.extend_from_slice(&description);
    buffer.push(END);
    buffer.extend_from_slice(bytes);
    Ok(())
}

/// Ballista's codec of logical plans, with model functions.
#[derive(Debug, Default)]
pub struct LogicalCodec {
    ballista: BallistaLogicalExtensionCodec,
    models: Arc<ModelStore>,
}

impl LogicalCodec {
    /// A codec that keeps its models there.
    pub fn new(models: Arc<ModelStore>) -> Self {
        Self { ballista: BallistaLogicalExtensionCodec::default(), models }
    }
}

impl LogicalExtensionCodec for LogicalCodec {
    fn try_decode(&self, buffer: &[u8], inputs: &[LogicalPlan], context: &TaskContext) -> Result<Extension> {
        self.ballista.try_decode(buffer, inputs, context)
    }

    fn try_encode(&self, node: &Extension, buffer: &mut Vec<u8>) -> Result<()> {
        self.ballista.try_encode(node, buffer)
    }

    fn try_decode_table_provider(
        &self,
        buffer: &[u8],
        table: &TableReference,
        schema: SchemaRef,
        context: &TaskContext,
    ) -> Result<Arc<dyn TableProvider>> {
        self.ballista.try_decode_table_provider(buffer, table, schema, context)
    }

    fn try_encode_table_provider(
        &self,
        table: &TableReference,
        provider: Arc<dyn TableProvider>,
        buffer: &mut Vec<u8>,
    ) -> Result<()> {
        self.ballista.try_encode_table_provider(table, provider, buffer)
    }

    fn try_decode_file_format(
        &self,
        buffer: &[u8],
        context: &TaskContext,
    ) -> Result<Arc<dyn FileFormatFactory>> {
        self.ballista.try_decode_file_format(buffer, context)
    }

    fn try_encode_file_format(&self, buffer: &mut Vec<u8>, format: Arc<dyn FileFormatFactory>) -> Result<()> {
        self.ballista.try_encode_file_format(buffer, format)
    }

    fn try_decode_udf(&self, name: &str, buffer: &[u8]) -> Result<Arc<ScalarUDF>> {
        match self.models.decode(name, buffer)? {
            Some(function) => Ok(function),
            None => self.ballista.try_decode_udf(name, buffer),
        }
    }

    fn try_encode_udf(&self, function: &ScalarUDF, buffer: &mut Vec<u8>) -> Result<()> {
        encode(function, buffer)
    }
}

/// Ballista's codec of physical plans, with model functions.
#[derive(Debug, Default)]
pub struct PhysicalCodec {
    ballista: BallistaPhysicalExtensionCodec,
    models: Arc<ModelStore>,
}

impl PhysicalCodec {
    /// A codec that keeps its models there.
    pub fn new(models: Arc<ModelStore>) -> Self {
        Self { ballista: BallistaPhysicalExtensionCodec::default(), models }
    }
}

impl PhysicalExtensionCodec for PhysicalCodec {
    fn try_decode(
        &self,
        buffer: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        context: &TaskContext,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.ballista.try_decode(buffer, inputs, context, converter)
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        buffer: &mut Vec<u8>,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        self.ballista.try_encode(node, buffer, converter)
    }

    fn try_decode_udf(&self, name: &str, buffer: &[u8]) -> Result<Arc<ScalarUDF>> {
        match self.models.decode(name, buffer)? {
            Some(function) => Ok(function),
            None => self.ballista.try_decode_udf(name, buffer),
        }
    }

    fn try_encode_udf(&self, function: &ScalarUDF, buffer: &mut Vec<u8>) -> Result<()> {
        encode(function, buffer)
    }
}
