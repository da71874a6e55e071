"""Table formats behind one port, and the catalog that knows which layer has which."""
