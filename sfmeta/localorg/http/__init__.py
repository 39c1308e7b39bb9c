"""HTTP as the org speaks it: connections that end, requests read within limits, one value for each of them."""
