"""Steps 4 and 5 of the one-step order: compare, latch, emit.

The order within a step is the contract's: breaches in rule order, each followed by its
intervention; the state; warnings; phase.passed and its state.

Source: contract section 2, "Breach", "Warnings", "Passing"; section 3, "Order".
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rules.api import DecisionRef
from rules.catalog import Floor
from rules.floors.common import Standing
from rules.lifecycle import CAN_PASS, JUDGED
from rules.params import KYC_GATE
from rules.reference.evidence import breach_evidence, standing_fields, used_share
from rules.reference.positions import Valuation
from rules.reference.report import goal_fields
from rules.reference.rule_state import RuleState
from rules.reference.step import Step
from schemas.money import text

if TYPE_CHECKING:
    from rules.reference.account import Account


class Judge:
    """Judges one account in one step, from its standing and the positions behind it."""

    __slots__ = ("_account", "_standing", "_step", "_values")

    def __init__(
        self, account: "Account", step: Step, standing: Standing, values: Sequence[Valuation]
    ) -> None:
        self._account = account
        self._step = step
        self._standing = standing
        self._values = values

    def run(self, *, day_ended: bool) -> None:
        """Judge every rule, then the phase; ``day_ended`` at the ruleset session's boundary."""
        account = self._account
        if account.state not in JUDGED:
            return
        crossing = [rule for rule in account.rules if rule.crosses(self._standing)]
        hard = [rule for rule in crossing if rule.params.breach_kind == "hard"]
        if hard:
            self._end(crossing, hard)
            return
        self._pause([(rule, self._breach(rule, [])) for rule in crossing])
        for rule in account.rules:
            if rule not in crossing:
                self._warn(rule)
        self._pass(day_ended=day_ended)

    def flag_kyc(self) -> None:
        """Flag a fill on an account that may not trade yet, once per session."""
        if not self._account.kyc_flagged:
            self._account.kyc_flagged = True
            rule: dict[str, Any] = {"rule": KYC_GATE, "family": KYC_GATE, "breach_kind": "flag"}
            rule |= dict.fromkeys(("metric", "observed", "floor", "overshoot", "comparator"))
            self._emit_breach(rule, [], ("notify",), None)

    def _end(self, crossing: list[RuleState], hard: list[RuleState]) -> None:
        """Report the hard breach with the highest floor; the other crossings are named in it."""
        reported = max(hard, key=lambda rule: rule.floor.floor)
        also = [
            rule.params.id
            for rule in crossing
            if rule is not reported and rule.params.breach_kind != "flag"
        ]
        cause = None
        for rule in crossing:
            if rule is reported:
                cause = self._breach(rule, also)
            elif rule.params.breach_kind == "flag":
                self._breach(rule, [])
        self._account.move(self._step, "breached", "breach", cause)

    def _pause(self, breaches: list[tuple[RuleState, DecisionRef]]) -> None:
        pauses = [cause for rule, cause in breaches if rule.params.breach_kind == "pause"]
        if pauses and self._account.state == "active":
            self._account.move(self._step, "paused", "breach", pauses[0])

    def _breach(self, rule: RuleState, also: list[str]) -> DecisionRef:
        params, floor = rule.params, rule.floor.floor
        observed = self._standing.measure(params.metric)
        rule_fields = {
            "rule": params.id,
            "family": params.family,
            "breach_kind": params.breach_kind,
            "metric": params.metric,
            "observed": text(observed),
            "floor": text(floor),
            "overshoot": text(floor - observed),
            "comparator": params.comparator,
        }
        breach = self._emit_breach(rule_fields, also, params.actions, rule.floor)
        rule.latch(breach)
        return breach

    def _emit_breach(
        self, rule: dict[str, Any], also: list[str], actions: Sequence[str], floor: Floor | None
    ) -> DecisionRef:
        step, identity = self._step, self._account.identity
        fields = rule | standing_fields(self._standing)
        fields["also"] = also
        fields["evidence"] = breach_evidence(step, self._values, floor)
        breach = step.emit(identity, "breach", fields)
        intervention = {"intervention_id": None, "actions": list(actions), "breach_id": breach}
        step.emit(identity, "intervention", intervention)
        return breach

    def _warn(self, rule: RuleState) -> None:
        for level in rule.due_levels(self._standing):
            rule.fired.add(level)
            room = rule.room(self._standing)
            warning = {
                "rule": rule.params.id,
                "level": text(level),
                "used": used_share(room, rule.floor.allowance),
                "floor": text(rule.floor.floor),
                "room": text(room),
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
