"""Instrument and ruleset files: read as text, with the file, line and field of what is wrong."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from connectors.bad_file import BadFile
from connectors.registry import Registry
from schemas import json_text, yaml_text
from schemas.errors import InputError
from schemas.instruments import InstrumentTable
from schemas.rulesets import RulesetDocument, parse_ruleset
from schemas.yaml_text import Document

_SUFFIXES = (".yaml", ".yml", ".json")


class RulesetFile(NamedTuple):
    """A ruleset and the file it stands in."""

    ruleset: RulesetDocument
    source: Document

    def bad(self, error: InputError) -> BadFile:
        """Say where in the file something is wrong."""
        return bad_file(self.source, error)


def load_instruments(path: Path) -> InstrumentTable:
    """Load an instrument file: a list in YAML or JSON.

    Raises:
        BadFile: naming the file, the line and the field.
    """
    source = load_document(path)
    try:
        return InstrumentTable.parse(source.data)
    except InputError as error:
        raise bad_file(source, error) from None


def load_rulesets(path: Path) -> list[RulesetFile]:
    """Load every ruleset (YAML or JSON) of a directory and its subdirectories, or of one file.

    Raises:
        BadFile: naming the file, the line and the field; one version with two contents, or one
            that is published in the directory with other content.
    """
    registry = Registry(path)
    loaded: dict[str, RulesetFile] = {}
    for file in ruleset_paths(path):
        found = load_ruleset_file(file)
        first = loaded.setdefault(str(found.ruleset.ref), found)
        if first.ruleset.hash != found.ruleset.hash:
            message = f"{found.ruleset.ref} has other content in {first.source.name}"
            raise found.bad(InputError("bad_value", message, "version"))
        try:
            registry.has(found.ruleset)
        except InputError as error:
            raise found.bad(error) from None
    return list(loaded.values())


def load_ruleset_file(path: Path) -> RulesetFile:
    """Load the ruleset of one file; its rules' parameters are not looked at.

    Raises:
        BadFile: naming the file, the line and the field.
    """
    source = load_document(path)
    try:
        return RulesetFile(parse_ruleset(source.data), source)
    except InputError as error:
        raise bad_file(source, error) from None


def load_document(path: Path) -> Document:
    """Load a YAML or JSON file in which every number is text.

    Raises:
        BadFile: it cannot be read as what it is.
    """
    if path.suffix.lower() == ".json":
        return load_json(path)
    try:
        return yaml_text.load(path)
    except InputError as error:
        raise BadFile(*_split_place(path, error)) from None


def load_json(path: Path) -> Document:
    """Load a JSON file in which every number is its text.

    Raises:
        BadFile: it cannot be read as that.
    """
    try:
        return _load_json(path)
    except InputError as error:
        raise BadFile(*_split_place(path, error)) from None


def bad_file(source: Document, error: InputError) -> BadFile:
    """Say where in a file something is wrong."""
    place, _, reason = source.complaint(error).partition(": ")
    return BadFile(place, reason)


def ruleset_paths(path: Path) -> Iterator[Path]:
    """Yield the file itself, or every ruleset file of a directory and its subdirectories.

    Raises:
        BadFile: there is no such file or directory.
    """
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise BadFile(str(path), "cannot be read: no such file or directory")
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.suffix.lower() in _SUFFIXES and file.is_file() and not hidden:
            yield file


# JSON is read strictly as JSON; that it is YAML too tells the lines, where it is (no tabs).
def _load_json(path: Path) -> Document:
    try:
        text = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise InputError("bad_format", f"cannot be read: {reason}") from None
    try:
        data = json_text.loads(text)
    except InputError as error:
        raise _placed(error, text, str(path)) from None
    try:
        lines = yaml_text.load(text.decode(), str(path)).lines
    except InputError:
        lines = {(): 1}
    return Document(data, lines, str(path))


# Where it is no JSON the decoder knows the line; of a key given twice, YAML may.
def _placed(error: InputError, text: bytes, name: str) -> InputError:
    if not isinstance(error.__cause__, json.JSONDecodeError):
        try:
            yaml_text.load(text.decode(errors="replace"), name)
        except InputError as found:
            return found
    line = getattr(error.__cause__, "lineno", 1)
    return InputError(error.code, f"{name}:{line}: {error.message}")


def _split_place(path: Path, error: InputError) -> tuple[str, str]:
    """A YAML error already names its file and line; any other is put behind the file's name."""
    message = str(error)
    name = str(path)
    if message.startswith(f"{name}:"):
        head, _, rest = message.partition(": ")
        return head, rest
    return name, message
