"""The org's Metadata API: its own schema reader, zip and XML handling, deploy rules, jobs and component store.

``soap.handle`` is the door; ``store`` and ``effects`` are what seeds use, so that there is one truth.
"""
