"""Published claims as data, and what the records say of each.

A claim is an entry of a YAML file, see :class:`analysis.claims.claim.Claim`. The files beside this one hold those of
the study that the project began with, and those of its own log.
"""
