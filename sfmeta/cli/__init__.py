"""The command line: parse, one request, one op, render, exit code.

May import: every room; ``localorg``, to start it.
Must not: hold logic that an op should own. (Only this room reads argv and environment).
"""
