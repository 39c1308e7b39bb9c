"""YAML to model and back: policy, environments, project settings.

May import: ``errors``, ``model``, PyYAML, ruamel.yaml.
Must not: touch files, the network, the clock or the environment.
"""
