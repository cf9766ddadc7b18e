"""The whole check of a bundle, and how it is told."""

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from flows.audit.recheck import BROKEN, recheck
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
        title: what the bundle is about; empty where that cannot be read.
        problems: everything that is wrong.
        key: the verifier key of the bundle; trusted only if it was given.
    """

    title: str
    problems: list[Problem]
    key: str
    trusted: bool

    def lines(self) -> Iterator[str]:
        """Say it, one line a part, and every problem."""
        if self.title:
            yield self.title
        for part, promise in PARTS.items():
            found = [problem.message for problem in self.problems if problem.part == part]
            if not found:
                said = promise if part != "key" or self.trusted else self.key
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
        return Report("", found, "", key is not None)
    found += recheck(files)
    try:
        title = _title(files)
        about = json.loads(files["manifest.json"])["account_id"]
    except BROKEN:
        title, about = "", None
    if account is not None and about != account:
        found.append(Problem("manifest", f"is about {about}, not {account}"))
    own = files.get("key.txt", b"").decode(errors="replace").strip()
    return Report(title, found, own, key is not None)


def _title(files: Mapping[str, bytes]) -> str:
    manifest, records = json.loads(files["manifest.json"]), trail_of(files)
    made = [record["decision"]["type"] for record in records if "decision" in record]
    breaches = made.count("breach")
    return (
        f"account {manifest['account_id']}: {len(records)} records, {len(made)} decisions, "
        f"{breaches} breach{'' if breaches == 1 else 'es'}, "
        f"as of seq {manifest['as_of']['seq']}, {manifest['as_of']['ts']}"
    )
