"""sfmeta: roll out Salesforce API Access Control safely, from a policy in git.

Rooms, top to bottom (imports only go down; ``tests/architecture`` checks it)::

    L6 cli
    L5 ops
    L4 org, workspace, report
    L3 source, access, change
    L2 codec, config
    L1 model
    L0 errors

``localorg`` is an island: the embedded Salesforce org shares nothing with the client but ``errors`` and
``model.registry``, so that each checks the other.
"""

__version__ = "0.1.0"
