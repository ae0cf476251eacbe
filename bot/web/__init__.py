"""The web: Telegram's webhook and the health page. Started only where one of the two is wanted."""
