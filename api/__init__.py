"""Read-only queries over what the sinks wrote."""
