"""Frozen values that every room speaks in.

May import: the standard library and ``errors``.
Must not: import anything else; read files, the clock or the environment.
"""
