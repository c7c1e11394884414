#!/usr/bin/env bash
# Packages: usearch 2.26.6, numpy 2.4.6. Seen on 2026-11-30.
#
# Guess: `dtype="i8"` stores a vector more coarsely than "f16" or "bf16" do and changes little else: in
# an index with the metric l2sq or ip, a vector and ten times that vector stay two vectors.
#
# Seen: float vectors are scaled to one length as they are cast to i8, whatever the metric. v, 10 v and
# v / 10 are at l2sq distance 0 of each other and have the same inner product, so the order by length
# is chance, and the distances are of another scale than those of the other types (tens of
# thousands). Only for cos, which ignores lengths anyway, is the cast harmless. Vectors given as int8 are
# stored as they are.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp"
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check usearch==2.26.6 numpy==2.4.6
"$tmp/venv/bin/python" - <<'PY'
import numpy as np
from usearch.index import Index

v = np.random.default_rng(1).normal(size=32).astype(np.float32)


def distances(metric: str, dtype: str) -> list[float]:
    index = Index(ndim=32, metric=metric, dtype=dtype)
    for key, times in enumerate((1, 10, 0.1)):
        index.add(key, (times * v).astype(np.float32))
    matches = index.search(v, 3)
    by_key = dict(zip(matches.keys.tolist(), matches.distances.tolist()))
    print(f"{metric} {dtype}: v {by_key[0]:.4g}, 10 v {by_key[1]:.4g}, v / 10 {by_key[2]:.4g}")
    return [by_key[key] for key in range(3)]


for dtype in ("f32", "f16", "bf16"):
    same, ten, tenth = distances("l2sq", dtype)
    assert same < 0.01 and ten > 50 * tenth > 50, "the ordinary case"
    same, ten, tenth = distances("ip", dtype)
    assert ten < same < tenth, "the ordinary case"
assert distances("l2sq", "i8") == [0, 0, 0], "lengths count now"
assert len(set(distances("ip", "i8"))) == 1, "lengths count now"

index = Index(ndim=4, metric="l2sq", dtype="i8")
for key, times in enumerate((1, 10)):
    index.add(key, np.array([1, 2, 3, 4], np.int8) * np.int8(times))
matches = index.search(np.array([1, 2, 3, 4], np.int8), 2)
print(f"given as int8: {matches.distances}")
assert matches.distances.tolist() == [0, 81 * (1 + 4 + 9 + 16)], "the ordinary case"
PY
echo 'Still so.'
