def journey_steps():
    """."""
