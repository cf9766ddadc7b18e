"""The live check of the engine: a share of the accounts is judged by the reference as well.

Which accounts, their ids decide: the same ones in every run, on every machine. What the reference
says about them is compared with what their key groups reported. A difference raises an alarm, once
per account, and changes nothing: decisions go out as the configured engine made them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import zip_longest
from typing import NamedTuple

from connectors.journal import Entry
from flows.engines import ProgressKind
from flows.logging import get_logger
from flows.metrics import DIVERGENCES
from flows.options import FlowSettings
from flows.shards import Owner
from rules.api import Outcome
from rules.reference.engine import ReferenceEngine
from rules.ruleset import load_ruleset
from schemas.events import AccountEvent
from schemas.frames import Frame

_HASHES = 2**64


def is_sampled(account_id: str, share: float) -> bool:
    """Tell whether an account is in a share of all of them, by a hash of its id."""
    digest = sha256(f"highwater/v1/sample\n{account_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < int(share * _HASHES)


class Said(NamedTuple):
    """One thing an engine said about an account; in this order, what it said follows itself."""

    account_id: str
    ts: int
    position: int
    entered: bool
    ordinal: int
    what: object


class Sampler:
    """Judges a share of the accounts of all key groups a second time.

    Args:
        share: of the accounts, between 0 and 1.
        owner: which accounts there are to choose from.
        progress: when the progress of an account is reported.
    """

    def __init__(self, share: float, owner: Owner, progress: ProgressKind) -> None:
        self._share, self._owner = share, owner
        self._progress: ProgressKind = progress
        self._reference: ReferenceEngine | None = None
        self._wanted: list[Said] = []
        self._made: list[Said] = []
        self._diverged: set[str] = set()
        self._failed = False

    def check(self, entry: Entry, outcomes: Iterable[Outcome]) -> None:
        """Judge the next frame and compare; whatever goes wrong, the flow goes on."""
        if self._failed:
            return
        try:
            self._check(entry, list(outcomes))
        except Exception as error:  # noqa: BLE001 - a check must not stop what it checks
            self._failed = True
            DIVERGENCES.inc()
            get_logger(check="sampler").exception(
                "sampler.failed", first=entry.frame.first, error=str(error)
            )

    def _check(self, entry: Entry, outcomes: list[Outcome]) -> None:
        if self._reference is None:
            self._reference = self._start(entry)
        expected = self._reference.process(entry.frame)
        self._wanted += self._said(entry.frame, [expected])
        self._made += self._said(entry.frame, outcomes)
        # A session may have ended for a key group and not yet for the reference, which knows fewer
        # accounts: what stands behind it waits until both have passed it.
        due = min(outcome.next_due for outcome in (expected, *outcomes))
        wanted, self._wanted = _before(due, self._wanted)
        made, self._made = _before(due, self._made)
        for account_id in sorted(wanted.keys() | made.keys()):
            self._compare(account_id, wanted[account_id], made[account_id])

    def _start(self, entry: Entry) -> ReferenceEngine:
        genesis = entry.genesis
        assert genesis is not None, "the journal's first record tells what holds before its entries"
        rulesets = [load_ruleset(document) for document in genesis.rulesets]
        return ReferenceEngine(genesis.instruments, rulesets, self._owns, self._progress)

    def _said(self, frame: Frame, outcomes: Iterable[Outcome]) -> Iterator[Said]:
        """Yield what was said about watched accounts, decisions and refusals alike."""
        about = {
            frame.first + item.at: item.event.account_id
            for item in frame.events
            if isinstance(item.event, AccountEvent)
        }
        for outcome in outcomes:
            for ts, position, derived, account_id, ordinal, body in outcome.decisions:
                if self._watches(account_id):
                    yield Said(account_id, ts, position, not derived, ordinal, body)
            for refused in outcome.rejections:
                account_id = about.get(refused.position, "")
                if account_id and self._watches(account_id):
                    ts = int(frame.ts[refused.position - frame.first])
                    yield Said(account_id, ts, refused.position, True, -1, refused)

    def _owns(self, account_id: str) -> bool:
        return self._owner(account_id) and is_sampled(account_id, self._share)

    def _watches(self, account_id: str) -> bool:
        return account_id not in self._diverged and self._owns(account_id)

    def _compare(self, account_id: str, wanted: list[Said], made: list[Said]) -> None:
        pairs = zip_longest(sorted(wanted, key=_place), sorted(made, key=_place))
        for expected, found in pairs:
            if expected == found:
                continue
            self._diverged.add(account_id)  # what follows differs because of this
            DIVERGENCES.inc()
            get_logger(check="sampler").error(
                "engine.diverged", account_id=account_id, reference=expected, engine=found
            )
            return


def make_sampler(settings: FlowSettings, owner: Owner) -> Sampler | None:
    """Make the check the settings ask for; None when they ask for none."""
    if not settings.sample_share:
        return None
    return Sampler(settings.sample_share, owner, settings.progress)


def _before(due: int, items: list[Said]) -> tuple[defaultdict[str, list[Said]], list[Said]]:
    """Split into what stands before an instant, by account, and the rest."""
    before = defaultdict[str, list[Said]](list)
    for item in items:
        if item.ts < due:
            before[item.account_id].append(item)
    return before, [item for item in items if item.ts >= due]


def _place(item: Said) -> tuple[int, int, bool, int]:
    return item.ts, item.position, item.entered, item.ordinal
