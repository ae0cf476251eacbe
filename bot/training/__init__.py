"""Training: what members did becomes a model that suggests courses; beside the bot, nightly or when asked."""
