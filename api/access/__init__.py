"""Who asks, what he may do, and whose accounts he sees."""
