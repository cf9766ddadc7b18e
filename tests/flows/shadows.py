"""A journal in files, and other versions of its ruleset."""

from pathlib import Path

from tests.flows.journals import RULESET, Journal, write_journal

OTHERS = {
    "tighter": {"amount: 2500": "amount: 1200"},
    "looser": {
        "amount: 2500": "amount: 9000",
        "amount: 900": "amount: 5000",
        "amount: 300": "amount: 8000",
    },
    "same": {},
    "easier": {"amount: 4000": "amount: 1", "min_days: 1": "min_days: 0"},
    "misfit": {"name: evaluation": "name: elsewhere"},
}


def write_versions(folder: Path, seed: int = 11, ticks: int = 200) -> Journal:
    """Write a journal, and beside its directory of rulesets one file per other version."""
    journal = write_journal(folder, seed, ticks=ticks)
    for name, changes in OTHERS.items():
        text = RULESET.replace("version: 1", "version: 2")
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        (folder / f"{name}.yaml").write_text(text)
    return journal
