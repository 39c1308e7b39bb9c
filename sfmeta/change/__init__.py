"""Steps, guards, inverses and merges, pure, so that ``ops`` stays thin.

May import: ``errors``, ``model``, ``codec``, ``config``.
Must not: touch files, orgs or the clock.
"""
