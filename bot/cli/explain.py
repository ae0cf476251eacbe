def explain() -> None:
    """Later."""
