"""How things are said in each language: numbers, dates, durations, names, rules, settings."""
