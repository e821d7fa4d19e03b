"""Where formats, files, databases and other libraries live; each adapter is at home in its own technology."""
