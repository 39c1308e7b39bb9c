"""``doctor --probe``: open questions about Salesforce, asked of a sandbox with throw-away things.

Nothing is touched that the probe did not make, and no box is ticked or unticked. What is about to be made is in the
journal first; ``cleaning`` takes away what a journal names, at the end of a run or at the beginning of the next.
``table`` lists the questions that can be asked, each with its plan, and those that cannot, each with its reason.
"""
