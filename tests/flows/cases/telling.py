"""Cases of our own, told and judged."""

import json

from flows.cases.document import load_cases
from flows.cases.families import judge


def verdict(folder, params, events, expected, engine="reference"):
    """Judge one case; `expected` is a list of checks by event, or what is expected at the end."""
    if isinstance(expected, list):
        expected = {"checks": [{"i": place, **check} for place, check in enumerate(expected)]}
    case = {
        "id": "case",
        "params": params,
        "events": [{"i": place, **event} for place, event in enumerate(events)],
        "expected": expected,
    }
    path = folder / "case.json"
    path.write_text(json.dumps([case]))
    (loaded,) = load_cases(path)
    made = judge(loaded, engine)
    return made.result, made.why
