"""The application that a server imports: `uvicorn src.api.main:app`."""

import os
import sys

from src.api.app import create_app
from src.api.cache import RedisCache
from src.api.database import PostgresDatabase
from src.api.metrics import Metrics
from src.api.settings import load_settings

try:
    settings = load_settings(os.environ)
except ValueError as problem:
    sys.exit(str(problem))

database = PostgresDatabase(settings.database_url)
metrics = Metrics(database.waiting)
app = create_app(settings, database, RedisCache(settings.redis_url), metrics)
