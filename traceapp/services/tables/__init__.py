"""Tables that come in and go out: spreadsheets, CSV, everything of one's own."""
