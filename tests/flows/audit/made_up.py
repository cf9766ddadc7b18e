"""A made-up journal as one to look back on: with everything in it that journals can hold."""

from flows.audit.journals import Start
from rules.ruleset import load_ruleset
from schemas.instruments import InstrumentTable
from tests.rules import journals, kit


class MadeUp:
    """The journal of a seed; `cuts` are where its frames begin."""

    ends = True

    def __init__(self, seed, size=60, cuts=None):
        self.case = journals.make(seed, size)
        table = InstrumentTable.parse(self.case.instruments)
        rulesets = tuple(load_ruleset(document) for document in self.case.documents)
        self.start = Start(table, rulesets)
        self._cuts = self.case.cuts if cuts is None else cuts

    def frames(self):
        return iter(kit.frames(self.case.entries, self.start.instruments, self._cuts))

    def refused(self):
        return None

    def recorded(self, decision_id):
        return None

    def published(self):
        return []
