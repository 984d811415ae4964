//! What a call is refused for, and how it is told.

use super::*;

#[test]
fn what_is_wrong_with_a_question_is_told_and_others_are_answered() {
    run(async {
        let client = Client::of(boston());
        let matrix = || input("x", "FP64", &[1, 13]);
        let check = async |question: ModelInferRequest, code: u16, words: &str| {
            let outcome = client.infer(&question).await;
            assert_eq!(outcome.code, code, "{outcome:?}");
            assert!(outcome.reason.contains(words), "{:?} says {words:?}", outcome.reason);
            assert_eq!(client.infer(&rows(1)).await.code, 0);
        };
        let invalid = INVALID_ARGUMENT;
        check(ModelInferRequest::default(), invalid, "no rows").await;
        check(raw([(matrix(), doubles(&row()[1..]))]), invalid, "another number of bytes").await;
        check(typed([(matrix(), of_doubles(row()[1..].into()))]), invalid, "another number of elements")
            .await;
        check(typed([(matrix(), InferTensorContents::default())]), invalid, "another number of elements")
            .await;
        let no_contents = ModelInferRequest { inputs: vec![matrix()], ..<_>::default() };
        check(no_contents, invalid, "another number of elements").await;
        let mut both = typed([(matrix(), of_doubles(row()))]);
        both.raw_input_contents = vec![doubles(&row())];
        check(both, invalid, "data given twice").await;
        let mut more = rows(1);
        more.raw_input_contents.push(Bytes::new());
        check(more, invalid, "another number of tensors").await;
        let other = InferTensorContents { fp32_contents: vec![1.0; 13], ..InferTensorContents::default() };
        check(typed([(matrix(), other)]), invalid, "expected fp64_contents for FP64, got fp32_contents")
            .await;
        check(raw([(input("x", "FP64", &[1, 12]), doubles(&row()))]), invalid, "not of the right shape")
            .await;
        for shape in [&[i64::MAX, 13][..], &[i64::MIN, 13], &[-1, 13], &[1 << 40, 1 << 40], &[1; 5000]] {
            check(raw([(input("x", "FP64", shape), doubles(&row()))]), invalid, "").await;
        }
        check(raw([(input("x", "FP16", &[1, 13]), Bytes::from(vec![0; 26]))]), invalid, "unknown datatype")
            .await;
        check(ModelInferRequest { id: "x".repeat(257), ..rows(1) }, invalid, "id: too long").await;
        let output = InferRequestedOutputTensor { name: "nonsense".into(), ..<_>::default() };
        check(ModelInferRequest { outputs: vec![output], ..rows(1) }, invalid, "no output of this name")
            .await;
        let of = |model: &str, version: &str| ModelInferRequest {
            model_name: model.into(),
            model_version: version.into(),
            ..rows(1)
        };
        check(of("moscow", ""), NOT_FOUND, "No model \"moscow\"; there is: boston").await;
        check(of("boston", "4"), NOT_FOUND, "No version \"4\"; there is: 3").await;
        check(of("boston", "champion"), NOT_FOUND, "No alias \"champion\"").await;
        check(rows(10_001), invalid, "at most 10000 rows").await;
    });
}

#[test]
fn a_message_beyond_the_limits_is_refused_before_it_is_read() {
    run(async {
        let limits = Limits { maximum_body_bytes: 100_000, ..Limits::default() };
        let client = Client::within(boston(), limits);
        let too_large = async |outcome: crate::grpc_client::Outcome| {
            assert_eq!(
                (outcome.code, outcome.reason.contains("larger")),
                (RESOURCE_EXHAUSTED, true),
                "{outcome:?}"
            );
            assert_eq!(client.infer(&rows(900)).await.code, 0);
        };
        too_large(client.infer(&rows(1000)).await).await;
        // Packed, it passes as few bytes, and is as large.
        let path = format!("{INFERENCE}ModelInfer");
        too_large(client.call_packed(&path, &rows(1000)).await).await;
        // What is only announced takes no memory.
        too_large(client.send(&path, b"\0\xff\xff\xff\xff".to_vec(), &[]).await).await;
        // Few bytes that would be hundreds of megabytes.
        let client = Client::of(boston());
        let inputs = vec![InferInputTensor::default(); 1_000_000];
        let outcome = client.infer(&ModelInferRequest { inputs, ..<_>::default() }).await;
        assert_eq!(
            (outcome.code, outcome.reason.contains("memory")),
            (INVALID_ARGUMENT, true),
            "{outcome:?}"
        );
        assert_eq!(client.infer(&rows(1)).await.code, 0);
    });
}

#[test]
fn bodies_that_are_no_message_are_refused() {
    run(async {
        let client = Client::of(boston());
        let path = format!("{INFERENCE}ModelInfer");
        let messages =
            [&b"\xff\xff\xff"[..], b"\x0a\x05ab", b"\x2a\x02\x0a\x01", b"\x0b\x0c", b"\x0a\x01\xff"];
        let whole = messages.map(|message| prefixed(0, message));
        let broken = [
            b"".to_vec(),
            b"\0\0".to_vec(),
            b"\0\0\0\0\x09ab".to_vec(),
            prefixed(1, b"ab"),
            prefixed(7, b""),
        ];
        for body in whole.into_iter().chain(broken) {
            let outcome = client.send(&path, body.clone(), &[]).await;
            assert_eq!(outcome.code, INVALID_ARGUMENT, "{body:?} {outcome:?}");
        }
        let outcome = client.send(&path, prefixed(1, b"no gzip"), &[("grpc-encoding", "gzip")]).await;
        assert_eq!(outcome.code, INVALID_ARGUMENT, "{outcome:?}");
        let outcome = client.send(&path, prefixed(1, b"ab"), &[("grpc-encoding", "snappy")]).await;
        assert_eq!(outcome.code, UNIMPLEMENTED, "{outcome:?}");
        assert_eq!(outcome.header("grpc-accept-encoding"), "gzip, deflate, identity");
        assert_eq!(client.infer(&rows(1)).await.code, 0);
    });
}

#[test]
fn more_than_the_server_takes_on_is_told_when_to_come_again() {
    run(async {
        let limits = Limits { maximum_buffered_bytes: 210_000, ..Limits::default() };
        let client = Client::within(boston(), limits);
        let outcome = client.infer(&rows(3000)).await;
        assert_eq!((outcome.code, outcome.header("retry-after")), (RESOURCE_EXHAUSTED, "1"), "{outcome:?}");
        assert_eq!(client.infer(&rows(500)).await.code, 0);
    });
}

#[test]
fn a_panic_is_an_internal_error_and_the_server_lives_on() {
    run(async {
        let client = Client::of(boston().panicking());
        for count in [1, 1000] {
            let outcome = client.infer(&rows(count)).await;
            assert_eq!(outcome.code, INTERNAL, "{outcome:?}");
            assert!(!outcome.reason.contains("told to panic"), "{outcome:?}");
            assert!(!outcome.header("x-request-id").is_empty());
        }
        let live = client.call(&format!("{INFERENCE}ServerLive"), &ServerLiveRequest {}).await;
        assert!(live.message::<ServerLiveResponse>().live);
    });
}
