#!/usr/bin/env bash
# Packages: model2vec 0.10.0, tokenizers 0.23.3, numpy 2.4.6. Seen on 2026-12-01.
#
# Guess: `encode` with its default `max_length=512` reads the first 512 tokens of a text, so what makes
# no token (spaces, line feeds, the indentation of a table) takes nothing away from it.
#
# Seen: the text is first cut to 512 times the median length of the vocabulary's tokens, in characters,
# and only then tokenized. A note of one word behind enough spaces gets the vector of an empty text,
# all zeros, and words longer than the median fill the room with far fewer than 512 tokens: in the second
# case below the last 200 of 400 words are not read. With `max_length=None` both are read to their end.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp"
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check model2vec==0.10.0 tokenizers==0.23.3 numpy==2.4.6
"$tmp/venv/bin/python" - <<'PY'
import numpy as np
from model2vec import StaticModel
from tokenizers import Tokenizer, models, pre_tokenizers

words = ["[UNK]", *(4 * letter for letter in "abcdefghijklmnopqrstuvwxyz"), "consideration", "tea"]
tokenizer = Tokenizer(models.WordLevel({word: id for id, word in enumerate(words)}, unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
vectors = np.eye(len(words), dtype=np.float32)
model = StaticModel(vectors, tokenizer, normalize=False)


def share_of_tea(label: str, text: str, **options: object) -> float:
    tokens = len(tokenizer.encode(text).tokens)
    share = float(model.encode(text, **options)[words.index("tea")])
    print(f"{label}: {tokens} tokens, share of 'tea' in the vector {share:.3f} {options or ''}")
    return share


spaced = " " * 3000 + "tea"
long = "consideration " * 200 + "tea " * 200
assert share_of_tea("one word", "tea") == 1, "the ordinary case"
assert abs(share_of_tea("400 short words", "aaaa " * 200 + "tea " * 200) - 0.5) < 0.01, "the ordinary case"
assert share_of_tea("one word after spaces", spaced) == 0 and not model.encode(spaced).any()
assert share_of_tea("400 words, the first ones long", long) == 0
assert share_of_tea("one word after spaces", spaced, max_length=None) == 1
assert abs(share_of_tea("400 words, the first ones long", long, max_length=None) - 0.5) < 0.01
PY
echo 'Still so.'
