"""Where venues and the journal disagree, and what is held because of it."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table, and room for `held`."""
    op.execute("""
CREATE TABLE highwater.drifts (
    drift_id text PRIMARY KEY,
    venue text NOT NULL,
    firm_id text NOT NULL,
    account_id text NOT NULL,
    subject text NOT NULL,
    kind text NOT NULL,
    state text NOT NULL CHECK (state IN ('watching', 'raised', 'resolved')),
    journal numeric,
    at_venue numeric,
    looks int NOT NULL,
    evidence jsonb NOT NULL,
    hold_s double precision NOT NULL,
    hold_then text NOT NULL CHECK (hold_then IN ('carry_out', 'ask')),
    first_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
)""")
    op.execute(
        "CREATE INDEX drifts_open ON highwater.drifts (venue, account_id) WHERE state <> 'resolved'"
    )
    op.execute("GRANT ALL ON highwater.drifts TO hw_migrate")
    op.execute("GRANT SELECT, INSERT, UPDATE ON highwater.drifts TO hw_flow")
    op.execute("GRANT SELECT ON highwater.drifts TO hw_audit")
    op.execute("ALTER TABLE highwater.enforcement_facts ADD hard boolean NOT NULL DEFAULT true")
    op.execute("""
ALTER TABLE highwater.enforcements
    ADD held_until timestamptz,
    ADD hold_then text NOT NULL DEFAULT '',
    DROP CONSTRAINT enforcements_state_check,
    ADD CONSTRAINT enforcements_state_check CHECK (
        state IN ('pending', 'held', 'sent', 'confirmed', 'failed', 'needs_operator'))""")
    op.execute("""
CREATE INDEX enforcements_held ON highwater.enforcements (venue) WHERE state = 'held'""")
    op.execute("""
CREATE VIEW highwater.disputes AS
SELECT venue, account_id, max(hold_s) AS hold_s,
    CASE WHEN bool_or(hold_then = 'ask') THEN 'ask' ELSE 'carry_out' END AS hold_then
FROM highwater.drifts
WHERE state <> 'resolved' AND kind <> 'in_flight' AND hold_s > 0
GROUP BY venue, account_id""")
    op.execute("""
CREATE VIEW highwater.enforcements_waiting AS
SELECT e.intervention_id, e.venue, d.hold_then,
    e.created_at + make_interval(secs => d.hold_s) AS held_until
FROM highwater.enforcements e
JOIN highwater.disputes d ON d.venue = e.venue AND d.account_id = e.account_id
LEFT JOIN highwater.enforcement_facts f ON f.intervention_id = e.intervention_id
WHERE e.state = 'pending' AND e.sent_at IS NULL AND e.held_until IS NULL
    AND NOT e.actions <@ ARRAY['notify'] AND coalesce(f.hard, true)
    AND e.created_at + make_interval(secs => d.hold_s) > clock_timestamp()""")
    views = "highwater.disputes, highwater.enforcements_waiting"
    op.execute(f"GRANT SELECT ON {views} TO hw_migrate, hw_flow, hw_audit")


def downgrade() -> None:
    """Take it back; what is held is pending again."""
    op.execute("DROP VIEW highwater.enforcements_waiting")
    op.execute("DROP VIEW highwater.disputes")
    op.execute("UPDATE highwater.enforcements SET state = 'pending' WHERE state = 'held'")
    op.execute("DROP INDEX highwater.enforcements_held")
    op.execute("""
ALTER TABLE highwater.enforcements
    DROP held_until,
    DROP hold_then,
    DROP CONSTRAINT enforcements_state_check,
    ADD CONSTRAINT enforcements_state_check CHECK (
        state IN ('pending', 'sent', 'confirmed', 'failed', 'needs_operator'))""")
    op.execute("ALTER TABLE highwater.enforcement_facts DROP hard")
    op.execute("DROP TABLE highwater.drifts")
