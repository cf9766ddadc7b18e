"""What is done about interventions: once, by whoever holds the venue."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = (
    "enforcements",
    "enforcement_facts",
    "enforcement_leases",
    "enforcement_progress",
)
READABLE = ("enforcements", "enforcement_facts")


def upgrade() -> None:
    """Make the tables and say who may use them."""
    op.execute("""
CREATE TABLE highwater.enforcements (
    intervention_id text PRIMARY KEY,
    breach_id text NOT NULL,
    firm_id text NOT NULL,
    account_id text NOT NULL,
    trader_id text,
    actions text[] NOT NULL,
    venue text NOT NULL,
    state text NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'sent', 'confirmed', 'failed', 'needs_operator')),
    step text NOT NULL DEFAULT '',
    reason text NOT NULL DEFAULT '',
    notes text[] NOT NULL DEFAULT '{}',
    orders text[] NOT NULL DEFAULT '{}',
    epoch bigint NOT NULL DEFAULT 0,
    sent_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
)""")
    op.execute(
        "CREATE INDEX enforcements_open ON highwater.enforcements (venue)"
        " WHERE state IN ('pending', 'sent')"
    )
    op.execute("""
CREATE TABLE highwater.enforcement_facts (
    intervention_id text PRIMARY KEY,
    at_risk numeric NOT NULL,
    stops jsonb NOT NULL
)""")
    op.execute("""
CREATE TABLE highwater.enforcement_leases (
    name text PRIMARY KEY,
    holder text NOT NULL,
    epoch bigint NOT NULL,
    until timestamptz NOT NULL
)""")
    op.execute("""
CREATE TABLE highwater.enforcement_progress (
    topic text NOT NULL,
    partition int NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
)""")
    named = ", ".join(f"highwater.{name}" for name in TABLES)
    op.execute(f"GRANT ALL ON {named} TO hw_migrate")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {named} TO hw_flow")
    op.execute(f"GRANT SELECT ON {', '.join(f'highwater.{name}' for name in READABLE)} TO hw_audit")


def downgrade() -> None:
    """Take it back."""
    for name in TABLES:
        op.execute(f"DROP TABLE highwater.{name}")
