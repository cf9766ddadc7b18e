"""Under which law a firm, or one account of it, falls: an operator says so, for exports."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table."""
    op.execute("""
CREATE TABLE highwater.jurisdictions (
    firm_id text NOT NULL,
    account_id text,
    tag text NOT NULL,
    UNIQUE NULLS NOT DISTINCT (firm_id, account_id)
)""")
    op.execute("CREATE INDEX jurisdictions_account ON highwater.jurisdictions (account_id)")
    op.execute("GRANT ALL ON highwater.jurisdictions TO hw_migrate")
    op.execute("GRANT SELECT ON highwater.jurisdictions TO hw_audit")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE highwater.jurisdictions")
