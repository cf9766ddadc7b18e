"""A made-up journal as one to look back on: with everything in it that journals can hold."""

from flows.audit.journals import Start
from rules.ruleset import load_ruleset
from schemas.instruments import InstrumentTable
from tests.rules import journals, kit


class Told:
    """A journal told entry by entry; `cuts` are where its frames begin."""

    ends = True

    def __init__(self, entries, instruments, rulesets, cuts=()):
        self.start = Start(instruments, tuple(rulesets))
        self._entries, self._cuts = entries, cuts

    def frames(self):
        return iter(kit.frames(self._entries, self.start.instruments, self._cuts))

    def refused(self):
        return None

    def recorded(self, decision_id):
        return None

    def published(self):
        return []


class MadeUp(Told):
    """The journal of a seed."""

    def __init__(self, seed, size=60, cuts=None):
        self.case = journals.make(seed, size)
        table = InstrumentTable.parse(self.case.instruments)
        rulesets = [load_ruleset(document) for document in self.case.documents]
        cuts = self.case.cuts if cuts is None else cuts
        super().__init__(self.case.entries, table, rulesets, cuts)
