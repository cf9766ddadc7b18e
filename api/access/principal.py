"""Who asks: a person by a token of the identity provider, or a machine by its key."""

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["trader", "support", "risk", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)

READ = "account:read"  # one's own accounts
READ_ANY = "account:read:any"  # all accounts of one's firm
EXPORT = "audit:export"  # bundles of proof
OVERRIDE = "ops:override"  # an operator's commands
ADMIN = "admin"  # the service itself

SCOPES: dict[Role, frozenset[str]] = {
    "trader": frozenset({READ}),
    "support": frozenset({READ, READ_ANY}),
    "risk": frozenset({READ, READ_ANY, EXPORT, OVERRIDE}),
    "admin": frozenset({READ, READ_ANY, EXPORT, OVERRIDE, ADMIN}),
}
ANY = "*"
"""Instead of a firm: all of them; instead of a trader: all of them."""


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller.

    Attributes:
        name: for limits, idempotency and the audit trail; no other caller has it.
        role: what he is.
        firm: whose accounts he sees, or `ANY`.
        trader: which trader's of them, or `ANY`.
        scopes: what he may do.
        expires: when he must authenticate again, seconds since the epoch.
    """

    name: str
    role: Role
    firm: str
    trader: str
    scopes: frozenset[str]
    expires: float

    def sees(self, firm_id: str, trader_id: str | None) -> bool:
        """Tell whether an account is his to see: the own-account rule, as Postgres has it, too."""
        return self.firm in (ANY, firm_id) and self.trader in (ANY, trader_id)


class Refused(Exception):  # noqa: N818 - named after what happened
    """These credentials are none; the reason is for our log alone."""


def make_principal(
    name: str,
    roles: object,
    firm: object,
    trader: object,
    *,
    expires: float,
    granted: frozenset[str] | None = None,
) -> Principal:
    """Check what credentials claim.

    Args:
        name: who it is.
        roles: one role, or a list of them of which the highest counts.
        firm: a firm, or `ANY` for staff of the platform.
        trader: a trader, for that role alone.
        expires: seconds since the epoch.
        granted: scopes the credentials are limited to.

    Raises:
        Refused: what they claim is not enough to know whose accounts may be seen.
    """
    given = roles if isinstance(roles, list) else [roles]
    known = [role for role in ROLES if role in given]
    if not known:
        raise Refused("no role of ours")
    role = known[-1]
    if not isinstance(firm, str) or not firm:
        raise Refused("no firm")
    if role == "trader":
        if firm == ANY or not isinstance(trader, str) or trader in ("", ANY):
            raise Refused("a trader needs a firm and a trader id")
    else:
        trader = ANY
    scopes = SCOPES[role] if granted is None else SCOPES[role] & granted
    if trader == ANY and READ_ANY not in scopes:
        raise Refused("staff need account:read:any")
    return Principal(name, role, firm, trader, scopes, expires)
