"""The web: Telegram's webhook, and what machines may ask. Started only where one of the two is wanted."""
