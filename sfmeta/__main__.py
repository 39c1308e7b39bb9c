"""``python -m sfmeta``."""

from sfmeta.cli.main import entry

if __name__ == "__main__":
    entry()
