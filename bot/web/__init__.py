"""The web: Telegram's webhook, what machines may ask, and what shops tell. Started only where wanted."""
