"""The wire: authentication, SOAP, REST, polling, and the client that puts them together.

May import: ``errors``, ``model``, ``codec``, ``source``, requests, zeep, simple-salesforce, PyJWT.
Must not: know the work tree, git or the keyring; print; loop without a deadline.
"""
