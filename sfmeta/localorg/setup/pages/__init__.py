"""Setup's pages: plain forms and tables, made on the server, without a script."""
