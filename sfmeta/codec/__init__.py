"""XML to model and back, pure: parsing, the schema, canonical form, comparison, SOAP envelopes.

May import: ``errors``, ``model``, lxml and the standard library's XML parser.
Must not: touch files, the network, the clock or the environment; know what a policy is.
"""
