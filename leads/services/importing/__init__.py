"""Import leads from files: receive, look, map, try, write, undo.

``receiving`` takes the upload, ``shapes`` looks at it, ``mappings`` and ``rules`` keep what was chosen, ``runs`` starts
and stops the work, ``work`` is what the worker does, ``engine`` takes a file through it chunk by chunk, ``undoing``
takes an import back. The files themselves are read by ``leads.importing``, which knows no database.
"""
