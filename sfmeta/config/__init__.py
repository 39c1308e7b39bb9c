"""YAML to model and back: policy, environments, project settings.

May import: ``errors``, ``model``, PyYAML.
Must not: touch files, the network, the clock or the environment.
"""
