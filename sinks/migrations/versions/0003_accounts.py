"""What the journal says about accounts, and the ruleset versions they are bound to.

Rows are keyed by their position in the journal, 0 for what holds from its start. An event that its
account refused stays here; it has a dead letter of that position, and the views leave it out.
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables and the views on them."""
    op.execute("""
CREATE TABLE highwater.account_events (
    log_partition integer NOT NULL,
    log_offset bigint NOT NULL,
    event_id text NOT NULL,
    type text NOT NULL,
    ts timestamptz NOT NULL,
    ts_ns bigint NOT NULL,
    firm_id text NOT NULL,
    account_id text NOT NULL,
    trader_id text,
    content jsonb NOT NULL,
    PRIMARY KEY (log_partition, log_offset)
)""")
    op.execute(
        "CREATE INDEX account_events_account ON highwater.account_events (account_id, log_offset)"
    )
    op.execute(
        "CREATE INDEX account_events_trader ON highwater.account_events (trader_id, firm_id)"
    )
    op.execute("""
CREATE TABLE highwater.rulesets (
    log_partition integer NOT NULL,
    log_offset bigint NOT NULL,
    ruleset text NOT NULL,
    version bigint NOT NULL,
    hash text NOT NULL,
    content jsonb NOT NULL,
    PRIMARY KEY (ruleset, version, log_partition, log_offset)
)""")
    op.execute("""
CREATE INDEX dead_letters_refused ON highwater.dead_letters (source_offset)
    WHERE source = 'journal'""")
    # Whoever reads a view sees of the tables under it what he may see himself.
    op.execute("""
CREATE VIEW highwater.accepted_events WITH (security_invoker) AS
    SELECT * FROM highwater.account_events event
    WHERE NOT EXISTS (SELECT FROM highwater.dead_letters letter
        WHERE letter.source = 'journal' AND letter.source_offset = event.log_offset)""")
    op.execute("""
CREATE VIEW highwater.accounts WITH (security_invoker) AS
    SELECT account_id, firm_id, trader_id, log_offset AS opened_at, ts AS opened_ts,
        ts_ns AS opened_ts_ns, content ->> 'initial_balance' AS initial_balance,
        content ->> 'currency' AS currency, content ->> 'ruleset' AS ruleset,
        content ->> 'previous_account_id' AS previous_account_id
    FROM highwater.accepted_events WHERE type = 'account.opened'""")

    op.execute("""
CREATE VIEW highwater.published_rulesets WITH (security_invoker) AS
    SELECT DISTINCT ON (ruleset, version) ruleset, version, hash, log_offset, content
    FROM highwater.rulesets published
    WHERE NOT EXISTS (SELECT FROM highwater.dead_letters letter
        WHERE letter.source = 'journal' AND letter.source_offset = published.log_offset)
    ORDER BY ruleset, version, log_offset""")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP VIEW highwater.published_rulesets")
    op.execute("DROP VIEW highwater.accounts")
    op.execute("DROP VIEW highwater.accepted_events")
    op.execute("DROP INDEX highwater.dead_letters_refused")
    op.execute("DROP TABLE highwater.rulesets")
    op.execute("DROP TABLE highwater.account_events")
