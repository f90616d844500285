"""What several models say together, as frozen dataclasses for pages."""
