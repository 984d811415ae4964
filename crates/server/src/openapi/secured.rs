//! The document of a server that does not let everybody ask: how to show a key, and how a caller is refused.

use serde_json::{Map, Value, json};

use crate::error::PROBLEM_JSON;
use crate::security::Scope;

/// The document with what callers have to know; `keys` when they need one. Absent where the document is none.
pub(crate) fn secured(document: &[u8], keys: bool) -> Option<Vec<u8>> {
    let mut document: Value = serde_json::from_slice(document).ok()?;
    if keys {
        document["components"]["securitySchemes"] = json!({
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key, as `Authorization: Bearer KEY`",
            },
            "apiKey": {
                "type": "apiKey",
                "in": "header",
                "name": "X-API-Key",
                "description": "The same key in a header of its own",
            },
        });
    }
    for (path, operations) in document["paths"].as_object_mut()? {
        for operation in operations.as_object_mut()?.values_mut().filter_map(Value::as_object_mut) {
            secure(path, operation, keys);
        }
    }
    serde_json::to_vec(&document).ok()
}

fn secure(path: &str, operation: &mut Map<String, Value>, keys: bool) {
    let Some(scope) = scope(path, operation) else {
        if keys {
            operation.insert("security".into(), json!([]));
        }
        return;
    };
    if keys {
        let scope = scope.name();
        operation.insert("security".into(), json!([{ "bearer": [scope] }, { "apiKey": [scope] }]));
    }
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    if keys {
        responses.insert("401".into(), problem("The request shows no key, or none that the server knows"));
    }
    responses.insert("403".into(), problem("The key does not have the scope, or the address is not allowed"));
    responses.entry("429").or_insert_with(|| {
        problem("The caller asks too often; the header Retry-After says when to ask again")
    });
    // As in the resource's own order.
    responses.sort_keys();
}

/// What an operation needs, as its registration says; nothing for a probe.
fn scope(path: &str, operation: &Map<String, Value>) -> Option<Scope> {
    if path.starts_with("/health/") {
        return None;
    }
    let asks = operation.get("tags").is_some_and(|tags| tags[0] == "prediction");
    Some(if asks { Scope::Predict } else { Scope::Metadata })
}

fn problem(description: &str) -> Value {
    json!({
        "description": description,
        "headers": { "x-request-id": { "$ref": "#/components/headers/RequestId" } },
        "content": { (PROBLEM_JSON): { "schema": { "$ref": "#/components/schemas/Problem" } } },
    })
}
