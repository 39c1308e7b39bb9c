"""Records over REST: queries in SOQL, sobjects and what may be written, through one caller's eyes."""
