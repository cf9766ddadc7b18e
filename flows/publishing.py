"""Publishing a ruleset version: from then on it never changes, wherever it was published to."""

import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from connectors.documents import RulesetFile, load_ruleset_file
from connectors.journal import JournalReader, records
from connectors.log.abstract import Log, UnknownTopic
from connectors.registry import Registry, refuse_other_content
from flows.failures import EXIT_CHECK_FAILED, Failure
from rules.lint.check import lint
from rules.ruleset import load_ruleset
from schemas.errors import BadValue, InputError
from schemas.events import RulesetPublished
from schemas.json_text import dumps, loads
from schemas.rulesets import RulesetDocument, parse_ruleset
from schemas.topics import RULESETS


def load_publishable(file: Path) -> RulesetFile:
    """Load a ruleset that may be published: one in which lint finds no error.

    Raises:
        BadFile: it cannot be loaded.
        Failure: lint finds errors.
    """
    found = load_ruleset_file(file)
    try:
        load_ruleset(found.ruleset)
    except InputError as error:
        raise found.bad(error) from None
    errors = [item for item in lint(found.source.data) if item.severity == "error"]
    if errors:
        first = found.bad(BadValue(errors[0].message, errors[0].path))
        raise Failure(f"{first}; see `highwater rules lint`", EXIT_CHECK_FAILED)
    return found


def publish_to_directory(found: RulesetFile, directory: Path) -> bool:
    """Publish to a directory of rulesets; tell whether the version is new there.

    The file is copied into the directory unless it stands there.

    Raises:
        BadFile: the registry cannot be read.
        Failure: the version has other content there, or the directory cannot be written.
    """
    document, source = found.ruleset, Path(found.source.name)
    try:
        with _refusing(found):
            fresh = Registry(directory).add(document)
        if directory.resolve() not in source.resolve().parents:
            shutil.copyfile(source, directory / _file_name(document, source.suffix))
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise Failure(f"{directory}: cannot be written: {reason}") from None
    return fresh


def publish_to_log(found: RulesetFile, log: Log) -> bool:
    """Publish to the input topic of rulesets; tell whether the version is new in the log.

    Raises:
        Failure: the version has other content there.
        LogError: the log does not answer, or another one is writing the topic.
    """
    document = found.ruleset
    with _refusing(found):
        for known in published_in(log):
            if known.ref == document.ref:
                refuse_other_content(known, document)
                return False
    now = time.time_ns()
    event = {
        "event_id": f"ruleset/{document.ref}/{document.hash[:16]}",
        "type": "ruleset.published",
        "ts": str(now),
        "document": document.content,
    }
    with closing(log.writer(RULESETS)) as writer:
        writer.append(dumps(event), document.ruleset.encode())
        writer.flush()
    return True


def published_in(log: Log) -> Iterator[RulesetDocument]:
    """Yield every version a log knows: those in its journal, then those still to be put there."""
    with suppress(UnknownTopic), closing(JournalReader(log)) as reader:
        for entry in reader.rest():
            yield from entry.genesis.rulesets if entry.genesis is not None else ()
            for item in entry.frame.events:
                if isinstance(item.event, RulesetPublished):
                    yield item.event.document
    with suppress(UnknownTopic):
        for record in records(log, RULESETS):
            document = _published(record.value)
            if document is not None:
                yield document


def _published(value: bytes) -> RulesetDocument | None:
    try:
        event: Any = loads(value)
        return parse_ruleset(event["document"])
    except (InputError, TypeError, KeyError):
        return None  # the sequencer refuses it, so it publishes nothing


@contextmanager
def _refusing(found: RulesetFile) -> Iterator[None]:
    """Turn a refusal into a failed check that names the file, the line and the field."""
    try:
        yield
    except InputError as error:
        message = f"{found.bad(error)}; give it a new version"
        raise Failure(message, EXIT_CHECK_FAILED) from None


def _file_name(document: RulesetDocument, suffix: str) -> str:
    return f"{quote(document.ruleset, safe=' ')}.v{document.version}{suffix}"
