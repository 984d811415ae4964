"""KServe V1 with kserve's InferenceRESTClient, and the paths that clients of TensorFlow Serving use."""

import asyncio

from kserve import InferenceRESTClient, RESTConfig

from clients.checks import check, finish, get, models, post, refused


async def ask(call):
    """Calls with a client of its own."""
    client = InferenceRESTClient(RESTConfig(protocol="v1", timeout=30))
    try:
        return await call(client)
    finally:
        await client.close()


def infer(model, instances, name=None, **more):
    body = {"instances": instances} | more
    return asyncio.run(ask(lambda client: client.infer(model.url, body, model_name=name or model.name)))


def refusal(model, instances, name=None):
    try:
        return infer(model, instances, name)
    except Exception as error:
        return f"{type(error).__name__}: {error}".split(", '")[0]


def explained(model):
    """Whether the client gets what the native API gives beside predictions."""
    got = infer(model, model.rows[:3], parameters={"explain": True})["predictions"]
    native = model.native(model.rows[:3], explain=True)["contributions"]
    return [row["contributions"] for row in got] == [
        {name: values[index] for name, values in native.items()} for index in range(3)
    ]


for model in models():
    expected = {"predictions": model.answers}
    of = f"kserve v1, {model.name}:"
    check(f"{of} ready", lambda: asyncio.run(ask(lambda c: c.is_model_ready(model.url, model.name))), True)
    check(f"{of} live", lambda: asyncio.run(ask(lambda c: c.is_server_live(model.url))), True)
    check(f"{of} rows", lambda: infer(model, model.rows), expected)
    check(f"{of} objects", lambda: infer(model, model.records()), expected)
    check(f"{of} one row", lambda: infer(model, model.rows[:1]), {"predictions": model.answers[:1]})
    check(f"{of} explained", lambda: explained(model), True)
    check(
        f"{of} a row too short is refused",
        lambda: refusal(model, [model.rows[0][:-1]]),
        f"HTTPStatusError: Each data point must contain {len(model.columns)} features: instances[0]: another number of "
        f"values (expected {len(model.columns)} values, got {len(model.columns) - 1})",
    )
    check(
        f"{of} an unknown model is refused",
        lambda: refusal(model, model.rows, "nobody"),
        f'HTTPStatusError: No model "nobody"; there is: {model.name}',
    )

    of = f"tensorflow serving, {model.name}:"
    root = f"{model.url}/v1/models/{model.name}"
    state = {"version": str(model.version), "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    status = {"name": model.name, "ready": True, "model_version_status": [state]}
    check(f"{of} models", lambda: get(f"{model.url}/v1/models"), {"models": [model.name]})
    check(f"{of} status", lambda: get(root), status)
    check(f"{of} status of a version", lambda: get(f"{root}/versions/{model.version}"), status)
    body = {"signature_name": "serving_default", "instances": model.rows}
    check(f"{of} predict", lambda: post(f"{root}:predict", body), expected)
    check(f"{of} a version", lambda: post(f"{root}/versions/{model.version}:predict", body), expected)
    check(
        f"{of} an unknown version is refused",
        lambda: refused(f"{root}/versions/99:predict", body),
        (404, {"error": f'No version "99"; there is: {model.version}'}),
    )


finish()
