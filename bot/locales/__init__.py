"""Catalogues: what is said in each language, and how they follow the source."""
