"""The process of a rehearsal: `python -m bot.rehearsal`, started by `bot.rehearsal.beside`."""

import sys

from bot.rehearsal.beside import main

if __name__ == "__main__":
    sys.exit(main())
