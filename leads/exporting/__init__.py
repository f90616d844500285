"""The half of lead export that needs no database: values into cells that no spreadsheet runs."""
