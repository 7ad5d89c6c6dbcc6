#!/usr/bin/env python3
"""Writes the files beside it: what Django itself answers, asked once.

    pip install Django==5.2.19 djangorestframework==3.18.3 djangorestframework-simplejwt==5.5.1
    python generate.py

NAME.tsv            a message and its translation a line, for each language of Django's LANGUAGES
accept-language.tsv an Accept-Language header and the language that Django chooses for it a line, for the tests
"""

import random
import re
from pathlib import Path

import django
from django.conf import settings
from django.http import HttpRequest

HERE = Path(__file__).parent
PACKAGES = ["rest_framework", "rest_framework_simplejwt"]
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", *PACKAGES],
    SECRET_KEY="nothing is signed here",
    LANGUAGE_CODE="en-us",
)
django.setup()

from django.utils import translation  # noqa: E402
from django.utils.translation import trans_real  # noqa: E402

MESSAGES = """\
Authorization header must contain two space-delimited values
Given token not valid for any token type
Token contained no recognizable user identification
User not found
User is inactive
The user's password has been changed.
Token is invalid
Token is expired
Token is invalid or expired
Token has no id
Token has no type
Token has wrong type
Token has no '{}' claim
Token '{}' claim has expired
Token is blacklisted
No active account found with the given credentials
No active account found for the given token.
Authentication credentials were not provided.
Incorrect authentication credentials.
You do not have permission to perform this action.
Not found.
Method "{method}" not allowed.
Could not satisfy the request Accept header.
Unsupported media type "{media_type}" in request.
Malformed request.
Invalid input.
Request was throttled.
Invalid data. Expected a dictionary, but got {datatype}.
This field is required.
This field may not be null.
This field may not be blank.
Not a valid string.
Null characters are not allowed.
Surrogate characters are not allowed: U+{code_point:X}.
Invalid pk "{pk_value}" - object does not exist.
Incorrect type. Expected pk value, received {data_type}.
“%(value)s” is not a valid UUID.
Unable to log in with provided credentials.
Must include "username" and "password".
User account is disabled.
Invalid token.
User inactive or deleted.
""".splitlines()

HEADERS = """\
de
DE
de-at
de-AT-1901
zh
zh-cn
zh-tw
zh-hk
zh-mo
zh-sg
zh-my
zh-hant-tw
zh-hans-cn
zh-latn
sr-latn
sr-latn-rs
sr-cyrl
no
nb-no
pt
pt-br
pt-pt
es-ar
es-cl
es-419
fr-ca
ru-ru
en
en-us
en-gb
xx
xx-yy
*
*;q=0.5, de
de;q=0.1, *
de;q=0
de;q=0, fr;q=0
de;q=0.5, fr;q=0.9
en;q=0.5, fr;q=0.9
fr, de
fr;q=0.8, de;q=0.8
xx, de;q=0.1
de;q=0.123
de;q=0.1234
de;q=1.000
de;q=1.5
de;q=1.
de;q=0.
de;q=.5
de;q=
de;q
de ;q=0.5
de; q=0.5
de ; q=0.5,fr
de;q =0.5
de;level=1
de,
de,,fr
,de
de fr
de , fr
de_AT
deutschland
deutschland-x
abcdefghi
de-123456789
1de
d
d-e
\u00e4
fr-ca@euro
da, en-gb;q=0.8, en;q=0.7
""".splitlines()


def plain(text):
    """One notation for placeholders: {name}."""
    return re.sub(r"\{(\w*):X\}", r"{\1}", re.sub(r"%\((\w+)\)s", r"{\1}", text))


def placeholders(text):
    return sorted(re.findall(r"\{\w*\}", text))


def translated(language, message):
    with translation.override(language):
        return trans_real.gettext(message)


def catalogue(language):
    for message in MESSAGES:
        text = translated(language, message)
        if text == message:
            continue
        if placeholders(plain(text)) != placeholders(plain(message)) or re.search(r"[\t\n]|%\w", text):
            print(f"left out, {language}: {message!r} -> {text!r}")
            continue
        yield f"{plain(message)}\t{plain(text)}\n"


def chosen(header):
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = header
    return translation.get_language_from_request(request)


def headers():
    yield from HEADERS
    yield "fr, " + "x-" * 244 + "x, de"
    yield "x" * 501
    yield "xx, " * 124 + "de, fr"
    yield "xx, " * 123 + "de, fr, it"
    source = random.Random(7)
    tags = ["de", "fr", "pt-BR", "zh-TW", "xx", "es-MX", "sr-Latn", "*", "en-US", "ja", "zh", "q", "az-x-y"]
    quality = ["", ";q=0.3", ";q=0.30", "; q=0.9", " ;q=1", ";q=0", ";q=2", ";Q=0.4", ";x=1"]
    weights = [8, 6, 6, 6, 6, 2, 1, 1, 1]
    for _ in range(250):
        parts = [
            source.choice(tags) + source.choices(quality, weights)[0] for _ in range(source.randint(1, 5))
        ]
        yield source.choice([",", ", ", " , "]).join(parts)


def main():
    assert all(len(placeholders(plain(message))) <= 1 for message in MESSAGES)
    for language, _ in settings.LANGUAGES:
        assert translation.get_supported_language_variant(language) == language
        if language != "en":
            (HERE / f"{language}.tsv").write_text("".join(catalogue(language)), "utf-8")
    rows = (f"{header}\t{chosen(header)}\n" for header in headers())
    (HERE / "accept-language.tsv").write_text("".join(rows), "utf-8")


if __name__ == "__main__":
    main()
