"""Read-only views of what was decided, live and past; what an operator orders becomes an event."""
