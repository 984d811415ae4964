//! Tensors as raw bytes, and bodies that are packed.

use super::*;

#[test]
fn raw_tensors_go_both_ways() {
    let raw = doubles(ROWS.into_iter().flatten());
    let input = json!({
        "name": "x", "shape": [2, 4], "datatype": "FP64", "parameters": { "binary_data_size": raw.len() },
    });
    // As tritonclient asks without a word of its caller.
    let body = json!({ "id": "", "inputs": [input], "parameters": { "binary_data_output": true } });
    let reply = ask_once(stubs::iris(), infer_raw("iris", &body, &raw));
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/octet-stream"));
    let json: usize = reply.header("inference-header-content-length").parse().unwrap();
    let answer: Value = serde_json::from_slice(&reply.bytes[..json]).unwrap();
    let output = json!({
        "name": "predict", "shape": [2], "datatype": "INT64", "parameters": { "binary_data_size": 16 },
    });
    assert_eq!((&answer["id"], &answer["outputs"]), (&json!(""), &json!([output])));
    assert_eq!(reply.bytes[json..], [1_i64.to_le_bytes(), 0_i64.to_le_bytes()].concat());

    // One output of each kind, and texts.
    let mut body = body;
    body["outputs"] =
        json!([{ "name": "predict_proba", "parameters": { "binary_data": false } }, { "name": "predict" }]);
    let reply = ask_once(stubs::iris().with_names(), infer_raw("iris", &body, &raw));
    let json: usize = reply.header("inference-header-content-length").parse().unwrap();
    let answer: Value = serde_json::from_slice(&reply.bytes[..json]).unwrap();
    assert_eq!(answer["outputs"][0]["data"], json!([0.0, 1.0, 0.0, 1.0, 0.0, 0.0]));
    assert_eq!(answer["outputs"][1]["parameters"]["binary_data_size"], 24);
    assert_eq!(reply.bytes[json..], *b"\x0a\0\0\0versicolor\x06\0\0\0setosa");
}

#[test]
fn several_raw_tensors_lie_in_the_order_of_the_inputs() {
    let texts = |texts: [&str; 2]| -> Vec<u8> {
        texts.iter().flat_map(|text| [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()).collect()
    };
    let columns = [
        ("observer", "BYTES", texts(["A", "B"])),
        ("year", "INT32", [2007_i32, 2009].map(i32::to_le_bytes).concat()),
        ("island", "BYTES", texts(["Dream", "Torgersen"])),
    ];
    let input = |(name, datatype, raw): &(&str, &str, Vec<u8>)| json!({ "name": name, "datatype": datatype, "shape": [2], "parameters": { "binary_data_size": raw.len() } });
    let mut inputs: Vec<_> = columns.iter().map(input).collect();
    inputs
        .insert(1, json!({ "name": "bill_length", "datatype": "FP64", "shape": [2], "data": [39.1, 40.0] }));
    let raw = columns.map(|(_, _, raw)| raw).concat();
    let body = json!({ "inputs": inputs });
    let reply = ask_once(stubs::penguins(), infer_raw("penguins", &body, &raw));
    assert_eq!((reply.status, &reply.json()["outputs"][0]["data"]), (200, &json!(["Chinstrap", "Gentoo"])));

    let refused = |raw: &[u8], words: &str| {
        assert_eq!(
            error(&ask_once(stubs::penguins(), infer_raw("penguins", &body, raw))),
            (400, words.to_owned())
        );
    };
    refused(
        &[&raw[..], b"more"].concat(),
        "body: bytes behind the last raw tensor (expected as many as the inputs' binary_data_size say, got 4 bytes more)",
    );
    refused(
        &raw[..raw.len() - 1],
        "island: the raw tensor breaks off (expected 22 bytes, as its binary_data_size says, got 21 bytes) and 1 more",
    );
}

#[test]
fn bodies_are_packed_both_ways() {
    let body = json!({ "inputs": [matrix(&[ROWS[0]; 500])], "outputs": [{ "name": "predict_proba" }] });
    let plain = ask_once(stubs::iris(), infer("iris", &body));
    assert_eq!(plain.header("content-encoding"), "");
    let gzip = |bytes: &[u8]| {
        let mut packer = GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    };
    let zlib = |bytes: &[u8]| {
        let mut packer = ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    };
    for (encoding, packed) in
        [("gzip", gzip(body.to_string().as_bytes())), ("deflate", zlib(body.to_string().as_bytes()))]
    {
        let request = post("/v2/models/iris/infer", packed)
            .insert_header(("content-encoding", encoding))
            .insert_header(("inference-header-content-length", body.to_string().len()))
            .insert_header(("accept-encoding", encoding));
        let reply = ask_once(stubs::iris(), request);
        assert_eq!((reply.status, reply.header("content-encoding")), (200, encoding));
        let mut unpacked = Vec::new();
        match encoding {
            "gzip" => GzDecoder::new(&*reply.bytes).read_to_end(&mut unpacked).unwrap(),
            _ => ZlibDecoder::new(&*reply.bytes).read_to_end(&mut unpacked).unwrap(),
        };
        let unpacked: Value = serde_json::from_slice(&unpacked).unwrap();
        assert_eq!(unpacked["outputs"], plain.json()["outputs"]);
        assert!(reply.bytes.len() < plain.bytes.len() / 10);
    }
}
