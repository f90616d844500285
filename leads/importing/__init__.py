"""The half of lead import that needs no database: files in, checked rows out.

``reading`` and ``workbook`` open what was uploaded, ``columns`` suggests what each column means, ``values`` turns
one cell into one value, ``rows`` does so for whole rows.
"""
