"""Goals: what a phase asks for before it passes."""
