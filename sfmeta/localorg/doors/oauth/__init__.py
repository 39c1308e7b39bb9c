"""OAuth: the flows with their pages, the token endpoint, revocation and introspection."""
