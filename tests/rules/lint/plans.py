"""Plans for lint to look at: bases written out, so that no hint is given about them."""

from tests.rules.samples import ruleset

STOPS = {"id": "stops", "family": "mandatory_sl", "within_s": "60"}


def based(rule):
    """The rule with its base written out, so that no hint is given about it."""
    return {**rule, "pct_base": "initial"} if "pct" in rule else rule


def plan(*rules, goals=(), **more):
    return ruleset(*map(based, rules), goals=goals, **more)


def limit(days):
    return {"id": "time", "family": "time_limit", "days": str(days)}


def lots(most, **more):
    return {"id": "lots", "family": "max_lots", "limit": most, **more}
