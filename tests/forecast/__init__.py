"""The forecast, checked against what the local org then really refuses."""
