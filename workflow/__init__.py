"""When a thing may change state: one table per thing, and the engine that runs them."""
