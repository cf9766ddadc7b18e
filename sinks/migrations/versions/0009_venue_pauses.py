"""Until when a venue wants no requests, of whichever process."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table."""
    op.execute("""
CREATE TABLE highwater.venue_pauses (
    venue text PRIMARY KEY,
    until timestamptz NOT NULL
)""")
    op.execute("GRANT ALL ON highwater.venue_pauses TO hw_migrate")
    op.execute("GRANT SELECT, INSERT, UPDATE ON highwater.venue_pauses TO hw_flow")


def downgrade() -> None:
    """Take it back."""
    op.execute("DROP TABLE highwater.venue_pauses")
