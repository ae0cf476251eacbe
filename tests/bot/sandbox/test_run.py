"""`homeroom run` without a token: the sandbox, apart from everything real, for this machine alone."""

import socket

from bot.config import Config
from bot.sandbox.run import HOST, of_its_own
from tests.bot.cli import homeroom, refused


def test_it_touches_no_real_data(tmp_path):
    real = Config(
        data_folder=tmp_path,
        database={"url": "postgresql://user:secret@host/school"},
        owner={"telegram": "77"},
        features={"points": {"base": 7}},
    )
    own = of_its_own(real)
    assert own.database.url == f"sqlite+aiosqlite:///{tmp_path}/sandbox/en/homeroom.db"
    assert (own.secret_file, own.backup.enabled) == (tmp_path / "sandbox" / "en" / "secret.key", False)
    assert (own.owner.telegram, own.telegram.token, own.discord.token) == (None, None, None)
    assert own.features == real.features


def test_a_port_that_is_taken_is_a_sentence_with_a_way_out(tmp_path):
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        done = homeroom(tmp_path, "run", HOMEROOM_WEB__PORT=str(taken.getsockname()[1]))
    refused(done, "HOMEROOM_WEB__PORT=8081")
    assert "this is the sandbox" in done.stderr
