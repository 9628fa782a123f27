"""Where records, the log and the current state lie: tables, guards, migrations, named queries."""
