//! The arguments of traces as typed, by the variables that all programs with OpenTelemetry know.

/// What is traced, and where to.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Traces")]
pub(crate) struct TraceArgs {
    /// Address of an OpenTelemetry collector, such as http://localhost:4318, which is sent the spans of requests [default:
    /// nothing is traced]
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "URL")]
    pub(crate) otlp_endpoint: Option<String>,

    /// Address for spans with its path, in place of --otlp-endpoint
    #[arg(long, env = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", value_name = "URL")]
    pub(crate) otlp_traces_endpoint: Option<String>,

    /// Headers for the collector: name=value,name=value
    #[arg(long, env = "OTEL_EXPORTER_OTLP_HEADERS", value_name = "LIST", hide_env_values = true)]
    pub(crate) otlp_headers: Option<String>,

    /// Milliseconds that the collector gets to answer
    #[arg(long, env = "OTEL_EXPORTER_OTLP_TIMEOUT", value_name = "MILLISECONDS", default_value_t = 10_000)]
    pub(crate) otlp_timeout: u64,

    /// Form of what is sent: http/json
    #[arg(long, env = "OTEL_EXPORTER_OTLP_PROTOCOL", value_name = "PROTOCOL")]
    pub(crate) otlp_protocol: Option<String>,

    /// Which requests are traced: always_on, always_off, traceidratio, each also with parentbased_ before it
    #[arg(
        long,
        env = "OTEL_TRACES_SAMPLER",
        value_name = "SAMPLER",
        default_value = "parentbased_always_on"
    )]
    pub(crate) traces_sampler: String,

    /// Share of the traces that traceidratio samples
    #[arg(long, env = "OTEL_TRACES_SAMPLER_ARG", value_name = "RATIO")]
    pub(crate) traces_sampler_arg: Option<f64>,

    /// Name of this server in traces [default: canopy]
    #[arg(long, env = "OTEL_SERVICE_NAME", value_name = "NAME")]
    pub(crate) service_name: Option<String>,

    /// Further attributes of this server: name=value,name=value
    #[arg(long, env = "OTEL_RESOURCE_ATTRIBUTES", value_name = "LIST")]
    pub(crate) resource_attributes: Option<String>,

    /// Most spans that wait to be sent; further ones are dropped
    #[arg(long, env = "OTEL_BSP_MAX_QUEUE_SIZE", value_name = "SPANS", default_value_t = 2048)]
    pub(crate) span_queue: usize,

    /// Milliseconds that a span waits for others to be sent with
    #[arg(long, env = "OTEL_BSP_SCHEDULE_DELAY", value_name = "MILLISECONDS", default_value_t = 5000)]
    pub(crate) span_delay: u64,

    /// Trace nothing, whatever else is set
    #[arg(
        long,
        env = "OTEL_SDK_DISABLED",
        value_name = "BOOL",
        num_args = 0..=1,
        default_value_t = false,
        default_missing_value = "true",
        require_equals = true
    )]
    pub(crate) otel_sdk_disabled: bool,

    /// Where spans go: otlp or none
    #[arg(long, env = "OTEL_TRACES_EXPORTER", value_name = "EXPORTER")]
    pub(crate) otel_traces_exporter: Option<String>,
}
