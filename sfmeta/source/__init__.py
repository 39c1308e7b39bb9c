"""Shapes on disk and in zips, pure: paths, manifests, archives, templates.

May import: ``errors``, ``model``, ``codec``, ``config``, Jinja2.
Must not: read or write the disk; know an org.
"""
