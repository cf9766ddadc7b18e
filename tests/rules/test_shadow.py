"""A journal with other bindings: what is rewritten, and what stays."""

import pytest

from rules.shadow import Cast, Recast
from schemas.errors import BadValue
from tests.rules.kit import Journal, frames
from tests.rules.samples import daily, ruleset

LIVE = ruleset(daily(), ref="plan@1")
NEW = ruleset(daily(pct="0.04"), ref="plan@2")
OTHER = ruleset(daily(), ref="other@1", name="first", currency="EUR")


def recast(journal, *targets, **how):
    found = Recast(Journal(*targets).rulesets, journal.rulesets, **how)
    made = [found.frame(frame) for frame in frames(journal.entries, journal.instruments, (2,))]
    return found, made


def events(made):
    return [item for frame in made for item in frame.events]


def test_recast_when_the_id_is_the_targets_binds_to_its_version():
    journal = Journal(LIVE, OTHER).open("a").open("b", plan="other@1").act("a", "suspend")
    found, made = recast(journal, NEW)
    assert found.accounts == {"a": Cast("plan@1", "plan@2")}
    assert (found.owns("a"), found.owns("b")) == (True, False)
    opened, other, act = events(made)
    assert (opened.event.ruleset, opened.event.phase) == ("plan@2", "evaluation")
    assert opened.event.currency == "USD"
    assert opened.original["ruleset"] == "plan@2"
    assert other.event.ruleset == "other@1"
    assert act.event.action == "suspend"


def test_recast_when_an_account_migrates_stays_bound_to_the_target():
    journal = Journal(LIVE).open("a").act("a", "migrate", ruleset="plan@9")
    _, made = recast(journal, NEW)
    assert [item.event.ruleset for item in events(made)] == ["plan@2", "plan@2"]


def test_recast_when_everyone_is_bound_keeps_the_live_phase_and_currency():
    journal = Journal(LIVE, OTHER).open("a").open("b", plan="other@1")
    found, made = recast(journal, NEW, everyone=True)
    assert found.accounts["b"] == Cast("other@1", "plan@2")
    bound = events(made)[1].event
    assert (bound.ruleset, bound.phase, bound.currency) == ("plan@2", "first", "EUR")


def test_recast_when_a_version_is_published_on_the_way_knows_it():
    journal = Journal(OTHER).event("ruleset.published", document=LIVE).open("a")
    _, made = recast(journal, NEW)
    assert events(made)[1].event.phase == "evaluation"


def test_frame_when_nothing_is_bound_otherwise_is_the_same_object():
    journal = Journal(OTHER).open("b", plan="other@1").tick("UNIT", "1")
    [frame] = frames(journal.entries, journal.instruments)
    assert Recast(Journal(NEW).rulesets).frame(frame) is frame


def test_shelf_when_a_target_has_a_published_name_holds_the_target():
    changed = ruleset(daily(pct="0.01"), ref="plan@1")
    found = Recast(Journal(changed).rulesets, Journal(LIVE, OTHER).rulesets)
    shelf = {item.ref: item.hash for item in found.shelf()}
    assert shelf == {item.ref: item.hash for item in Journal(changed, OTHER).rulesets}


def test_recast_when_two_targets_claim_the_same_accounts_is_refused():
    with pytest.raises(BadValue, match="another version of `plan`"):
        Recast(Journal(LIVE, NEW).rulesets)
    with pytest.raises(BadValue, match="one version only"):
        Recast(Journal(LIVE, OTHER).rulesets, everyone=True)
