"""Our model where a peer would have downloaded the same one, with the tokenizer that it ships.

The file that it ships is rebuilt: what matters of it is that it pads each text to a fixed length.
"""

from pathlib import Path

from tokenizers import BertWordPieceTokenizer

from benchmarks.peers.drivers.stores import Place

SHIPPED_LENGTH = 128
OTHER_FILES = ("config.json", "special_tokens_map.json", "tokenizer_config.json", "vocab.txt")
"""Asked for and not read."""


def lay_out(place: Place, program: str) -> None:
    """Below the home that this process was given."""
    folder = Path.home() / ".cache" / program / "onnx_models" / "all-MiniLM-L6-v2" / "onnx"
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = BertWordPieceTokenizer(place.vocabulary, lowercase=True)
    tokenizer.enable_padding(length=SHIPPED_LENGTH)
    tokenizer.enable_truncation(SHIPPED_LENGTH)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "model.onnx").unlink(missing_ok=True)
    (folder / "model.onnx").symlink_to(place.model)
    for name in OTHER_FILES:
        (folder / name).touch()
