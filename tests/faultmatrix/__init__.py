"""What a deployment comes to when anything breaks at any moment: the fault matrix and the kill matrix.

A *scene* is a command about to be run: a project under git, a local org, both as they were just before it. A *cell* is
one thing that goes wrong in it: a fault at its n-th call, or SIGKILL at its n-th step. Each cell starts from the same
scene, runs the command in a process of its own, then does what the command's message advises until there is nothing
left to do, and the *law* is looked at twice: after the break, and at the end.

``scripts/faultmatrix`` runs all cells and writes the README's table; the tests run a chosen part.
"""
