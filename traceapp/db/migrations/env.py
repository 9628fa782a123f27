"""Runs migrations on the engine that traceapp/db/migrate.py hands over."""

from alembic import context

from traceapp.db.tables import metadata

with context.config.attributes["engine"].connect().execution_options(traceapp_writing=True) as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
