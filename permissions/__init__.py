"""Who may do what to which rows. ``matrix.py`` is the table; everything else reads it."""
