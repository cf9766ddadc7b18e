"""What people at the firm do by hand: a few suspensions, pauses, closures and migrations.

They act on calm accounts only, because an act that an account's state forbids is bad input, and
the simulator does not know the engine's verdicts.
"""

from collections.abc import Iterable

from connectors.synthetic.agenda import Agenda
from connectors.synthetic.draws import Draws
from connectors.synthetic.outbox import Outbox
from connectors.synthetic.population import Member

# (action, reason, the action that undoes it), in the order they are dealt out
ACTS: tuple[tuple[str, str, str], ...] = (
    ("suspend", "payment under review", "reinstate"),
    ("pause", "asked by the trader", "unpause"),
    ("migrate", "moved to the new terms", ""),
    ("close", "closed by the trader", ""),
    ("suspend", "shared address under review", ""),
)
OPERATORS = ("anna", "bruno", "chen")
MOST_ACTS = 20
NEEDS_STATE = "harbor"  # its plans have no pause rule that could be in the way


def plan_acts(members: Iterable[Member], outbox: Outbox, agenda: Agenda, draws: Draws) -> None:
    """Deal operators' acts out to calm members, one in a hundred members at most."""
    everyone = list(members)
    calm = [
        one
        for one in everyone
        if one.calm and one.opens_s == 0.0 and one.account.plan.firm_id == NEEDS_STATE
    ]
    most = min(MOST_ACTS, len(everyone) // 100 + 1)
    for turn, member in enumerate(calm[:most]):
        act = ACTS[turn % len(ACTS)]
        if act[0] == "migrate" and not member.account.plan.ruleset.endswith("@1"):
            act = ACTS[0]
        _plan(member, act, outbox, agenda, draws)


def _plan(
    member: Member, act: tuple[str, str, str], outbox: Outbox, agenda: Agenda, draws: Draws
) -> None:
    account = member.account
    action, reason, undo = act
    operator = draws.pick(OPERATORS)
    steps = [action, undo] if undo else [action]

    def do() -> float | None:
        step = steps.pop(0)
        more = {"ruleset": "harbor-2step-100k@2"} if step == "migrate" else {}
        outbox.emit(
            "account.overridden", account, action=step, operator=operator, reason=reason, **more
        )
        account.retired = account.retired or step == "close"
        return 15.0 if steps else None

    agenda.after(outbox.now_ns, draws.between(8.0, 40.0), do)
