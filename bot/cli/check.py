def check() -> None:
    """Later."""
