"""Steps 4 and 5 of the one-step order: compare, latch, emit.

The order within a step is the contract's: breaches in rule order, each followed by its
intervention; the state; warnings; phase.passed and its state.

Source: contract section 2, "Breach", "Warnings", "Passing"; section 3, "Order".
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rules.api import DecisionRef
from rules.catalog import Floor
from rules.conduct.scene import Scene
from rules.lifecycle import CAN_PASS, JUDGED
from rules.params import KYC_GATE
from rules.reference.conduct_state import ConductState
from rules.reference.evidence import breach_evidence, standing_fields
from rules.reference.report import goal_fields
from rules.reference.rule_state import RuleState
from rules.reference.step import Step
from schemas.money import text

if TYPE_CHECKING:
    from rules.reference.account import Account


Judged = RuleState | ConductState


class Judge:
    """Judges one account in one step, from the scene of it."""

    __slots__ = ("_account", "_scene", "_step")

    def __init__(self, account: "Account", step: Step, scene: Scene) -> None:
        self._account = account
        self._step = step
        self._scene = scene

    def run(self, *, day_ended: bool) -> None:
        """Judge every rule, then the phase; ``day_ended`` at the ruleset session's boundary."""
        account = self._account
        if account.state not in JUDGED:
            return
        crossing = [rule for rule in account.judged if rule.crosses(self._scene)]
        hard = [rule for rule in crossing if rule.kind == "hard"]
        if hard:
            self._end(crossing, hard)
            return
        self._pause([(rule, self._breach(rule, [])) for rule in crossing])
        for rule in account.judged:
            if rule not in crossing:
                self._warn(rule)
        self._pass(day_ended=day_ended)

    def flag_kyc(self) -> None:
        """Flag a fill on an account that may not trade yet, once per session."""
        if not self._account.kyc_flagged:
            self._account.kyc_flagged = True
            rule: dict[str, Any] = {"rule": KYC_GATE, "family": KYC_GATE, "breach_kind": "flag"}
            rule |= dict.fromkeys(("metric", "observed", "floor", "overshoot", "comparator"))
            self._emit_breach(rule, [], ("notify",), self._evidence(None))

    def _end(self, crossing: list[Judged], hard: list[Judged]) -> None:
        """Report the hard breach with the highest floor; the other crossings are named in it."""
        reported = _foremost(hard)
        also = [rule.params.id for rule in crossing if rule is not reported and rule.kind != "flag"]
        cause = None
        for rule in crossing:
            if rule is reported:
                cause = self._breach(rule, also)
            elif rule.kind == "flag":
                self._breach(rule, [])
        self._account.move(self._step, reported.ends_as, "breach", cause)

    def _pause(self, breaches: list[tuple[Judged, DecisionRef]]) -> None:
        pauses = [cause for rule, cause in breaches if rule.params.breach_kind == "pause"]
        if pauses and self._account.state == "active":
            self._account.move(self._step, "paused", "breach", pauses[0])

    def _breach(self, rule: Judged, also: list[str]) -> DecisionRef:
        params, kind = rule.params, rule.kind
        found = rule.finding(self._scene)
        rule_fields = {
            "rule": params.id,
            "family": params.family,
            "breach_kind": kind,
            "metric": found.metric,
            "observed": text(found.observed),
            "floor": text(found.limit),
            "overshoot": text(found.overshoot),
            "comparator": found.comparator,
        }
        evidence = self._evidence(rule.floor if isinstance(rule, RuleState) else None, found.facts)
        breach = self._emit_breach(rule_fields, also, params.actions_of(kind), evidence)
        rule.latch(breach)
        return breach

    def _evidence(self, floor: Floor | None, facts: dict[str, Any] | None = None) -> dict[str, Any]:
        return breach_evidence(self._step, self._scene.values, floor, facts)

    def _emit_breach(
        self,
        rule: dict[str, Any],
        also: list[str],
        actions: Sequence[str],
        evidence: dict[str, Any],
    ) -> DecisionRef:
        step, identity = self._step, self._account.identity
        fields = rule | standing_fields(self._scene.standing)
        fields["also"] = also
        fields["evidence"] = evidence
        breach = step.emit(identity, "breach", fields)
        intervention = {"intervention_id": None, "actions": list(actions), "breach_id": breach}
        step.emit(identity, "intervention", intervention)
        return breach

    def _warn(self, rule: Judged) -> None:
        for notice in rule.notices(self._scene):
            warning = {
                "rule": rule.params.id,
                "level": text(notice.level),
                "used": notice.used,
                "floor": text(notice.limit),
                "room": text(notice.room),
            }
            self._step.emit(self._account.identity, "warning", warning)

    def _pass(self, *, day_ended: bool) -> None:
        account = self._account
        if account.state not in CAN_PASS or not account.goals:
            return
        if account.phase.require_flat and account.ledger.positions:
            return
        if not day_ended and any(goal.gates_at_boundary for goal in account.goals):
            return
        goals = goal_fields(account)
        if not all(goal["met"] for goal in goals):
            return
        shown = [{name: goal[name] for name in ("id", "family", "value")} for goal in goals]
        fields = {"goals": shown, "next_phase": account.phase.on_pass}
        passed = self._step.emit(account.identity, "phase.passed", fields)
        account.move(self._step, "passed", "passed", passed)


def _foremost(hard: list[Judged]) -> Judged:
    """Return the breach to report: the highest floor, then rule order; conduct has no floor."""
    floors = [rule for rule in hard if isinstance(rule, RuleState)]
    return max(floors, key=lambda rule: rule.floor.floor) if floors else hard[0]
