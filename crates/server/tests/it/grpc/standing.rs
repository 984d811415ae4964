//! What server and models say of themselves, to whom, and until when.

use super::*;

#[test]
fn server_and_model_say_what_they_are() {
    run(async {
        let client = Client::of(penguins());
        let path = |method: &str| format!("{INFERENCE}{method}");
        let ready: ServerReadyResponse =
            client.call(&path("ServerReady"), &ServerReadyRequest {}).await.message();
        assert!(ready.ready);
        let server: ServerMetadataResponse =
            client.call(&path("ServerMetadata"), &ServerMetadataRequest {}).await.message();
        assert_eq!(server.name, "canopy");
        let of = |name: &str| ModelReadyRequest { name: name.into(), version: String::new() };
        let ready: ModelReadyResponse = client.call(&path("ModelReady"), &of("penguins")).await.message();
        assert!(ready.ready);
        assert_eq!(client.call(&path("ModelReady"), &of("puffins")).await.code, NOT_FOUND);
        let metadata = ModelMetadataRequest { name: "penguins".into(), version: "3".into() };
        let model: ModelMetadataResponse = client.call(&path("ModelMetadata"), &metadata).await.message();
        let tensors = |tensors: &[TensorMetadata]| -> Vec<_> {
            let text =
                |tensor: &TensorMetadata| format!("{} {} {:?}", tensor.name, tensor.datatype, tensor.shape);
            tensors.iter().map(text).collect()
        };
        assert_eq!(model.versions, ["3"]);
        assert_eq!(
            tensors(&model.inputs),
            [
                "island BYTES [-1]",
                "observer BYTES [-1]",
                "bill_length FP64 [-1]",
                "sex BYTES [-1]",
                "year INT64 [-1]"
            ]
        );
        assert_eq!(tensors(&model.outputs)[..2], ["predict BYTES [-1]", "predict_proba FP64 [-1, 3]"]);
        let index: RepositoryIndexResponse =
            client.call(&path("RepositoryIndex"), &RepositoryIndexRequest::default()).await.message();
        assert_eq!((&*index.models[0].name, &*index.models[0].state), ("penguins", "READY"));
        let load = RepositoryModelLoadRequest { model_name: "penguins".into(), ..<_>::default() };
        assert_eq!(client.call(&path("RepositoryModelLoad"), &load).await.code, UNIMPLEMENTED);
    });
}

#[test]
fn health_is_told_of_the_server_and_of_each_model() {
    run(async {
        let client = Client::of(boston());
        let path = format!("{HEALTH}Check");
        let of = |service: &str| HealthCheckRequest { service: service.into() };
        for service in ["", "inference.GRPCInferenceService", "boston"] {
            let health: HealthCheckResponse = client.call(&path, &of(service)).await.message();
            assert_eq!(health.status(), ServingStatus::Serving, "{service:?}");
        }
        assert_eq!(client.call(&path, &of("moscow")).await.code, NOT_FOUND);
        // Those that watch are told at once, and no more when the server stops.
        let Client::Here(_, stop) = &client else { panic!("a client in this process") };
        stop.send(true).unwrap();
        let health: HealthCheckResponse =
            client.call(&format!("{HEALTH}Watch"), &of("moscow")).await.message();
        assert_eq!(health.status(), ServingStatus::ServiceUnknown);
    });
}

#[test]
fn a_call_needs_the_key_that_its_sister_over_http_needs() {
    run(async {
        let limits = Limits::default();
        let served = Served::new(Arc::new(boston()), None, None, &limits).unwrap();
        let secured = AppState::new(served, limits).secured(secured(&["--api-keys", &key_lines()]));
        let client = Client::of_state(secured);
        let empty = prefixed(0, b"");
        let check = async |method: &str, key: Option<&str>, expected: u16| {
            let bearer = key.map(|key| format!("Bearer {key}"));
            let metadata: Vec<_> = bearer.iter().map(|bearer| ("authorization", &**bearer)).collect();
            let outcome = client.send(method, empty.clone(), &metadata).await;
            assert_eq!(outcome.code, expected, "{method} {key:?} {outcome:?}");
        };
        let of = |method: &str| format!("{INFERENCE}{method}");
        check(&format!("{HEALTH}Check"), None, 0).await;
        check(&of("ServerReady"), None, 0).await;
        check(&of("ServerMetadata"), None, UNAUTHENTICATED).await;
        check(&of("ServerMetadata"), Some("key-metadata"), 0).await;
        check(&of("ModelInfer"), None, UNAUTHENTICATED).await;
        check(&of("ModelInfer"), Some("nonsense"), UNAUTHENTICATED).await;
        check(&of("ModelInfer"), Some("key-metadata"), PERMISSION_DENIED).await;
        // An empty question is read, and refused for what it lacks.
        check(&of("ModelInfer"), Some("key-predict"), INVALID_ARGUMENT).await;
        check(&of("RepositoryModelLoad"), Some("key-predict"), PERMISSION_DENIED).await;
        // Nobody may do here what stands at the admin address.
        check(&of("RepositoryModelLoad"), Some("key-admin"), UNIMPLEMENTED).await;
        let outcome =
            client.call(&format!("{HEALTH}Check"), &HealthCheckRequest { service: "x".into() }).await;
        assert!(outcome.code == NOT_FOUND && !outcome.reason.contains("boston"), "{outcome:?}");
    });
}

#[test]
fn a_signal_tells_those_who_watch_and_ends_in_good_order() {
    let folder = tempfile::tempdir().unwrap();
    write_artifact(folder.path(), "boston", 1, 21.5);
    let port = free_port();
    let mut server =
        Running::start(program().env("MODEL_FOLDER", folder.path()).env("GRPC_PORT", port.to_string()));
    run(async {
        let client = Client::connect(port).await;
        let answer = client.answers(&rows(3)).await;
        assert_eq!(answer.raw_output_contents, [doubles(&[21.5; 3])]);
        // The watch is told of the state before, of the end, and then ends; the connection with it.
        let (path, all) = (format!("{HEALTH}Watch"), HealthCheckRequest::default());
        let watch = client.call(&path, &all);
        let signal = async {
            actix_web::rt::time::sleep(std::time::Duration::from_millis(200)).await;
            server.signal("-TERM");
        };
        let (outcome, ()) = tokio::join!(watch, signal);
        let standings: Vec<_> = outcome
            .messages
            .iter()
            .map(|message| HealthCheckResponse::decode(&**message).unwrap().status())
            .collect();
        assert_eq!(outcome.code, 0, "{outcome:?}");
        assert_eq!(standings, [ServingStatus::Serving, ServingStatus::NotServing]);
    });
    assert_eq!(server.wait().0, Some(0));
}
