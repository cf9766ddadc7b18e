"""One file per subject; a route reads, checks who may see it, and answers."""
