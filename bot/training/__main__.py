"""The process of a training: `python -m bot.training FOLDER`, started by `bot.training.beside`."""

import sys

from bot.training.beside import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
