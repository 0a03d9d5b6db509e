"""Alembic's entry: runs the scripts on the connection that `engine.storage.migrate` opened."""

from alembic import context

from engine.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller opened the transaction, and will end it
)
context.run_migrations()
