"""Suggestions: what members did goes in, a ranking of courses with its reasons comes out."""
