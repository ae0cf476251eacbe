"""Room: how much of it is left on a disk."""

import shutil
from pathlib import Path

LITTLE_ROOM = 200 * 1024 * 1024
"""Bytes free on a disk below which somebody is told."""


def free_bytes(folder: Path) -> int:
    """Room on the disk of a folder, or of the nearest one above it that is there."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free
