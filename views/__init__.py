"""HTTP: the portal, and one view per grid. Views declare; services do."""
