"""One inbound or venue system per module: bytes to schema, no risk logic."""
