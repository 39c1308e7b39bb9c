"""The org's Metadata API: its own schema reader, zip and XML handling, deploy rules, jobs and component store.

``soap.handle`` and ``rest_deploy.handle`` are the doors. Whatever puts metadata into the org, seeds and Setup included,
goes through ``effects``, so that files and records are one truth. A request on its way:

=====================  ===============================================================================================
the wire               ``soap``, ``envelope`` (requests and responses), ``faults``, ``operations`` (the table);
                       ``rest_deploy``, ``multipart``, ``json_fields`` (the same deployments over REST)
a job                  ``deploy_options``, ``submit`` (taken or refused), ``jobs`` (kept), ``pace`` and ``queue`` (where
                       it stands by polls or the clock), ``running`` (done), ``answers`` (shown)
a deployment           ``zipfiles``, ``package``, ``manifest``, ``deletions``, ``deploy`` (the order of things, one
                       transaction), ``conformity`` (against the schema), ``descriptions``, ``parts``, ``messages``,
                       ``problem``, ``apex`` (tests that are counted)
a retrieve             ``retrieve``, ``wildcards``, ``shown`` (by version and manifest)
one by one             ``crud`` (read, create, update, upsert, delete, rename) on ``keepers`` (where the components of a
                       type are kept), ``listing`` and ``value_types`` (described)
what types are         ``schema`` (the WSDL's, flat), ``kinds`` and ``layout`` (names, folders, files), ``links``
what is there          ``store`` (components and files), ``effects`` (what components mean for records, and the audit
                       trail), ``references`` and ``grants`` (names and rows of the access family)
what is allowed        ``rules``: a class for each type that has any, and ``rules.catalog``: every text with its source
underneath             ``xml`` (trees), ``arrange`` (in the schema's order), ``permissions`` (which there are)
=====================  ===============================================================================================
"""
