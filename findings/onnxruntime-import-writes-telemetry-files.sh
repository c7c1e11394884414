#!/usr/bin/env bash
# Package: onnxruntime 1.32.0, Linux wheel. Seen on 2026-11-30.
#
# Guess: `import onnxruntime` writes nothing: telemetry is said to be of the Windows builds, and whoever
# wants to be sure calls `onnxruntime.disable_telemetry_events()` right after the import.
#
# Seen: on Linux too, the import alone, with no session and no model, makes a device id and an event
# database below ~/.cache/Microsoft/DeveloperTools/.onnxruntime. The call after the import is too late:
# both files are there all the same. ORT_DISABLE_TELEMETRY=1 set before the import prevents them.
# (In an environment with CI=true nothing is written either, so a test in CI does not see it.)
#
# Only files in a home of the script's own are looked at.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check onnxruntime==1.32.0

written() { # NAME CODE [SETTING=VALUE]: the files that the code leaves in an empty home
  mkdir "$tmp/$1"
  env -i PATH="$PATH" HOME="$tmp/$1" ${3:+"$3"} "$tmp/venv/bin/python" -c "$2" 2> "$tmp/log"
  (cd "$tmp/$1" && find . -type f | sort | tee "$tmp/$1.files" | sed "s/^/$1: /")
  echo "$1: $(wc -l < "$tmp/$1.files") files"
}

written nothing-imported 'print()'
written imported 'import onnxruntime'
written switched-off-after 'import onnxruntime as ort; ort.disable_telemetry_events()'
written switched-off-before 'import onnxruntime' ORT_DISABLE_TELEMETRY=1
written in-ci 'import onnxruntime' CI=true
for name in imported switched-off-after; do
  grep -q 'onnxruntime/deviceid$' "$tmp/$name.files" || { echo "$name: no device id any more"; exit 1; }
done
for name in nothing-imported switched-off-before in-ci; do
  [ ! -s "$tmp/$name.files" ] || { echo "$name: wrote files"; exit 1; }
done
echo 'Still so.'
