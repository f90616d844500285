"""What `make run` and `make test` need on one machine: PostgreSQL, a supervisor, a mailbox.

Nothing here is imported by the product, and production uses only the command `prepare_database`.
"""
