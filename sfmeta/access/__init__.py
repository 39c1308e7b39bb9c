"""API Access Control, pure: the components a policy asks for, the rules that decide who gets in, the forecast.

May import: ``errors``, ``model``, ``codec``, ``config``.
Must not: touch files, orgs or the clock; a date comes in as an argument.
"""
