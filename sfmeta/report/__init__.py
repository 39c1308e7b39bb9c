"""Outcome values rendered as JSON, JUnit, SARIF or HTML. Pure.

May import: ``errors``, ``model`` and the rooms of level 3, Jinja2.
Must not: read anything; decide anything.
"""
