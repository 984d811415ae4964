//! The methods that can be called, by their paths.

use crate::security::{Access, Scope};

/// A method of one of the two services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    ServerLive,
    ServerReady,
    ModelReady,
    ServerMetadata,
    ModelMetadata,
    ModelInfer,
    RepositoryIndex,
    RepositoryModelLoad,
    RepositoryModelUnload,
    HealthCheck,
    HealthWatch,
}

/// The service of the Open Inference Protocol.
pub(super) const INFERENCE: &str = "inference.GRPCInferenceService";
/// The service of the health check.
pub(super) const HEALTH: &str = "grpc.health.v1.Health";

impl Method {
    /// What a method needs of its callers, as its sister over HTTP does.
    pub(super) fn access(self) -> Access {
        match self {
            Self::ServerLive | Self::ServerReady | Self::HealthCheck | Self::HealthWatch => Access::Open,
            Self::ModelReady | Self::ServerMetadata | Self::ModelMetadata | Self::RepositoryIndex => {
                Access::Needs(Scope::Metadata)
            }
            Self::ModelInfer => Access::Needs(Scope::Predict),
            Self::RepositoryModelLoad | Self::RepositoryModelUnload => Access::Needs(Scope::Admin),
        }
    }

    /// The method of a path such as `/inference.GRPCInferenceService/ServerLive`.
    pub(super) fn of(path: &str) -> Option<Self> {
        let (service, method) = path.strip_prefix('/')?.split_once('/')?;
        Some(match (service, method) {
            (INFERENCE, "ServerLive") => Self::ServerLive,
            (INFERENCE, "ServerReady") => Self::ServerReady,
            (INFERENCE, "ModelReady") => Self::ModelReady,
            (INFERENCE, "ServerMetadata") => Self::ServerMetadata,
            (INFERENCE, "ModelMetadata") => Self::ModelMetadata,
            (INFERENCE, "ModelInfer") => Self::ModelInfer,
            (INFERENCE, "RepositoryIndex") => Self::RepositoryIndex,
            (INFERENCE, "RepositoryModelLoad") => Self::RepositoryModelLoad,
            (INFERENCE, "RepositoryModelUnload") => Self::RepositoryModelUnload,
            (HEALTH, "Check") => Self::HealthCheck,
            (HEALTH, "Watch") => Self::HealthWatch,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_methods() {
        let check = |path: &str, expected| assert_eq!(Method::of(path), expected, "{path}");
        check("/inference.GRPCInferenceService/ModelInfer", Some(Method::ModelInfer));
        check("/grpc.health.v1.Health/Check", Some(Method::HealthCheck));
        check("/grpc.health.v1.Health/ModelInfer", None);
        check("/inference.GRPCInferenceService/ModelInfer/", None);
        check("inference.GRPCInferenceService/ModelInfer", None);
        check("/predict", None);
        check("", None);
    }
}
