"""docs/privacy.md says of every table and column what the tables say."""

from bot.privacy import PAGE, page


def test_the_page_is_what_the_tables_say():
    """`python -m bot.privacy` brings it up to date."""
    text = PAGE.read_text(encoding="utf-8")

    assert text == page(text)
