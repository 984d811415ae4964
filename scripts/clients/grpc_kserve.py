"""The Open Inference Protocol over gRPC with kserve. It has messages of the same names as tritonclient: one process cannot hold both."""

import asyncio

import numpy
from kserve import InferenceGRPCClient, InferInput, InferRequest

from clients.checks import check, finish, models

DATATYPES = {"number": "FP64", "integer": "INT64", "string": "BYTES", "boolean": "BOOL"}
DTYPES = {"FP64": numpy.float64, "INT64": numpy.int64, "BOOL": numpy.bool_, "BYTES": numpy.object_}


def columns(model):
    """A tensor for each feature, and the answers to these rows: those in which nothing is missing."""
    told = [row for row in range(len(model.rows)) if None not in model.rows[row]]
    tensors = []
    for place, feature in enumerate(model.features):
        tensors.append((feature["identifier"], DATATYPES[feature["type"]], [model.rows[row][place] for row in told]))
    return tensors, [model.answers[row] for row in told]


def inputs(tensors, raw):
    made = []
    for name, datatype, values in tensors:
        made.append(InferInput(name, [len(values)], datatype))
        if raw:
            made[-1].set_data_from_numpy(numpy.array(values, dtype=DTYPES[datatype]), binary_data=True)
        else:
            made[-1].data = [text.encode() for text in values] if datatype == "BYTES" else values
    return made


async def asked(model, call):
    client = InferenceGRPCClient(model.grpc)
    try:
        return await call(client)
    finally:
        await client.close()


def infer(model, tensors, raw):
    request = InferRequest(model_name=model.name, infer_inputs=inputs(tensors, raw), request_id="mine")
    answer = asyncio.run(asked(model, lambda client: client.infer(request)))
    output = answer.outputs[0]
    values = output.as_numpy().tolist() if raw else list(output.data)
    return answer.id, answer.model_version, [v.decode() if isinstance(v, bytes) else v for v in values]


for model in models():
    of = f"kserve gRPC, {model.name}:"
    tensors, answers = columns(model)
    expected = ("mine", str(model.version), answers)
    check(f"{of} live", lambda: asyncio.run(asked(model, lambda client: client.is_server_live())), True)
    check(f"{of} ready", lambda: asyncio.run(asked(model, lambda client: client.is_server_ready())), True)
    check(f"{of} model ready", lambda: asyncio.run(asked(model, lambda c: c.is_model_ready(model.name))), True)
    check(f"{of} one tensor a feature", lambda: infer(model, tensors, raw=False), expected)
    check(f"{of} the same, raw", lambda: infer(model, tensors, raw=True), expected)

finish()
