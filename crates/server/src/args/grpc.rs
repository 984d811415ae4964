//! The arguments of the gRPC listener as typed.

/// Where gRPC is spoken; nowhere when neither is given.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "gRPC")]
pub(crate) struct GrpcArgs {
    /// Port for the Open Inference Protocol over gRPC, on the address of --host or --bind; 0 for a free one [default: gRPC
    /// is off]
    #[arg(long, env = "GRPC_PORT", value_name = "PORT")]
    pub(crate) grpc_port: Option<u16>,

    /// Address and port for gRPC, in place of --grpc-port
    #[arg(long, env = "GRPC_BIND", value_name = "ADDRESS:PORT")]
    pub(crate) grpc_bind: Option<String>,
}
