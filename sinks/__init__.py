"""One outbound system per module; writing a batch twice equals writing it once."""
