"""The Open Inference Protocol over HTTP with tritonclient, kserve's InferenceRESTClient and open-inference-openapi.

`mlserver infer` needs an environment of its own: see mlserver_infer.py.
"""

import asyncio

import numpy
import tritonclient.http as triton
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from open_inference.openapi.client import OpenInferenceClient
from open_inference.openapi.errors import NotFoundError
from open_inference.openapi.types import InferenceRequest

from clients.checks import check, finish, models, post

TYPES = {"number": "FP64", "integer": "FP64", "boolean": "BOOL", "string": "BYTES"}
NUMPY = {"FP64": numpy.float64, "BOOL": numpy.bool_, "BYTES": numpy.object_}


def is_numeric(model):
    return all(feature["type"] in ("number", "integer") for feature in model.features)


def column(model, position, rows):
    """A feature's type, and its values as numpy has them; None where raw bytes cannot say that one is missing."""
    datatype = TYPES[model.features[position]["type"]]
    values = [row[position] for row in rows]
    if datatype == "FP64":
        values = [numpy.nan if value is None else value for value in values]
    elif None in values:
        return datatype, None
    if datatype == "BYTES":
        values = [value.encode() for value in values]
    return datatype, numpy.array(values, dtype=NUMPY[datatype])


def whole(model):
    """The rows that raw bytes can say, with their answers: texts and booleans have no missing value there."""
    kept = [
        (row, answer)
        for row, answer in zip(model.rows, model.answers)
        if all(value is not None or TYPES[f["type"]] == "FP64" for value, f in zip(row, model.features))
    ]
    return [row for row, _ in kept], [answer for _, answer in kept]


def inputs(model, rows, **options):
    """One tensor a feature, of the rows."""
    tensors = []
    for position, name in enumerate(model.columns):
        datatype, values = column(model, position, rows)
        tensors.append(triton.InferInput(name, [len(rows)], datatype))
        tensors[-1].set_data_from_numpy(values, **options)
    return tensors


def matrix(model, rows, datatype=numpy.float64, **options):
    values = numpy.array([[numpy.nan if value is None else value for value in row] for row in rows], dtype=datatype)
    tensor = triton.InferInput("input-0", values.shape, "FP32" if datatype == numpy.float32 else "FP64")
    tensor.set_data_from_numpy(values, **options)
    return [tensor]


def predicted(answer):
    return answer.as_numpy("predict")


def refusal(ask):
    try:
        return f"answered: {ask()}"
    except triton.InferenceServerException as error:
        return f"{error.status()} {error.message()}"


def with_triton(model):
    client = triton.InferenceServerClient(f"{model.host}:{model.port}")
    of, name = f"tritonclient http, {model.name}:", model.name
    rows, answers = whole(model)
    check(f"{of} live and ready", lambda: [client.is_server_live(), client.is_server_ready()], [True, True])
    check(f"{of} model ready", lambda: client.is_model_ready(name), True)
    check(f"{of} version ready", lambda: client.is_model_ready(name, str(model.version)), True)
    check(f"{of} no such version ready", lambda: client.is_model_ready(name, "99"), False)
    check(f"{of} server", lambda: client.get_server_metadata()["name"], "canopy")
    described = [feature["identifier"] for feature in model.features]
    metadata = client.get_model_metadata(name)
    check(f"{of} inputs", lambda: [tensor["name"] for tensor in metadata["inputs"]], described)
    index = [{"name": name, "version": str(model.version), "state": "READY", "reason": ""}]
    check(f"{of} repository", client.get_model_repository_index, index)

    check(f"{of} raw tensors", lambda: predicted(client.infer(name, inputs(model, rows))), answers)
    # This client writes NaN into its JSON, which is none: rows with all their values.
    json_only = {"binary_data": False}
    asked = [triton.InferRequestedOutput("predict", **json_only)]
    full = [(row, answer) for row, answer in zip(rows, answers) if None not in row]
    check(
        f"{of} JSON both ways",
        lambda: predicted(client.infer(name, inputs(model, [row for row, _ in full], **json_only), outputs=asked)),
        [answer for _, answer in full],
    )
    check(
        f"{of} a version and an id",
        lambda: client.infer(name, inputs(model, rows), str(model.version), request_id="17").get_response()["id"],
        "17",
    )
    for packing in ["gzip", "deflate"]:
        packed = {"request_compression_algorithm": packing, "response_compression_algorithm": packing}
        check(f"{of} {packing}", lambda: predicted(client.infer(name, inputs(model, rows * 5), **packed)), answers * 5)
    if is_numeric(model):
        check(f"{of} a matrix", lambda: predicted(client.infer(name, matrix(model, model.rows))), model.answers)
        single = [[None if v is None else float(numpy.float32(v)) for v in row] for row in model.rows]
        check(
            f"{of} a matrix of FP32",
            lambda: predicted(client.infer(name, matrix(model, model.rows, numpy.float32))),
            lambda: model.native(single)["data"],
        )

    explained = model.native(rows[:5], explain=True)["contributions"]
    base = explained.pop("base")
    wanted = [triton.InferRequestedOutput(output) for output in ["explain", "explain_base"]]

    def explain():
        answer = client.infer(name, inputs(model, rows[:5]), outputs=wanted)
        return [answer.as_numpy("explain").T, answer.as_numpy("explain_base")]

    check(f"{of} explained", explain, [list(explained.values()), base])
    if model.task == "classification":
        shares = model.native(rows, proba=True)["probabilities"]
        wanted = [triton.InferRequestedOutput("predict_proba")]
        check(
            f"{of} probabilities",
            lambda: client.infer(name, inputs(model, rows), outputs=wanted).as_numpy("predict_proba").T,
            list(shares.values()),
        )
    else:
        ask = lambda: client.infer(name, inputs(model, rows), outputs=[triton.InferRequestedOutput("predict_proba")])
        check(
            f"{of} probabilities are refused",
            lambda: refusal(ask),
            "400 outputs: a regression has no classes (expected an interval in place of probabilities, got predict_proba)",
        )
    if model.has_intervals:
        interval = model.native(rows, interval=0.8)["interval"]
        check(
            f"{of} intervals",
            lambda: client.infer(name, inputs(model, rows), parameters={"interval": 0.8}).as_numpy("interval").T,
            [interval["lower"], interval["upper"]],
        )

    def counted():
        def count():
            return client.get_inference_statistics(name)["model_stats"][0]["inference_count"]

        before = count()
        client.infer(name, inputs(model, rows))
        return count() - before

    check(f"{of} statistics", counted, len(rows))

    def phases():
        """What one large request adds to the time of each phase, which all count it and together take no longer than it."""
        names = ["queue", "compute_input", "compute_infer", "compute_output"]

        def times():
            return client.get_inference_statistics(name)["model_stats"][0]["inference_stats"]

        before = times()
        client.infer(name, inputs(model, rows * 100))
        after = times()
        took = {phase: after[phase]["ns"] - before[phase]["ns"] for phase in ["success", *names]}
        counted = [after[phase]["count"] - before[phase]["count"] for phase in ["success", *names]]
        return counted, all(took.values()), sum(took[phase] for phase in names) <= took["success"]

    check(f"{of} statistics of the phases", phases, ([1] * 5, True, True))
    check(
        f"{of} an unknown model is refused",
        lambda: refusal(lambda: client.infer("nobody", inputs(model, rows))),
        f'404 No model "nobody"; there is: {name}',
    )
    client.close()


