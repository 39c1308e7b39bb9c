"""Disk, git and the keyring: the project tree, the ledger, settings, secrets, caches.

May import: ``errors``, ``model``, ``codec``, ``config``, ``source``, GitPython, keyring, platformdirs.
Must not: know the wire; print; write outside the folder it was given.
"""
