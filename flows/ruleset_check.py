"""Ruleset files and what lint says about each of them, with file and line."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from connectors.documents import load_document, ruleset_paths
from rules.lint.check import lint
from rules.lint.finding import FAILING, Finding, Severity
from schemas.errors import InputError
from schemas.rulesets import parse_ruleset
from schemas.yaml_text import Document

_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "hint")


class Placed(NamedTuple):
    """A finding and where it stands."""

    file: str
    line: int
    finding: Finding

    def text(self) -> str:
        """Say it in two lines: what is found, and how to fix it."""
        severity, code, path, message, fix = self.finding
        where = f"{path}: " if path else ""
        return f"{self.file}:{self.line}: {severity}: {where}{message} [{code}]\n    fix: {fix}"

    def fields(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"file": self.file, "line": self.line, **self.finding._asdict()}


class Report(NamedTuple):
    """Findings in all files, in the order of the files and their lines."""

    files: int
    findings: list[Placed]

    @property
    def fails(self) -> bool:
        """Something is wrong, beyond hints."""
        return any(placed.finding.severity in FAILING for placed in self.findings)

    def counts(self) -> dict[str, int]:
        """Return how many findings there are of each severity."""
        found = Counter(placed.finding.severity for placed in self.findings)
        return {severity: found[severity] for severity in _SEVERITIES}

    def text(self) -> str:
        """Say everything, and the counts in a last line."""
        counts = ", ".join(_counted(count, name) for name, count in self.counts().items())
        last = f"{_counted(self.files, 'ruleset')}: {counts}"
        return "\n".join([*(placed.text() for placed in self.findings), last])

    def json(self) -> str:
        """Say everything as one JSON object."""
        findings = [placed.fields() for placed in self.findings]
        report = {"files": self.files, "counts": self.counts(), "findings": findings}
        return json.dumps(report, indent=1, ensure_ascii=False)


def lint_paths(paths: Sequence[Path]) -> Report:
    """Lint files, and every ruleset of directories.

    Raises:
        BadFile: one cannot be read as YAML or JSON at all.
    """
    sources = [load_document(file) for path in paths for file in ruleset_paths(path)]
    found = [placed for source in sources for placed in _lint(source)]
    return Report(len(sources), [*found, *_other_contents(sources)])


def _lint(source: Document) -> list[Placed]:
    placed = [Placed(source.name, source.line(it.path), it) for it in lint(source.data)]
    return sorted(placed, key=lambda found: found.line)


def _other_contents(sources: Iterable[Document]) -> list[Placed]:
    """Find versions that two files give different content."""
    first: dict[str, tuple[str, str]] = {}
    found = []
    for source in sources:
        try:
            document = parse_ruleset(source.data)
        except InputError:
            continue  # already told
        name, known = first.setdefault(str(document.ref), (source.name, document.hash))
        if known != document.hash:
            message = f"{document.ref} has other content in {name}"
            fix = "give the changed content a new version"
            finding = Finding("error", "version_reused", "version", message, fix)
            found.append(Placed(source.name, source.line("version"), finding))
    return found


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
