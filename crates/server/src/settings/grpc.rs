//! Where gRPC is spoken.

use super::{ArgsError, address};
use crate::args::GrpcArgs;

/// The address of the gRPC listener, on that of HTTP when only a port is given; none when gRPC is off.
///
/// # Errors
/// When the address is none, or is that of HTTP.
pub(super) fn address_of(args: GrpcArgs, http: &(String, u16)) -> Result<Option<(String, u16)>, ArgsError> {
    let (option, variable) = match &args.grpc_bind {
        Some(_) => ("grpc-bind", "GRPC_BIND"),
        None => ("grpc-port", "GRPC_PORT"),
    };
    let grpc = match (args.grpc_bind, args.grpc_port) {
        (Some(bind), _) => {
            address(&bind, option, variable, "an address and a port such as 127.0.0.1:8001 or [::1]:8001")?
        }
        (None, Some(port)) => (http.0.clone(), port),
        (None, None) => return Ok(None),
    };
    // Two free ports are two ports.
    if grpc == *http && grpc.1 != 0 {
        let expected = "another port than that of HTTP (--port), such as 8001";
        return Err(ArgsError::Value { option, variable, expected, got: grpc.1.to_string() });
    }
    Ok(Some(grpc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grpc_is_off_or_beside_http() {
        let check = |port: Option<u16>, bind: Option<&str>, expected: Result<Option<(&str, u16)>, &str>| {
            let args = GrpcArgs { grpc_port: port, grpc_bind: bind.map(Into::into) };
            let found = address_of(args, &("localhost".into(), 8000)).map_err(|error| error.to_string());
            let expected = expected.map(|some| some.map(|(host, port)| (host.to_owned(), port)));
            assert_eq!(found, expected.map_err(Into::into));
        };
        check(None, None, Ok(None));
        check(Some(8001), None, Ok(Some(("localhost", 8001))));
        check(Some(8001), Some("[::1]:9000"), Ok(Some(("::1", 9000))));
        check(
            Some(8000),
            None,
            Err("--grpc-port (GRPC_PORT): expected another port than that of HTTP (--port), such as 8001, \
                 got \"8000\""),
        );
        check(
            None,
            Some("9000"),
            Err("--grpc-bind (GRPC_BIND): expected an address and a port such as 127.0.0.1:8001 or \
                 [::1]:8001, got \"9000\""),
        );
    }
}
