"""Would moving an account to another ruleset version make anything harder for its trader?

An operator's `migrate` in the journal is carried out as it stands: the journal is law. The door
through which operators ask for it is stricter. It brings the account up to now, tries the move on
a copy, and refuses it when anything tightens, unless it is forced with a reason:

    engine = engine_for("ACC-1", genesis_instruments, genesis_rulesets)
    now = catch_up(engine, frames)      all of the journal, from its first entry on
    check = check_migration(engine, "ACC-1", "two-step@4", now)
    check.tightens          what got harder, or might have: empty means that it may go ahead
    check.record()          floors before and after, every change, ready for the audit trail

No state of the engine changes by the check, so it may be asked about several targets.

Source: contract section 2, "States"; decision 0032.
"""

from collections.abc import Iterable
from copy import deepcopy
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

from rules.compare import Bound, Change, compare_phases, tightens
from rules.reference.account import Account
from rules.reference.acts import override
from rules.reference.engine import ReferenceEngine
from rules.reference.step import Step
from rules.ruleset import Ruleset
from schemas.account_events import AccountOverridden
from schemas.errors import InputError
from schemas.frames import Frame
from schemas.instruments import InstrumentTable
from schemas.money import EXACT, text


class Standing(NamedTuple):
    """Where one loss rule of an account stands, in account currency."""

    floor: Decimal
    room: Decimal


class MigrationCheck(NamedTuple):
    """What a migration would do to one account.

    Attributes:
        account_id: of the account.
        phase: its phase, by name.
        source: the version it is bound to, ``id@version``.
        target: the version it would be bound to.
        before: floor and room of every loss rule now, by rule id.
        after: the same right after the migration.
        changes: everything that differs, those its own floors show among them.
        breaches: ids of rules that would breach in the very step of the migration.
    """

    account_id: str
    phase: str
    source: str
    target: str
    before: dict[str, Standing]
    after: dict[str, Standing]
    changes: list[Change]
    breaches: list[str]

    @property
    def tightens(self) -> list[Change]:
        """What got harder, or might have."""
        return tightens(self.changes)

    def record(self) -> dict[str, Any]:
        """Return it as JSON, amounts as decimal text."""
        return {
            "account_id": self.account_id,
            "phase": self.phase,
            "from": self.source,
            "to": self.target,
            "tightens": bool(self.tightens),
            "floors_before": _texts(self.before),
            "floors_after": _texts(self.after),
            "changes": [change._asdict() for change in self.changes],
            "breaches": self.breaches,
        }


def engine_for(
    account_id: str, instruments: InstrumentTable, rulesets: Iterable[Ruleset]
) -> ReferenceEngine:
    """Make an engine that owns one account and nothing else."""
    from rules.engine.evaluate import FastEngine  # noqa: PLC0415 - numba loads with it

    return FastEngine(instruments, rulesets, account_id.__eq__)


def catch_up(engine: ReferenceEngine, frames: Iterable[Frame]) -> int:
    """Bring an engine to the end of what there is of a journal.

    Args:
        engine: fresh, fast or reference, best one that owns one account alone.
        frames: the journal from its first entry on.

    Returns:
        The instant of the last entry, ns.
    """
    through, position = 0, 0
    for frame in frames:
        engine.process(frame)
        if frame.n:
            through, position = int(frame.ts[-1]), frame.first + frame.n - 1
    if position:
        engine.finish(through, position, final_progress=True)
    return through


def check_migration(
    engine: ReferenceEngine, account_id: str, target: str, now: int
) -> MigrationCheck:
    """Try a migration on a copy of the account.

    Args:
        engine: brought up to now, by `catch_up`.
        account_id: of the account.
        target: ``id@version`` to move to.
        now: the instant of the migration, ns.

    Raises:
        InputError: the migration is not possible, with the code the engine would give:
            ``unknown_account``, ``unknown_ruleset``, ``unknown_phase``, ``bad_state``,
            ``currency_mismatch`` or ``bad_value``.
    """
    account, version = _account(engine, account_id), engine.shelf.get(target)
    with localcontext(EXACT):
        trial = deepcopy(account)
        step = Step(now, 0, engine.market, dict)
        override(trial, _event(account_id, target), step, version)
        before, after = _standings(account, step), _standings(trial, step)
    breaches = [made.body["rule"] for made in step.decisions if made.body["type"] == "breach"]
    return MigrationCheck(
        account_id,
        account.phase.name,
        account.ruleset.ref,
        target,
        before,
        after,
        _changes(account, version, before, after),
        breaches,
    )


def _account(engine: ReferenceEngine, account_id: str) -> Account:
    account = engine.accounts.get(account_id)
    if account is None:
        raise InputError("unknown_account", f"{account_id!r} was never opened", "account_id")
    return account


def _event(account_id: str, target: str) -> AccountOverridden:
    return AccountOverridden(
        event_id="-",
        type="account.overridden",
        ts=0,
        account_id=account_id,
        action="migrate",
        operator="-",
        reason="-",
        ruleset=target,
    )


def _standings(account: Account, step: Step) -> dict[str, Standing]:
    standing, _ = account.value(step)
    return {
        rule.params.id: Standing(rule.floor.floor, rule.room(standing)) for rule in account.rules
    }


def _changes(
    account: Account,
    target: Ruleset,
    before: dict[str, Standing],
    after: dict[str, Standing],
) -> list[Change]:
    old = Bound(account.phase, account.ruleset.session)
    named = target.phase(account.phase.name)
    new = Bound(target.customised(named, account.overrides), target.session)
    changes = compare_phases(old, new, account.ledger.initial)
    for name, standing in before.items():
        moved = after.get(name, standing).floor
        if moved > standing.floor:
            was, now = text(standing.floor), text(moved)
            words = f"`{name}`: the account's own floor goes from {was} to {now}"
            changes.append(Change(name, "own_floor", "tighter", was, now, words))
    return changes


def _texts(standings: dict[str, Standing]) -> dict[str, dict[str, str]]:
    return {
        name: {"floor": text(standing.floor), "room": text(standing.room)}
        for name, standing in standings.items()
    }
