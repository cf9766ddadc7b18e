"""The whole check of a bundle, and how it is told."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from flows.audit.recheck import recheck
from schemas.audit.verify import Problem, problems, trail_of, unpack

PARTS = {
    "container": "every byte stands where it belongs",
    "key": "the key is the one you trust",
    "manifest": "the list of files is signed",
    "files": "every file is as listed",
    "rulesets": "every ruleset has the hash its decisions name",
    "trail": "the records form one unbroken chain",
    "decisions": "decisions follow each other, and name the ticks that are shown",
    "proof": "the chain's head stands in the signed log",
    "recomputed": "the reference engine comes to the same decisions",
}


class Report(NamedTuple):
    """What was found.

    Attributes:
        facts: the manifest; empty where it cannot be read.
        records: of the trail.
        problems: everything that is wrong.
        key: the verifier key of the bundle; trusted only if it was given.
    """

    facts: dict[str, Any]
    records: list[dict[str, Any]]
    problems: list[Problem]
    key: str
    trusted: bool

    def lines(self) -> Iterator[str]:
        """Say it, one line a part, and every problem."""
        if self.facts:
            as_of = self.facts["as_of"]
            made = [record["decision"]["type"] for record in self.records if "decision" in record]
            breaches = made.count("breach")
            yield (
                f"account {self.facts['account_id']}: {len(self.records)} records, "
                f"{len(made)} decisions, {breaches} breach{'' if breaches == 1 else 'es'}, "
                f"as of seq {as_of['seq']}, {as_of['ts']}"
            )
        for part, promise in PARTS.items():
            found = [problem.message for problem in self.problems if problem.part == part]
            if not found:
                said = promise if part != "key" or self.trusted else f"{self.key}"
                yield f"  ok      {part:<11} {said}"
            for message in found:
                yield f"  FAILED  {part:<11} {message}"
        if not self.trusted and not self.problems:
            yield "The key above is the bundle's own word: compare it with the one its issuer"
            yield "publishes, or give that one as --key."


def check(
    data: bytes, key: str | None = None, checkpoint: bytes | None = None, account: str | None = None
) -> Report:
    """Check a bundle from its bytes to its verdicts."""
    found = list(problems(data, key, checkpoint))
    try:
        files = unpack(data)
    except ValueError:
        return Report({}, [], found, "", key is not None)
    found += recheck(files)
    try:
        facts = json.loads(files["manifest.json"])
        facts["as_of"]["seq"], facts["as_of"]["ts"]
        records = trail_of(files)
        if account is not None and facts["account_id"] != account:
            found.append(Problem("manifest", f"is about {facts['account_id']}, not {account}"))
    except (ValueError, KeyError, TypeError):
        facts, records = {}, []
    return Report(facts, records, found, _text(files.get("key.txt", b"")), key is not None)


def _text(content: bytes) -> str:
    return content.decode(errors="replace").strip()
