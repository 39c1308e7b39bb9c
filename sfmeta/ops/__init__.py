"""The verbs, one module each. What needs consent has two steps: prepare(...), execute(...).

May import: every room below.
Must not: print, exit, read argv or the environment; know a protocol or a file format.
"""
