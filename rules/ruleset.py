"""Rulesets: parsed against the catalogue, hashed, and bound to accounts with their overrides."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from rules.catalog import GOALS, RULES
from rules.params import Params
from rules.response import RuleParams
from rules.sessions import Session
from schemas.errors import InputError
from schemas.fields import parse_model
from schemas.rulesets import PhaseDocument, RulesetDocument, parse_ruleset

_EITHER = {
    "pct": ("amount", "pct_of_daily_limit", "step_up", "step_down"),
    "amount": ("pct", "pct_base", "multiple", "pct_of_daily_limit"),
    "multiple": ("amount",),
    "pct_of_daily_limit": ("pct", "pct_base", "amount"),
    "target": ("target_pct",),
    "target_pct": ("target",),
}
"""Overriding one way to state a limit replaces the other."""


class Phase(NamedTuple):
    """One phase of a ruleset, its parameters ready to use."""

    name: str
    rules: tuple[RuleParams, ...]
    goals: tuple[Params, ...]
    on_pass: str | None
    funded: bool
    require_flat: bool


class Ruleset(NamedTuple):
    """One immutable version of a firm's rules."""

    ref: str
    hash: str
    currency: str
    session: Session
    phases: tuple[Phase, ...]
    document: RulesetDocument

    def phase(self, name: str | None, path: str = "phase") -> Phase:
        """Return a phase by name, the first one for None.

        Raises:
            InputError: ``unknown_phase``.
        """
        if name is None:
            return self.phases[0]
        for phase in self.phases:
            if phase.name == name:
                return phase
        raise InputError("unknown_phase", f"{self.ref} has no phase {name!r}", path)

    def customised(self, phase: Phase, overrides: Mapping[str, Mapping[str, Any]]) -> Phase:
        """Return ``phase`` with an account's own parameters in place of the version's.

        Raises:
            InputError: ``bad_value``: an unknown id or parameter, or a value out of range.
        """
        if not overrides:
            return phase
        known = {params.id for params in (*phase.rules, *phase.goals)}
        for unknown in sorted(overrides.keys() - known):
            raise InputError("bad_value", "no rule or goal of that id", f"overrides.{unknown}")
        source = next(raw for raw in self.document.phases if raw.name == phase.name)
        rules = _entries(source.rules, RULES, "overrides", overrides)
        goals = _entries(source.goals, GOALS, "overrides", overrides)
        for params in rules:
            _check_needs(params, rules, f"overrides.{params.id}")
        return phase._replace(rules=rules, goals=goals)


def load_ruleset(source: RulesetDocument | Mapping[str, Any]) -> Ruleset:
    """Validate a ruleset document against the catalogue.

    Raises:
        InputError: with the path of the first field that is wrong.
    """
    document = source if isinstance(source, RulesetDocument) else parse_ruleset(source)
    phases = tuple(_phase(raw, f"phases.{index}") for index, raw in enumerate(document.phases))
    session = Session(document.session.timezone, document.session.reset)
    return Ruleset(
        ref=f"{document.ruleset}@{document.version}",
        hash=document.hash,
        currency=document.currency,
        session=session,
        phases=phases,
        document=document,
    )


def _phase(raw: PhaseDocument, path: str) -> Phase:
    rules = _entries(raw.rules, RULES, f"{path}.rules", {})
    for index, params in enumerate(rules):
        _check_needs(params, rules, f"{path}.rules.{index}")
    return Phase(
        name=raw.name,
        rules=rules,
        goals=_entries(raw.goals, GOALS, f"{path}.goals", {}),
        on_pass=raw.on_pass,
        funded=raw.funded,
        require_flat=raw.require_flat,
    )


def _check_needs(params: RuleParams, rules: tuple[RuleParams, ...], path: str) -> None:
    for name, family in params.needs.items():
        if not any(other.family == family for other in rules):
            raise InputError("bad_value", f"needs a `{family}` rule in the phase", f"{path}.{name}")


def _entries(
    raws: Any, families: Mapping[str, Any], path: str, overrides: Mapping[str, Mapping[str, Any]]
) -> tuple[Any, ...]:
    parsed = []
    for index, raw in enumerate(raws):
        here = f"{path}.{index}"
        entry = dict(raw)
        changes = overrides.get(entry["id"])
        if changes:
            here = f"{path}.{entry['id']}"
            entry = _overridden(entry, changes, here)
        parsed.append(_parse(entry, families, here))
    return tuple(parsed)


def _overridden(entry: dict[str, Any], changes: Mapping[str, Any], path: str) -> dict[str, Any]:
    for name in ("id", "family"):
        if name in changes:
            raise InputError("bad_value", "cannot be overridden", f"{path}.{name}")
    for name in changes:
        for other in _EITHER.get(name, ()):
            if other not in changes:
                entry.pop(other, None)
    return entry | dict(changes)


def _parse(entry: dict[str, Any], families: Mapping[str, Any], path: str) -> Any:
    family = families.get(entry["family"])
    if family is None:
        known = ", ".join(families)
        message = f"unknown family {entry['family']!r}; known here: {known}"
        raise InputError("bad_value", message, f"{path}.family")
    return parse_model(family.params, entry, path)
