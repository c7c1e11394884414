#!/usr/bin/env bash
# Packages: onnxruntime 1.32.0, onnx 1.22.0, numpy 2.4.6. Seen on 2026-11-30.
#
# Guess: quantize_dynamic costs accuracy, but a row's result is a function of that row, as in the float
# model: an embedding computed alone and in a batch of others is the same vector, so it can be cached.
#
# Seen: the result of a row changes with what else is in the batch. "Dynamic" means one scale per tensor
# at each run: the largest activation of the whole batch sets the step for all rows. Beside a row of
# ten times its size a row is computed in steps ten times as coarse. The float model gives the same
# result alone and in a batch.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp" ORT_DISABLE_TELEMETRY=1
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check onnxruntime==1.32.0 onnx==1.22.0 numpy==2.4.6
cd "$tmp"
"$tmp/venv/bin/python" - 2> log <<'PY' || { tail -5 "$tmp/log" >&2; exit 1; }
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import quantize_dynamic

WIDTH = 64
draw = np.random.default_rng(1)
weights = numpy_helper.from_array(draw.normal(size=(WIDTH, WIDTH)).astype(np.float32), "weights")
shape = ["batch", WIDTH]
graph = helper.make_graph(
    [helper.make_node("MatMul", ["rows", "weights"], ["vectors"])],
    "layer",
    [helper.make_tensor_value_info("rows", TensorProto.FLOAT, shape)],
    [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, shape)],
    [weights],
)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), "float.onnx")
quantize_dynamic("float.onnx", "int8.onnx")

row = draw.normal(size=(1, WIDTH)).astype(np.float32)
like = draw.normal(size=(1, WIDTH)).astype(np.float32)
large = 10 * like


def first(model: str, *rows: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {"rows": np.vstack(rows)})[0][0]


def apart(model: str, *others: np.ndarray) -> float:
    alone, together = first(model, row), first(model, row, *others)
    return float(np.abs(alone - together).max() / np.abs(alone).max())


for model in ("float.onnx", "int8.onnx"):
    print(f"{model}: beside itself {apart(model, row):.2%}, beside a larger row {apart(model, large):.2%} apart")
assert apart("float.onnx", large) < 1e-5 and apart("int8.onnx", row) < 1e-5, "the ordinary cases"
assert apart("int8.onnx", large) > 0.005, "independent of the batch now"
PY
echo 'Still so.'
