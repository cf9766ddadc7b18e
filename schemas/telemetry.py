"""Names of log events and metrics, each with what it tells an operator.

A log event is `noun.past_verb`; its facts go into keys. A metric has its unit in its name and
never an account id as a label.
"""

from typing import Literal, get_args

LogEvent = Literal[
    # The process and its flows
    "flow.started",  # a flow began to read, and from where
    "flow.queued",  # a standby follows until it is its turn
    "flow.resumed",  # it continues after a stop, and from where
    "flow.stopped",  # it ended by itself, or was asked to
    "flow.failed",  # it gave up: the error and where it stood
    "service.unreachable",  # Kafka or Postgres did not answer in time
    "settings.loaded",  # what the environment said, secrets left out
    # Inputs
    "message.rejected",  # an input went to the dead letters, with its code
    "dead_letters.exceeded",  # too many of the recent inputs were refused: the flow stops
    "event.repeated",  # an event id was seen again and had no effect
    "source.gapped",  # offsets are missing: the reader stops rather than skip
    # Venues' prices
    "feed.connected",  # a venue's prices come from now on
    "feed.disconnected",  # they do not; it is tried again
    "quote.quarantined",  # the first of a run of quotes that became no ticks, with the code
    # The journal and the log
    "frame.written",  # a frame is durable (debug level: there are many)
    "segment.truncated",  # a torn tail of a local segment was cut off
    "topic.created",  # a topic did not exist and was made
    # Decisions
    "account.opened",  # an account is judged from now on
    "account.migrated",  # an operator moved an account to another ruleset version
    "breach.detected",  # a rule was broken
    "phase.passed",  # every goal of a phase holds
    "session.rolled",  # a session boundary was passed
    "ruleset.loaded",  # a version is known, with its hash
    "decision.diverged",  # the same input gave another decision than before: alarm, and stop
    "engine.diverged",  # the reference decides otherwise about a sampled account: alarm, and go on
    "sampler.failed",  # the reference could not go on: alarm, nothing is sampled any more
    "lease.taken",  # a standby writes from now on: the one that did is gone
    # State
    "snapshot.written",  # the shards of a process are in base files
    "snapshot.failed",  # a base file could not be written: the one before still counts
    "snapshot.restored",  # a shard or the sequencer continues from a base file
    "snapshot.ignored",  # a base of the sequencer cannot be used: the whole journal is read
    "epoch.discarded",  # files a dead process left unfinished were removed
    # Sinks
    "batch.committed",  # rows and progress are in one transaction (debug level)
    "sink.retried",  # a write failed and is tried again
    "migration.applied",  # the database has a new version
    "intervention.sent",  # a venue was told what to do
    "intervention.confirmed",  # the venue did it
    "intervention.unresolved",  # an operator must see to it, and why
    "intervention.deferred",  # it waits: what the account holds is disputed
    "operator.notified",  # an intervention asked for people to be told
    "drift.noticed",  # a venue and the journal disagree; it is looked at again
    "drift.raised",  # they still do: an operator must see to it
    "drift.resolved",  # they agree again
    "hints.refused",  # an account's socket is not to be had: it is asked on a schedule alone
    "fill.recovered",  # a trade of the venue's that the journal never got was appended
]
LOG_EVENTS: tuple[LogEvent, ...] = get_args(LogEvent)

Metric = Literal[
    "highwater_build_info",  # 1, with version, engine and time-zone database as labels
    "highwater_ticks_total",  # ticks accepted into the journal
    "highwater_events_total",  # account events accepted, by type
    "highwater_events_repeated_total",  # events whose id was seen before
    "highwater_dead_letters_total",  # refused inputs, by code
    "highwater_frames_total",  # frames written to the journal, or read from it
    "highwater_frame_entries",  # entries in a frame (histogram)
    "highwater_source_lag_records",  # records not read yet, by topic
    "highwater_journal_seq",  # accepted inputs so far
    "highwater_frame_seconds",  # time all shards took for what was read together (histogram)
    "highwater_tick_to_decision_seconds",  # from a tick's arrival to its decision (histogram)
    "highwater_decisions_total",  # decisions, by topic
    "highwater_breaches_total",  # breaches, by family and kind
    "highwater_accounts",  # accounts, by shard and state
    "highwater_accounts_unpriced",  # accounts with a position whose rate is not known
    "highwater_snapshot_seconds",  # time to write a base file (histogram)
    "highwater_snapshot_stall_seconds",  # time the flow stood still for a base (histogram)
    "highwater_epoch_stall_seconds",  # time to make an epoch's records durable (histogram)
    "highwater_replay_remaining_records",  # journal records until the flow is live
    "highwater_frames_waiting",  # frames that wait for another process's refusals
    "highwater_suppressed_total",  # decisions left out because their topic held them
    "highwater_fenced_records",  # journal records of a replaced sequencer, left out
    "highwater_lease_held",  # 1 while the process may write, 0 on standby
    "highwater_sink_commit_seconds",  # time to commit a batch, by sink (histogram)
    "highwater_sink_retries_total",  # writes that were tried again, by sink
    "highwater_divergences_total",  # sampled accounts the engines disagree about: must stay 0
    "highwater_chain_gap_total",  # missing links of the audit chain: must stay 0
    "highwater_api_requests_total",  # requests answered by the API, by route and status
    "highwater_api_seconds",  # time to answer a request, by route (histogram)
    "highwater_drift_records",  # disagreements with venues, by venue, kind and state
    "highwater_reconciled_seconds",  # time since every account of a venue was last compared
    "highwater_fills_recovered_total",  # trades the journal never got, by venue
    "highwater_reported_events_total",  # account events a venue was asked for, by type
    "highwater_reported_seconds",  # time since every account of a venue was last asked
    "highwater_feed_quotes_total",  # quotes that became ticks, by venue
    "highwater_feed_quarantined_total",  # quotes that did not, by venue and code
    "highwater_feed_age_seconds",  # of quotes when they came, by the venue's clock (histogram)
    "highwater_feed_gap_seconds",  # between two quotes of an instrument (histogram)
    "highwater_feed_reconnects_total",  # connections lost, by venue
    "highwater_recovery_free_bytes",  # room left where the recovery store is
]
METRICS: tuple[Metric, ...] = get_args(Metric)
