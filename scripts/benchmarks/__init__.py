"""Benchmarks: whole processes, as a user runs them, beside the tool a user would take instead.

Each module measures one concern and registers its measurements in ``__main__``. Fixtures are generated and the same
on every run. Standard library only: the process that starts the measured ones stays small, because Linux hands a
parent's peak memory down to what it starts.
"""
