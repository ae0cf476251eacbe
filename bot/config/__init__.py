"""What an installation's owner decides: config.yaml and the environment, checked."""

from bot.config.loading import environment, load_config, load_secret
from bot.config.model import Config
from bot.config.problems import ConfigError, Problem

__all__ = ["Config", "ConfigError", "Problem", "environment", "load_config", "load_secret"]
