"""Propagate derivatives through a coordinate network's layers, forward and backward, by hand-written formulas.

A plane is a tensor (P, n) of P points and n features: the values, the derivative along one coordinate (a tangent), or
a second-order operator. A plan says which planes pass the layers; :func:`inr.planes.choose.cheapest` chooses it.
"""
