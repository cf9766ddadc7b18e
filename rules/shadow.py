"""The same journal with accounts bound to other ruleset versions: for shadows and what-ifs.

Only what binds an account is rewritten: the `ruleset` of `account.opened` and of a migration. A
phase and a currency that an opening leaves to its ruleset are those of the live one. Prices, fills
and money stay as they were, and so do positions in the journal: what an engine says about a
rewritten frame can be set beside what it said about the frame itself.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from rules.ruleset import Ruleset, load_ruleset
from schemas.errors import BadValue, InputError
from schemas.events import AccountOpened, AccountOverridden, RulesetPublished
from schemas.frames import Frame, FrameEvent
from schemas.rulesets import RulesetRef


class Cast(NamedTuple):
    """An account's version in the journal, and the one it is bound to instead: ``id@version``."""

    live: str
    shadow: str


class Recast:
    """Binds accounts to other versions as a journal passes by.

    Args:
        targets: an account bound to any version of the same id is bound to this one instead.
        published: what holds before the journal starts.
        everyone: bind every account to the only target, whatever it was bound to.

    Raises:
        BadValue: two targets for the same accounts.
    """

    def __init__(
        self,
        targets: Iterable[Ruleset],
        published: Iterable[Ruleset] = (),
        *,
        everyone: bool = False,
    ) -> None:
        self.targets = list(targets)
        self._published = {ruleset.ref: ruleset for ruleset in published}
        self.accounts: dict[str, Cast] = {}
        self._everyone: str | None = None
        self._by_id: dict[str, str] = {}
        for target in self.targets:
            name = target.document.ruleset
            if name in self._by_id:
                raise BadValue(f"there is another version of `{name}` to compare with", "ruleset")
            self._by_id[name] = target.ref
        if everyone:
            if len(self.targets) != 1:
                raise BadValue("all accounts can be bound to one version only", "ruleset")
            self._everyone = self.targets[0].ref

    def owns(self, account_id: str) -> bool:
        """Tell whether the account is bound to another version here."""
        return account_id in self.accounts

    def shelf(self) -> list[Ruleset]:
        """Return what is published here: a target replaces what has its name."""
        return list((self._published | {target.ref: target for target in self.targets}).values())

    def frame(self, frame: Frame) -> Frame:
        """Return the frame with other bindings; frames must come in order."""
        events = [self._event(item) for item in frame.events]
        if all(new is old for new, old in zip(events, frame.events, strict=True)):
            return frame
        return replace(frame, events=tuple(events))

    def _event(self, item: FrameEvent) -> FrameEvent:
        event = item.event
        if isinstance(event, RulesetPublished):
            self._publish(event)
        elif isinstance(event, AccountOpened):
            target = self._target(event.ruleset)
            if target is not None:
                self.accounts.setdefault(event.account_id, Cast(event.ruleset, target))
                return _bound(item, {"ruleset": target, **self._left_out(event)})
        elif isinstance(event, AccountOverridden) and event.ruleset is not None:
            cast = self.accounts.get(event.account_id)
            if cast is not None:
                return _bound(item, {"ruleset": cast.shadow})
        return item

    def _target(self, ref: str) -> str | None:
        return self._everyone or self._by_id.get(RulesetRef.parse(ref).id)

    def _left_out(self, event: AccountOpened) -> dict[str, str]:
        live = self._published.get(event.ruleset)
        if live is None:
            return {}  # refused by the live engine as well
        left = {"phase": live.phases[0].name, "currency": live.currency}
        return {name: value for name, value in left.items() if getattr(event, name) is None}

    def _publish(self, event: RulesetPublished) -> None:
        with suppress(InputError):  # refused by the live engine as well
            ruleset = load_ruleset(event.document)
            self._published.setdefault(ruleset.ref, ruleset)


def _bound(item: FrameEvent, changes: dict[str, str]) -> FrameEvent:
    original = None if item.original is None else {**item.original, **changes}
    return replace(item, event=item.event.model_copy(update=changes), original=original)
