"""What another version of a phase changes for a trader, and whether any of it is harder.

Two phases are compared rule by rule and goal by goal, by id. Every difference is a
:class:`Change`: what it is, from what to what, and its effect. Whether a limit got tighter is first
read off the parameters (``rules.strictness``), then checked on examples (``rules.examples``): a
floor that stands higher anywhere is tighter, whatever the parameters promise.

The answer errs on the safe side: what cannot be shown to be no tightening is ``unclear``, and
counts as one. :func:`compare_phases` is a pure function of its arguments.

>>> from rules.ruleset import load_ruleset
>>> def version(pct):
...     return load_ruleset({"ruleset": "demo", "version": "1", "currency": "USD",
...         "session": {"timezone": "UTC", "reset": "00:00"},
...         "phases": [{"name": "only", "rules": [
...             {"id": "daily", "family": "daily_loss", "pct": pct}]}]})
>>> old, new = version("0.05"), version("0.04")
>>> [change] = compare_phases(bind(old), bind(new), Decimal(100000))
>>> change.effect, change.words
('tighter', '`daily`: the limit goes from 0.05 of initial (5000) to 0.04 of initial (4000)')

Source: contract section 2; decision 0032.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal, localcontext
from typing import NamedTuple

from rules.examples import floors_of
from rules.params import Params
from rules.ruleset import Phase, Ruleset
from rules.sessions import Session
from rules.strictness import NOT_TIGHTER, Effect, Kind, effect
from rules.values import LIMIT, Values, shown, values_of
from schemas.money import EXACT, text


class Bound(NamedTuple):
    """A phase with the session its rules follow when they have none of their own."""

    phase: Phase
    session: Session


class Change(NamedTuple):
    """One difference between two versions.

    Attributes:
        subject: id of the rule or goal, ``phase`` or ``session``.
        part: the parameter; ``limit`` for `pct`, `amount` and `pct_base` together; empty for all.
        effect: on the trader.
        before: the old value, None when there was none.
        after: the new value.
        words: all of it in one line.
    """

    subject: str
    part: str
    effect: Effect
    before: str | None
    after: str | None
    words: str


def bind(ruleset: Ruleset, phase: Phase | None = None) -> Bound:
    """Bind a phase (the first, when left out) to its ruleset's session."""
    return Bound(phase or ruleset.phases[0], ruleset.session)


def tightens(changes: Iterable[Change]) -> list[Change]:
    """Return the changes that are harder on the trader, or might be."""
    return [change for change in changes if change.effect not in NOT_TIGHTER]


def compare_phases(old: Bound, new: Bound, initial: Decimal) -> list[Change]:
    """Compare two versions of a phase for an account that opened with ``initial``.

    Args:
        old: the phase as it binds the account now, its overrides applied.
        new: the phase that would bind it.
        initial: the account's initial balance, in account currency.

    Returns:
        Every difference: the session, the phase itself, rules in the order of the old version,
        then those that are new, goals likewise.
    """
    with localcontext(EXACT):
        rules = list(_all("rule", old, new, initial))
        told = {change.subject for change in rules if change.effect == "tighter"}
        return [
            *_session(old.session, new.session),
            *_phase(old.phase, new.phase),
            *rules,
            *_higher_floors(old.phase, new.phase, initial, told),
            *_all("goal", old, new, initial),
        ]


def by_parameter(
    kind: Kind, old: Params, new: Params, session: Session, initial: Decimal
) -> list[Change]:
    """Compare two rules or goals of one family in one phase, parameter by parameter."""
    olds, news = values_of(old, session, initial), values_of(new, session, initial)
    return list(_parameters(kind, new.id, olds, news))


def _session(old: Session, new: Session) -> Iterator[Change]:
    if old != new:
        before, after = " ".join(old[:2]), " ".join(new[:2])
        words = f"the session ends at {new.reset} {new.timezone}, was {old.reset} {old.timezone}"
        yield Change("session", "", "unclear", before, after, words)


def _phase(old: Phase, new: Phase) -> Iterator[Change]:
    effects: dict[str, Effect] = {
        "on_pass": "unclear",
        "funded": "tighter" if new.funded else "looser",
        "require_flat": "tighter" if new.require_flat else "looser",
    }
    for part, found in effects.items():
        before, after = getattr(old, part), getattr(new, part)
        if before != after:
            words = f"phase `{new.name}`: `{part}` goes from {shown(before)} to {shown(after)}"
            yield Change("phase", part, found, shown(before), shown(after), words)
    if bool(old.goals) != bool(new.goals):
        can = "can be passed now" if new.goals else "can no longer be passed: it has no goals"
        found = "looser" if new.goals else "tighter"
        yield Change("phase", "goals", found, None, None, f"phase `{new.name}` {can}")


def _all(kind: Kind, old: Bound, new: Bound, initial: Decimal) -> Iterator[Change]:
    before, after = _by_id(kind, old.phase), _by_id(kind, new.phase)
    for name, params in before.items():
        if name not in after:
            words = f"{kind} `{name}` ({params.family}) is gone"
            yield Change(name, "", "looser", params.family, None, words)
        elif after[name].family != params.family:
            was, now = params.family, after[name].family
            words = f"`{name}` is another {kind}: {now}, was {was}"
            yield Change(name, "family", "unclear", was, now, words)
        else:
            olds = values_of(params, old.session, initial)
            news = values_of(after[name], new.session, initial)
            yield from _parameters(kind, name, olds, news)
    for name, params in after.items():
        if name not in before:
            # The first goal of a phase makes it passable; another one makes it harder to pass.
            found: Effect = "tighter" if kind == "rule" or before else "neutral"
            words = f"{kind} `{name}` ({params.family}) is new"
            yield Change(name, "", found, None, params.family, words)


def _by_id(kind: Kind, phase: Phase) -> dict[str, Params]:
    entries: tuple[Params, ...] = phase.rules if kind == "rule" else phase.goals
    return {params.id: params for params in entries}


def _parameters(kind: Kind, name: str, olds: Values, news: Values) -> Iterator[Change]:
    for part in olds:
        before, after = olds[part], news.get(part)
        if after is None or before == after:
            continue
        if before.basis == after.basis and before.basis is not None:
            found = effect(kind, before.name or part, before.compared, after.compared)
        else:
            found = "unclear"
        what = "the limit" if part == LIMIT else f"`{part}`"
        words = f"`{name}`: {what} goes from {before} to {after}"
        yield Change(name, part, found, str(before), str(after), words)


# What the parameters cannot show: where a floor stands higher after the same days.
def _higher_floors(old: Phase, new: Phase, initial: Decimal, told: set[str]) -> Iterator[Change]:
    stories = zip(floors_of(old, initial), floors_of(new, initial), strict=True)
    for before, after in stories:
        for name, floor in before.floors.items():
            moved = after.floors.get(name, floor)
            if moved > floor and name not in told:
                told = told | {name}
                words = f"`{name}`: {after.words} its floor is {text(moved)}, was {text(floor)}"
                yield Change(name, "floor", "tighter", text(floor), text(moved), words)
