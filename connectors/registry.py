"""The published versions of a directory of rulesets: `published.jsonl` in it, one a line.

A line is never changed: it holds the version's content, so that a body that differs can be told
from it, with the first place where it does. The ruleset files beside it are for people and for
`--rulesets`; a file that says other than its line is refused.
"""

import fcntl
import os
from pathlib import Path
from typing import Any, BinaryIO

from connectors.bad_file import BadFile
from schemas.differences import differences
from schemas.errors import InputError
from schemas.json_text import dumps, loads
from schemas.rulesets import RulesetDocument, parse_ruleset

NAME = "published.jsonl"


class Registry:
    """Versions by `id@version`.

    Args:
        directory: where the registry is; it may have none yet.

    Raises:
        BadFile: the registry cannot be read.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / NAME
        self._known = _read(self._path)

    def has(self, document: RulesetDocument) -> bool:
        """Tell whether this version is published.

        Raises:
            InputError: `bad_value`: it is, with other content; the first difference is named.
        """
        known = self._known.get(str(document.ref))
        if known is not None:
            refuse_other_content(known, document)
        return known is not None

    def add(self, document: RulesetDocument) -> bool:
        """Publish a version, durably; tell whether it is new.

        Raises:
            InputError: as for `has`.
            OSError: the registry cannot be written.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)  # another one may be publishing
            self._known = _read(self._path)
            if self.has(document):
                return False
            _append(handle, document)
        self._known[str(document.ref)] = document
        return True


def refuse_other_content(known: RulesetDocument, document: RulesetDocument) -> None:
    """Compare a version with what is published under its name.

    Raises:
        InputError: `bad_value`: they differ, at the path of the first difference.
    """
    if known.hash == document.hash:
        return
    first = next(differences(known.content, document.content))
    message = f"{document.ref} is published with other content: {first}"
    raise InputError("bad_value", message, first.path)


def _read(path: Path) -> dict[str, RulesetDocument]:
    try:
        lines = path.read_bytes().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise BadFile(str(path), f"cannot be read: {(error.strerror or '').lower()}") from None
    known = {}
    for number, line in enumerate(lines, start=1):
        try:
            document = _document(loads(line))
        except InputError as error:
            raise BadFile(str(path), str(error), number) from None
        known[str(document.ref)] = document
    return known


def _document(entry: Any) -> RulesetDocument:
    if not isinstance(entry, dict) or entry.keys() != {"ruleset", "hash", "document"}:
        raise InputError("bad_format", "must be an object of `ruleset`, `hash` and `document`")
    document = parse_ruleset(entry["document"], "document")
    if (str(document.ref), document.hash) != (entry["ruleset"], entry["hash"]):
        raise InputError("bad_value", "the content is not what was published", "hash")
    return document


def _append(handle: BinaryIO, document: RulesetDocument) -> None:
    entry = {
        "ruleset": str(document.ref),
        "hash": document.hash,
        "document": document.content,
    }
    handle.write(dumps(entry) + b"\n")
    handle.flush()
    os.fsync(handle.fileno())
