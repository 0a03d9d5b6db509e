"""Where rows are kept: SQLAlchemy Core over SQLite (a file, or memory) and PostgreSQL."""
