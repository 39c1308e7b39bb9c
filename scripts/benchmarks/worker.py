"""Runs inside a measured process: compares two files and prints what it took, as JSON.

Usage: python worker.py sfmeta|xmldiff|xmldiff-fast TYPE OLD NEW
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(tool: str, type_name: str, old: str, new: str) -> None:
    """Compare once and say how long that took, reading included and start of the process not."""
    if tool == "sfmeta":
        from sfmeta.codec.compare import compare_files

        start = time.perf_counter()
        changes = len(compare_files(type_name, Path(old).read_bytes(), Path(new).read_bytes()))
    else:
        from xmldiff.main import diff_files

        start = time.perf_counter()
        changes = len(diff_files(old, new, diff_options={"fast_match": tool == "xmldiff-fast"}))
    print(json.dumps({"seconds": time.perf_counter() - start, "changes": changes}))


if __name__ == "__main__":
    main(*sys.argv[1:])
