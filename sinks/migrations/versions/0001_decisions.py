"""Decisions by type, the newest state and progress of every account, and how far they go.

Amounts are numeric without a scale: whatever decimal text a decision holds is kept exactly. Event
tables are keyed by their place in the log, which no record shares with another.
"""

from alembic import op

revision = "0001"
down_revision = None

# What every decision has.
COMMON = """
    log_partition integer NOT NULL,
    log_offset bigint NOT NULL,
    decision_id text NOT NULL,
    seq bigint NOT NULL,
    ts timestamptz NOT NULL,
    ts_ns bigint NOT NULL,
    firm_id text NOT NULL,
    account_id text NOT NULL,
    trader_id text,
    phase text NOT NULL,
    ruleset text NOT NULL,
    ruleset_hash text NOT NULL"""

EVENTS = {
    "breaches": """
    rule text NOT NULL,
    family text NOT NULL,
    breach_kind text NOT NULL,
    metric text,
    observed numeric,
    floor numeric,
    overshoot numeric,
    equity numeric NOT NULL,
    balance numeric NOT NULL,
    comparator text,
    also text[] NOT NULL,
    evidence jsonb NOT NULL""",
    "phases_passed": """
    goals jsonb NOT NULL,
    next_phase text""",
    "state_changes": """
    from_state text NOT NULL,
    to_state text NOT NULL,
    reason text NOT NULL,
    cause text,
    operator text,
    note text""",
    "warnings": """
    rule text NOT NULL,
    level numeric NOT NULL,
    used numeric NOT NULL,
    floor numeric NOT NULL,
    room numeric NOT NULL""",
    "interventions": """
    intervention_id text NOT NULL,
    actions text[] NOT NULL,
    breach_id text NOT NULL""",
}

CURRENT = {
    "account_states": """
    state text NOT NULL,
    reason text NOT NULL""",
    "progress": """
    state text NOT NULL,
    equity numeric NOT NULL,
    balance numeric NOT NULL,
    unpriced boolean NOT NULL,
    goals jsonb NOT NULL,
    rules jsonb NOT NULL""",
}


def upgrade() -> None:
    """Make the tables."""
    op.execute("""
CREATE TABLE highwater.stream_progress (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition)
)""")
    for name, columns in EVENTS.items():
        op.execute(f"""
CREATE TABLE highwater.{name} ({COMMON},{columns},
    PRIMARY KEY (log_partition, log_offset),
    UNIQUE (decision_id)
)""")
        op.execute(f"CREATE INDEX {name}_account ON highwater.{name} (account_id, seq)")
    for name, columns in CURRENT.items():
        op.execute(f"""
CREATE TABLE highwater.{name} ({COMMON},{columns},
    PRIMARY KEY (account_id)
) WITH (fillfactor = 70)""")
    op.execute("CREATE UNIQUE INDEX interventions_id ON highwater.interventions (intervention_id)")
    op.execute("""
CREATE TABLE highwater.dead_letters (
    log_partition integer NOT NULL,
    log_offset bigint NOT NULL,
    code text NOT NULL,
    path text NOT NULL,
    message text NOT NULL,
    source text NOT NULL,
    source_partition integer,
    source_offset bigint,
    raw text NOT NULL,
    PRIMARY KEY (log_partition, log_offset)
)""")


def downgrade() -> None:
    """Drop them."""
    for name in (*EVENTS, *CURRENT, "dead_letters", "stream_progress"):
        op.execute(f"DROP TABLE highwater.{name}")
