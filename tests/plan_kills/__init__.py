"""What a plan comes to when anything breaks while it is carried out, and who is locked out meanwhile: nobody.

The stage, the cells and the processes are those of the fault matrix (``tests.faultmatrix``). The *law of a plan* is
looked at after the break and at the end: nothing was sent twice, the next run of the same command ends in the state
that the plan names, and at both moments every login that the policy allows, and that worked before, still works.
"""
