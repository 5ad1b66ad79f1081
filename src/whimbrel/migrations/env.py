"""What Alembic runs: on the connection it is handed, in one transaction."""

import importlib
import pkgutil

from alembic import context

import whimbrel
from whimbrel.core.tables import metadata

for module in pkgutil.iter_modules(whimbrel.__path__, "whimbrel."):
    if module.ispkg and importlib.util.find_spec(f"{module.name}.tables"):
        importlib.import_module(f"{module.name}.tables")

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
