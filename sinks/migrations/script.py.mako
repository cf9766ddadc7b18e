"""${message}"""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Say what changes."""
    op.execute("")


def downgrade() -> None:
    """Undo it."""
    op.execute("")
