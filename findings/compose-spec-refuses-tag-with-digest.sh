#!/usr/bin/env bash
# Package: compose-spec 0.2.1 (PyPI; bindings of the Rust crate of that name). Seen on 2026-11-30.
#
# Guess: a validator of Compose files takes every image reference that Docker takes, above all
# `name:tag@sha256:...`, the pin that names both the version for people and the content for the machine.
#
# Seen: "image cannot have a tag and a digest". The tag alone and the digest alone are taken. The
# reference grammar of Docker's registry code and the Compose specification
# ([<registry>/][<project>/]<image>[:<tag>|@<digest>]) differ here, and the bindings follow the latter
# to the letter; the programs that run such files take both at once.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check compose-spec==0.2.1
"$tmp/venv/bin/python" - <<'PY'
from compose_spec import PyCompose

DIGEST = "sha256:" + "5a" * 32


def refusal(image: str) -> str:
    try:
        PyCompose.from_yaml(f"services:\n  queue:\n    image: {image}\n")
    except ValueError as error:
        return str(error)
    return ""


for image in ("redis:8.2", f"redis@{DIGEST}", f"redis:8.2@{DIGEST}", f"registry.example:5000/queue/redis:8.2@{DIGEST}"):
    print(f"{image.replace(DIGEST, 'sha256:...')}: {refusal(image) or 'taken'}")
assert not refusal("redis:8.2") and not refusal(f"redis@{DIGEST}"), "the ordinary cases"
assert "tag and a digest" in refusal(f"redis:8.2@{DIGEST}"), "taken now"
PY
echo 'Still so.'
