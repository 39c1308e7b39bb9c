"""Long runs of the property tests, with orgs that the test suite has no time for."""
