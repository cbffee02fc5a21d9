"""Addresses that a person takes for one have one key, and what is no address has none."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.accounts.emails import email_key

#: U-label and A-label pairs from RFC 3492 section 7.1 and the IDN test domains of IANA (RFC 6761's
#: .example below them), worked out by others than the code under test.
DOMAINS = [
    ("bücher.example", "xn--bcher-kva.example"),
    ("münchen.example", "xn--mnchen-3ya.example"),
    ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
    ("пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f"),
]


@pytest.mark.parametrize(("written", "ascii_form"), DOMAINS)
def test_a_domain_has_one_form(written: str, ascii_form: str) -> None:
    assert email_key(f"ada@{ascii_form}") == f"ada@{ascii_form}"
    for spelling in (written, written.upper(), ascii_form.upper(), unicodedata.normalize("NFD", written)):
        assert email_key(f"ada@{spelling}") == f"ada@{ascii_form}", spelling


@pytest.mark.parametrize(
    "same",
    [
        "Ada@Example.org",
        "  ada@example.org\t",
        "\uff41\uff44\uff41@example.org",  # full-width
        "ada@\uff45xample.org",
        "ada@example\u3002org",  # the ideographic full stop separates labels, too (UTS 46 section 2.3)
        "ada@example\uff0eorg",
        "\u24d0da@example.org",  # a circled a
    ],
)
def test_spellings_of_one_address(same: str) -> None:
    assert email_key(same) == "ada@example.org"


def test_a_composed_and_a_combined_letter_are_one() -> None:
    assert (
        email_key("re\u0301mi@example.org") == email_key("R\u00c9MI@example.org") == "r\u00e9mi@example.org"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.org", "\u0430da@example.org"),  # a Cyrillic a is another mailbox
        ("ada@example.org", "ada@ex\u0430mple.org"),  # and another domain
        ("ada@fass.example", "ada@fa\u00df.example"),  # two owners since IDNA 2008 (RFC 5894 section 7.2)
        ("a.da@example.org", "ada@example.org"),  # what only some providers treat alike
        ("ada+x@example.org", "ada@example.org"),
        ("mike@example.org", "m\u0131ke@example.org"),  # a dotless i
    ],
)
def test_two_mailboxes_are_not_one(one: str, other: str) -> None:
    assert email_key(one) is not None
    assert email_key(other) is not None
    assert email_key(one) != email_key(other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "ada@example",
        "ada@@example.org",
        "a@b@example.org",
        "ada\uff20evil.org@example.org",  # a full-width @ becomes one
        "ada@exa mple.org",
        "a da@example.org",
        "ada\u200b@example.org",  # zero width
        "ada\u00ad@example.org",  # soft hyphen
        "ada\u202e@example.org",  # right-to-left override
        "ada\u00a0@example.org",
        "ada\0@example.org",
        "ada@example.org\0",
        "ada@exam\u202eple.org",
        "ada@-example.org",
        "ada@example-.org",
        "ada@.example.org",
        "ada@example..org",
        "ada@xn--a.org",  # decodes to nothing
        "ada@xn--example-.org",
        "ada@\ud800.org",
        "\ud800@example.org",
        '"ada lovelace"@example.org',
        "ada,eve@example.org",
        "ada<eve>@example.org",
        "a" * 65 + "@example.org",  # RFC 5321 section 4.5.3.1.1
        "ada@" + "a" * 64 + ".org",
        "a" * 250 + "@b.org",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert email_key(text) is None


@given(st.text(max_size=40) | st.from_regex(r"[^@]{1,10}@([a-zà-ÿ]{1,8}\.){1,2}[a-z]{2,4}", fullmatch=True))
def test_a_key_is_its_own_key(text: str) -> None:
    """So an address can be compared with a stored key, whichever of its spellings comes first."""
    key = email_key(text)
    if key is not None:
        assert email_key(key) == key
        assert key == unicodedata.normalize("NFKC", key).casefold()