def as_json(model):
    """A request of plain JSON, null where a value is missing."""
    return {
        "inputs": [
            {
                "name": name,
                "shape": [len(model.rows), 1],
                "datatype": TYPES[feature["type"]],
                "data": [row[position] for row in model.rows],
            }
            for position, (name, feature) in enumerate(zip(model.columns, model.features))
        ]
    }


def with_kserve(model):
    of, rows = f"kserve v2, {model.name}:", whole(model)

    async def ask(call):
        client = InferenceRESTClient(RESTConfig(protocol="v2", timeout=30))
        try:
            return await call(client)
        finally:
            await client.close()

    def infer(binary):
        tensors = []
        for position, name in enumerate(model.columns):
            datatype, values = column(model, position, rows[0])
            tensors.append(InferInput(name, [len(rows[0])], datatype))
            tensors[-1].set_data_from_numpy(values, binary_data=binary)
        request = InferRequest(model.name, tensors)
        answer = asyncio.run(ask(lambda client: client.infer(model.url, request, model_name=model.name)))
        return answer.outputs[0].as_numpy()

    check(f"{of} live", lambda: asyncio.run(ask(lambda c: c.is_server_live(model.url))), True)
    check(f"{of} ready", lambda: asyncio.run(ask(lambda c: c.is_server_ready(model.url))), True)
    check(f"{of} model ready", lambda: asyncio.run(ask(lambda c: c.is_model_ready(model.url, model.name))), True)
    check(f"{of} raw tensors", lambda: infer(True), rows[1])
    check(f"{of} JSON", lambda: infer(False), rows[1])
    check(
        f"{of} a dictionary",
        lambda: asyncio.run(ask(lambda c: c.infer(model.url, as_json(model), model_name=model.name))).outputs[0].data,
        model.answers,
    )


def with_openapi(model):
    of, version = f"open-inference-openapi, {model.name}:", str(model.version)
    client = OpenInferenceClient(base_url=model.url)
    check(f"{of} health", lambda: [client.check_server_liveness(), client.check_server_readiness()], [None, None])
    check(
        f"{of} readiness",
        lambda: [client.check_model_readiness(model.name), client.check_model_version_readiness(model.name, version)],
        [None, None],
    )
    check(f"{of} server", lambda: client.read_server_metadata().name, "canopy")
    check(f"{of} model", lambda: client.read_model_metadata(model.name).versions, [version])
    check(f"{of} version", lambda: client.read_model_version_metadata(model.name, version).name, model.name)

    def unknown():
        try:
            client.check_model_readiness("nobody")
        except NotFoundError as error:
            return error.body

    check(f"{of} an unknown model", unknown, {"error": f'No model "nobody"; there is: {model.name}'})
    answered = lambda answer: [answer.id, plain(answer.outputs[0].data.__root__)]
    # The client's tensors know numbers as floats alone, no booleans, and nothing that is missing.
    if not any(None in row for row in model.rows) and all(f["type"] != "boolean" for f in model.features):
        body = InferenceRequest.parse_obj(as_json(model) | {"id": "17"})
        expected = ["17", [float(a) if isinstance(a, int) else a for a in model.answers]]
        check(f"{of} rows", lambda: answered(client.model_infer(model.name, request=body)), expected)
        check(
            f"{of} rows of a version",
            lambda: answered(client.model_version_infer(model.name, version, request=body)),
            expected,
        )


def plain(data):
    return [getattr(item, "__root__", item) for item in data]


for model in models():
    with_triton(model)
    with_kserve(model)
    with_openapi(model)
    url = f"{model.url}/v2/models/{model.name}/infer"
    check(f"plain JSON, {model.name}:", lambda: post(url, as_json(model))["outputs"][0]["data"], model.answers)

finish()
