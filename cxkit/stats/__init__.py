"""Statistics on counts and arrays: no frames, no column names. Here, and only here, net scores run from -1 to 1."""
