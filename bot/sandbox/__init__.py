"""The sandbox: the third platform, a chat page on this machine, with a sample community in it."""
