"""The ways into the org: logins, sessions, who am I; and the gate, whose rules decide on every one of them."""
