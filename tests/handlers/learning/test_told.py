"""What is written of courses, as shops, spreadsheets and people write it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.learning.misread import Misread
from handlers.learning.prices import price_of
from handlers.learning.told import (
    language_of,
    level_of,
    link_of,
    minutes_of,
    one_line_of,
    tags_of,
    text_of,
    without_html,
)


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("49 EUR", (4900, "EUR")), ("€49", (4900, "EUR")), ("49,90 €", (4990, "EUR")), ("1.299,00 €", (129900, "EUR")),
        ("$1,299.00", (129900, "USD")), ("1,299 USD", (129900, "USD")), ("CHF 1'299.50", (129950, "CHF")),
        ("1 299 руб.", (129900, "RUB")), ("¥199", (19900, "CNY")), ("\uffe5199", (19900, "CNY")), ("199元", (19900, "CNY")),
        ("RMB 199.9", (19990, "CNY")), ("2980円", (2980, "JPY")), ("₹1,00,000", (10000000, "INR")), ("1.250 KWD", (1250, "KWD")),
        ("0.99 USD", (99, "USD")), ("free", (0, None)), ("Free of charge", (0, None)), ("免费", (0, None)), ("0", (0, None)),
        ("0,00 €", (0, None)), ("US$ 5", (500, "USD")), ("\xa049\xa0€", (4900, "EUR")),
    ],
)  # fmt: skip
def test_prices_are_understood(text, price):
    assert price_of(text) == price


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("49", "names no currency"), ("from 49 €", "no currency"), ("49-99 €", "cannot be read"), ("-5 €", "cannot be read"),
        ("ask", "cannot be read"), ("49 gold", "no currency that I know"), ("€49 USD", "two currencies"), ("1.2999 €", "too many digits"),
        ("1.99 JPY", "too many digits"), ("99999999999 €", "too high"), ("", "cannot be read"), ("=1+1", "cannot be read"),
        ("1,2,3 €", "cannot be read"), ("9" * 5_000, "cannot be read"),
    ],
)  # fmt: skip
def test_prices_that_are_not_are_refused_with_a_sentence(text, why):
    with pytest.raises(Misread, match=why):
        price_of(text)


def test_a_currency_told_beside_holds_where_the_price_names_none():
    assert price_of("49.50", "eur") == (4950, "EUR")
    assert price_of("$49", "EUR") == (4900, "USD")


@given(st.text(max_size=30))
@settings(max_examples=60)
def test_nothing_that_is_written_breaks_a_reader(text):
    for read in (price_of, level_of, language_of, minutes_of, link_of):
        try:
            read(text)
        except Misread as error:
            assert "\n" not in str(error) or "\n" in text
    assert len(without_html(text)) <= 4 * len(text)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("90", 90), ("90 min", 90), ("1h30", 90), ("1 h 30 min", 90), ("1.5 hours", 90), ("12:30", 12), ("1:02:03", 62),
        ("PT1H30M", 90), ("2小时30分钟", 150), ("45分", 45), ("100.0h", 6000), ("0", None), ("30s", 1),
    ],
)  # fmt: skip
def test_lengths(text, minutes):
    assert minutes_of(text) == minutes


@pytest.mark.parametrize("text", ["", "long", "90 parsecs", "1 2", "9999999999 h", "about 2 h", "99999 d"])
def test_what_is_no_length(text):
    with pytest.raises(Misread):
        minutes_of(text)


def test_levels_languages_and_tags():
    assert [level_of(each) for each in ("Beginner", "中级", "ADVANCED", "mixed", "2", "Beginner Level")] == [
        1,
        2,
        3,
        None,
        2,
        1,
    ]
    assert [language_of(each) for each in ("en", "zh_CN", "Chinese", "中文", "Deutsch", "zh-Hans", "英语")] == [
        "en", "zh", "zh", "zh", "de", "zh", "en",
    ]  # fmt: skip
    assert tags_of(["SQL, data", "#sql;Web | 数据"]) == ["SQL", "data", "Web", "数据"]


@pytest.mark.parametrize(
    "link",
    [
        "http://localhost/x", "https://127.0.0.1", "http://10.1.2.3/", "http://192.168.1.1:8080", "http://169.254.169.254/latest",
        "http://[::1]/", "http://[::ffff:10.0.0.1]/", "http://[fe80::1%25eth0]/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/",
        "http://router.lan", "http://wiki", "http://db.internal:5432", "http://0/", "http://１２７.0.0.1/", "http://localhost./", "https://224.0.0.1/",
        "ftp://example.com", "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "coursepages/intro/README.md", "//evil.com",
        "https://a:b@example.com", "https://", "https://exa mple.com", "http://[", "https://example.com:99999", "https://ex.com/\n", "x" * 2_000,
    ],
)  # fmt: skip
def test_links_that_others_cannot_or_should_not_open_are_refused(link):
    if link.endswith("\n"):
        assert link_of(link) == link.strip()
        return
    with pytest.raises(Misread):
        link_of(link)


def test_links_that_can_be_opened_stay_as_they_are():
    for link in (
        "https://example.com/a?b=c#d",
        "http://93.184.216.34/x",
        "https://例子.中国/课程",
        "https://example.com:8443/",
    ):
        assert link_of(f" {link} ") == link
    assert link_of("www.example.com/git") == "https://www.example.com/git"


def test_texts_become_text():
    assert (
        without_html("<p>A &amp; B<br>x &lt; y</p><script>alert(1)</script><!-- no -->") == "\nA & B\nx < y\n"
    )
    assert without_html("std::vector<int> & <T>, 1<2") == "std::vector<int> & <T>, 1<2"
    assert one_line_of("a\u202eb\x00 c\n d") == "a b c d"
    assert text_of("a\r\n\r\n\r\n\r\nb  c\x07") == "a\n\nb c"
    assert len(one_line_of("x" * 999)) == 200
