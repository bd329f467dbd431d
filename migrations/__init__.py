"""Alembic: the database's history."""
