"""The embedded Salesforce org: real wire protocols on loopback, real state, the access gate on its doors.

May import: ``errors``, ``model.registry``, and its own libraries (see ``tests/architecture``).
Must not: import anything else of sfmeta, so that client and org check each other; listen beyond loopback.
"""
