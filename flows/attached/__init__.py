"""What all flows that work at venues share: a thread with a loop, leases, and whose turn it is."""
