"""Everything about a document's shape that would make loading it fail, not only the first thing."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from rules.catalog import GOALS, RULES
from rules.lint.finding import Finding
from schemas.errors import InputError
from schemas.fields import model_errors
from schemas.rulesets import PhaseDocument, RulesetDocument, SessionDocument

_FAMILIES: Mapping[str, Mapping[str, Any]] = {"rules": RULES, "goals": GOALS}
_OTHER = {"rules": "goals", "goals": "rules"}
_UNKNOWN = "unknown field"
_MISSING = "is required"


def shape_findings(data: object) -> Iterator[Finding]:
    """Check a document against the ruleset's shape and each rule and goal against its family.

    Args:
        data: the raw document, numbers as text.
    """
    for error in model_errors(RulesetDocument, data):
        yield _finding(error, _names_at(error.path))
    for path, kind, entry in _entries(data):
        yield from _entry(path, kind, entry)


def _entries(data: object) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    phases = data.get("phases") if isinstance(data, Mapping) else None
    for number, phase in enumerate(phases if isinstance(phases, list) else []):
        for kind in _FAMILIES if isinstance(phase, Mapping) else ():
            entries = phase.get(kind)
            for place, entry in enumerate(entries if isinstance(entries, list) else []):
                if isinstance(entry, Mapping) and isinstance(entry.get("family"), str):
                    yield f"phases.{number}.{kind}.{place}", kind, entry


def _entry(path: str, kind: str, entry: Mapping[str, Any]) -> Iterator[Finding]:
    family = _FAMILIES[kind].get(entry["family"])
    if family is None:
        yield _no_family(path, kind, entry["family"])
        return
    names = list(family.params.model_fields)
    for error in model_errors(family.params, entry, path):
        yield _finding(error, names)


def _no_family(path: str, kind: str, name: str) -> Finding:
    message = f"no family of {kind} is called `{name}`"
    if name in _FAMILIES[_OTHER[kind]]:
        fix = f"move it to `{_OTHER[kind]}`"
    else:
        known = ", ".join(f"`{family}`" for family in sorted(_FAMILIES[kind]))
        fix = _meant(name, list(_FAMILIES[kind])) or f"use one of {known}"
    return Finding("error", "unknown_family", f"{path}.family", message, fix)


def _finding(error: InputError, names: list[str]) -> Finding:
    field = error.path.rpartition(".")[2]
    if error.message == _UNKNOWN:
        known = ", ".join(f"`{name}`" for name in names)
        fix = _meant(field, names) or f"remove it; known here: {known}"
        return Finding("error", "unknown_field", error.path, _UNKNOWN, fix)
    if error.message == _MISSING:
        return Finding("error", "missing_field", error.path, _MISSING, f"add `{field}`")
    code = "missing_limit" if "exactly one of" in error.message else "bad_value"
    return Finding("error", code, error.path, error.message, _remedy(error))


def _remedy(error: InputError) -> str:
    if "time zone" in error.message:
        return "write a name of the IANA database, such as `Europe/Prague` or `UTC`"
    if "used twice" in error.message:
        return "give it a name of its own"
    if "no phase is named" in error.message:
        return "name a phase of this ruleset, or leave it out where the last one ends"
    if "exactly one of" in error.message:
        return "give the limit once: as a share (`pct`) or as money (`amount`)"
    return "correct the value" if error.path else "write a mapping with `ruleset`, `version`, …"


def _meant(name: str, names: list[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f"did you mean `{close[0]}`?" if close else ""


# Which fields are known where an unknown one was found.
def _names_at(path: str) -> list[str]:
    steps = path.split(".")
    if steps[0] == "session":
        return list(SessionDocument.model_fields)
    if steps[0] == "phases" and len(steps) == 3:
        return list(PhaseDocument.model_fields)
    return list(RulesetDocument.model_fields)
