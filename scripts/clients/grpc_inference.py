"""The Open Inference Protocol over gRPC with tritonclient, and the health check with grpcio-health-checking."""

import grpc
import numpy
import tritonclient.grpc as triton
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tritonclient.utils import InferenceServerException

from clients.checks import check, finish, models

DTYPES = {"FP64": numpy.float64, "INT64": numpy.int64, "BOOL": numpy.bool_, "BYTES": numpy.object_}


def columns(model, client):
    """One array for each input of the model, and the answers to these rows: those in which no text is missing."""
    inputs = client.get_model_metadata(model.name).inputs
    texts = [place for place, tensor in enumerate(inputs) if tensor.datatype in ("BYTES", "BOOL")]
    told = [place for place, row in enumerate(model.rows) if all(row[text] is not None for text in texts)]
    arrays = []
    for place, tensor in enumerate(inputs):
        values = [model.rows[row][place] for row in told]
        if tensor.datatype == "FP64":
            values = [numpy.nan if value is None else value for value in values]
        arrays.append((tensor.name, tensor.datatype, numpy.array(values, dtype=DTYPES[tensor.datatype])))
    return arrays, [model.answers[row] for row in told]


def tensors(arrays):
    made = []
    for name, datatype, values in arrays:
        made.append(triton.InferInput(name, list(values.shape), datatype))
        made[-1].set_data_from_numpy(values)
    return made


def infer(client, name, arrays, outputs=("predict",), **more):
    outputs = [triton.InferRequestedOutput(output) for output in outputs]
    return client.infer(name, tensors(arrays), outputs=outputs, **more)


def predicted(client, name, arrays, **more):
    return texts(infer(client, name, arrays, **more).as_numpy("predict"))


def texts(values):
    """Answers that are texts as texts."""
    return [value.decode() if isinstance(value, bytes) else value for value in values.tolist()]


def refusal(ask):
    try:
        ask()
    except InferenceServerException as error:
        return error.status(), error.message()
    return None


def status(channel, service):
    stub = health_pb2_grpc.HealthStub(channel)
    try:
        return health_pb2.HealthCheckResponse.ServingStatus.Name(
            stub.Check(health_pb2.HealthCheckRequest(service=service)).status
        )
    except grpc.RpcError as error:
        return error.code().name


for model in models():
    of = f"gRPC, {model.name}:"
    client = triton.InferenceServerClient(model.grpc)
    check(f"{of} live, ready", lambda: (client.is_server_live(), client.is_server_ready()), (True, True))
    check(f"{of} model ready", lambda: client.is_model_ready(model.name), True)
    check(f"{of} version ready", lambda: client.is_model_ready(model.name, str(model.version)), True)
    check(f"{of} server", lambda: client.get_server_metadata().name, "canopy")
    check(
        f"{of} metadata",
        lambda: [tensor.name for tensor in client.get_model_metadata(model.name).inputs],
        [feature["identifier"] for feature in model.features],
    )
    check(
        f"{of} index",
        lambda: [(one.name, one.version, one.state) for one in client.get_model_repository_index().models],
        [(model.name, str(model.version), "READY")],
    )
    arrays, answers = columns(model, client)
    check(f"{of} one tensor a feature", lambda: predicted(client, model.name, arrays), answers)
    for packing in ("gzip", "deflate"):
        check(
            f"{of} the same, {packing}",
            lambda: predicted(client, model.name, arrays, compression_algorithm=packing),
            answers,
        )
    if all(values.dtype in (numpy.float64, numpy.int64) for _, _, values in arrays):
        stacked = numpy.stack([values.astype(numpy.float64) for _, _, values in arrays], axis=1)
        check(f"{of} a matrix", lambda: predicted(client, model.name, [("rows", "FP64", stacked)]), answers)
    if model.task == "classification":
        check(
            f"{of} probabilities",
            lambda: infer(client, model.name, arrays, ["predict_proba"]).as_numpy("predict_proba").shape[0],
            len(answers),
        )
    check(
        f"{of} id",
        lambda: infer(client, model.name, arrays, request_id="mine").get_response().id,
        "mine",
    )
    check(
        f"{of} an unknown model is refused",
        lambda: refusal(lambda: infer(client, "nobody", arrays))[0],
        "StatusCode.NOT_FOUND",
    )
    check(
        f"{of} a tensor too short is refused",
        lambda: refusal(lambda: infer(client, model.name, [arrays[0], *[(n, d, v[1:]) for n, d, v in arrays[1:]]]))[0],
        "StatusCode.INVALID_ARGUMENT",
    )
    client.close()

    with grpc.insecure_channel(model.grpc) as channel:
        services = ("", "inference.GRPCInferenceService", model.name, "nobody")
        check(
            f"{of} health",
            lambda: [status(channel, service) for service in services],
            ["SERVING", "SERVING", "SERVING", "NOT_FOUND"],
        )

finish()
