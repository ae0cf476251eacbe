"""Arithmetic: rows in, ranking, score or estimate out; knows no chat and no database."""
