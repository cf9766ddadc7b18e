"""Evidence, goals and rules as the JSON text that was decided.

Reading it into `jsonb` was a third of what writing a breach cost the server, and lost the order of
its fields. It answers to `->` and `->>` as before; cast it where a condition needs `jsonb`.
"""

from alembic import op

revision = "0007"
down_revision = "0006"

DOCUMENTS = {
    "breaches": ("evidence",),
    "phases_passed": ("goals",),
    "progress": ("goals", "rules"),
}


def upgrade() -> None:
    """Keep the text."""
    _alter("json")


def downgrade() -> None:
    """Take it apart again."""
    _alter("jsonb")


def _alter(kind: str) -> None:
    for table, columns in DOCUMENTS.items():
        changes = ", ".join(
            f"ALTER COLUMN {column} TYPE {kind} USING {column}::{kind}" for column in columns
        )
        op.execute(f"ALTER TABLE highwater.{table} {changes}")
