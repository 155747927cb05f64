"""What the database is filled with: reference data, the demo world, and masses of synthetic rows."""
