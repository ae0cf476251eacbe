"""The outside of Homeroom: processes, platforms, time and the web."""
