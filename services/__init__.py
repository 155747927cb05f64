"""Use cases that are more than one transition. The actor is a parameter; the outermost caller commits."""
