"""Roles, what each may do, and whose rows it sees.

The roles cannot log in: who logs in becomes a member of one. `hw_api` sees the rows of the firm and
the trader that `hw.firm` and `hw.trader` name in its transaction, `*` for all; where they are not
set it sees nothing. Nobody but the owner of the tables deletes or changes what happened.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

ROLES = ("hw_migrate", "hw_flow", "hw_api", "hw_audit")
EVENTS = ("breaches", "phases_passed", "state_changes", "warnings", "interventions")
CURRENT = ("account_states", "progress")
OWNED = (*EVENTS, *CURRENT, "account_events")
VIEWS = ("accepted_events", "accounts", "published_rulesets")

# Roles belong to the whole server, and another database may be making them right now.
MAKE_ROLES = """
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['hw_migrate', 'hw_flow', 'hw_api', 'hw_audit'] LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = name);
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END LOOP;
END $$"""

OWN_ROWS = """
    (current_setting('hw.firm', true) = '*' OR firm_id = current_setting('hw.firm', true))
    AND (current_setting('hw.trader', true) = '*'
         OR trader_id = current_setting('hw.trader', true))"""


def upgrade() -> None:
    """Make the roles and say what each may do."""
    op.execute("""
CREATE TABLE highwater.api_keys (
    key_id text PRIMARY KEY,
    hash bytea NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    firm_id text NOT NULL,
    trader_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz
)""")
    op.execute("""
CREATE TABLE highwater.idempotency_keys (
    caller text NOT NULL,
    key text NOT NULL,
    request_hash text NOT NULL,
    event_id text NOT NULL,
    answer jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, key)
)""")
    op.execute(MAKE_ROLES)
    op.execute("REVOKE ALL ON SCHEMA highwater FROM public")
    op.execute("REVOKE ALL ON FUNCTION highwater.ensure_month(date) FROM public")
    op.execute("REVOKE ALL ON FUNCTION highwater.drop_months(date) FROM public")
    op.execute(f"GRANT USAGE ON SCHEMA highwater TO {', '.join(ROLES)}")
    op.execute("GRANT ALL ON SCHEMA highwater TO hw_migrate")
    op.execute("GRANT ALL ON ALL TABLES IN SCHEMA highwater TO hw_migrate")
    _flow()
    _api()
    _audit()


def _flow() -> None:
    kept = ", ".join(f"highwater.{name}" for name in (*EVENTS, "account_events", "rulesets"))
    moved = ", ".join(f"highwater.{name}" for name in (*CURRENT, "stream_progress"))
    op.execute(f"GRANT SELECT, INSERT ON {kept}, highwater.dead_letters TO hw_flow")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {moved} TO hw_flow")
    op.execute("GRANT EXECUTE ON FUNCTION highwater.ensure_month(date) TO hw_flow")


def _api() -> None:
    readable = (*OWNED, *VIEWS, "rulesets", "stream_progress", "api_keys")
    op.execute(f"GRANT SELECT ON {', '.join(f'highwater.{name}' for name in readable)} TO hw_api")
    # Never the original: it may be anybody's.
    op.execute(
        "GRANT SELECT (source, source_offset, code, path, message) ON highwater.dead_letters"
        " TO hw_api"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON highwater.idempotency_keys TO hw_api")
    for name in OWNED:
        op.execute(f"ALTER TABLE highwater.{name} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own ON highwater.{name} FOR SELECT TO hw_api USING ({OWN_ROWS})")
        op.execute(
            f"CREATE POLICY flow ON highwater.{name} TO hw_flow, hw_migrate"
            " USING (true) WITH CHECK (true)"
        )
        op.execute(f"CREATE POLICY audit ON highwater.{name} FOR SELECT TO hw_audit USING (true)")


def _audit() -> None:
    readable = (*OWNED, *VIEWS, "rulesets", "stream_progress", "dead_letters")
    op.execute(f"GRANT SELECT ON {', '.join(f'highwater.{name}' for name in readable)} TO hw_audit")


def downgrade() -> None:
    """Take it back; the roles stay, other databases may use them."""
    for name in OWNED:
        for policy in ("own", "flow", "audit"):
            op.execute(f"DROP POLICY {policy} ON highwater.{name}")
        op.execute(f"ALTER TABLE highwater.{name} DISABLE ROW LEVEL SECURITY")
    op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA highwater FROM {', '.join(ROLES)}")
    op.execute(f"REVOKE ALL ON SCHEMA highwater FROM {', '.join(ROLES)}")
    op.execute("DROP TABLE highwater.idempotency_keys")
    op.execute("DROP TABLE highwater.api_keys")
