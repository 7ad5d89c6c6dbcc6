"""Writes the vectors beside this file by asking Django and Django REST framework themselves.

    pip install django==5.2.* djangorestframework==3.18.*
    python make.py
"""

import io
import json
import pathlib
import random

import django
from django.conf import settings

settings.configure(ALLOWED_HOSTS=["*"], DATABASES={}, SECRET_KEY="vectors", ROOT_URLCONF=__name__)
django.setup()
urlpatterns = []

from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, QueryDict
from django.http.request import split_domain_port, validate_host
from rest_framework import exceptions, parsers, renderers, serializers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

HERE = pathlib.Path(__file__).parent
chance = random.Random(1)


def write(name, vectors):
    lines = ",\n".join(json.dumps(vector, ensure_ascii=True) for vector in vectors)
    (HERE / f"{name}.json").write_text(f"[\n{lines}\n]\n")


def request(**meta):
    environ = {"REQUEST_METHOD": "POST", "wsgi.input": io.BytesIO(), "PATH_INFO": "/", **meta}
    return Request(WSGIRequest(environ))


def negotiation():
    types = ["*/*", "application/json", "application/*", "text/html", "text/*", "application/xml", "xyz", "*",
             "*/json", "TEXT/HTML", "text/html;level=1", "application/json; indent=4", "*/*;q=0.1", "",
             "application/json;indent=3;q=0.2", 'text/html;a="b;c"', "application/json;q=0", " ", ";q=1",
             "text/html; q=1; indent=2", "application/json;indent= 7 ", "application/json;indent=-3",
             'application/json;INDENT="5"', "json/application", "application/json/x", "application/json;",
             "*/html", "application/*;indent=2", "application/json;indent=+6", "text/html;;x"]
    queries = ["", "format=json", "format=api", "format=xml", "format=", "format=json&format=api", "a=format"]
    html = renderers.BrowsableAPIRenderer
    for number in range(500):
        accept = None if number == 0 else ",".join(chance.choices(types, k=chance.randint(1, 4)))
        query = "" if chance.random() < 0.7 else chance.choice(queries)
        meta = {"QUERY_STRING": query}
        if accept is not None:
            meta["HTTP_ACCEPT"] = accept
        try:
            renderer, media_type = DefaultContentNegotiation().select_renderer(
                request(**meta), [renderers.JSONRenderer(), html()])
            if isinstance(renderer, html):
                answer = "html"
            else:
                answer = renderer.get_indent(media_type, {}) or 0
        except exceptions.NotAcceptable:
            answer = "not acceptable"
        except Http404:
            answer = "not found"
        # Equal types that ask for different indents: the framework picks one by the hash of the day.
        if accept is None or accept.lower().count("indent") < 2:
            yield [accept, query, answer]


def forms():
    pieces = ["a", "b", "=", "&", "+", "%20", "%", "%e9", "%c3%a9", "%C3", "%zz", ";", "é", "漢", " ", "%00", "%26",
              "%2B", "%F0%9F%98%80", "%f0%9f", "=", "&"]
    for number in range(400):
        charset = chance.choice(["utf-8", "utf-8", "latin-1", "ascii"])
        body = "".join(chance.choices(pieces, k=chance.randint(1, 10)))
        raw = body.encode("latin-1" if chance.random() < 0.2 and "漢" not in body else "utf-8")
        yield [charset, raw.hex(), list(QueryDict(raw, encoding=charset).dict().items())]


def content_types():
    names = ["application/json", "APPLICATION/JSON", "application/*", "*/*", "text/plain", "multipart/form-data",
             "application/x-www-form-urlencoded", "application/json; charset=utf-8", "application/json;",
             ";application/json", "application/json ; a=b", "*/form-data", "application/x-www-form-urlencoded;x",
             "multipart/*", "json", "", " application/json", "application/json,text/html", "x/json", "*/json",
             'application/json; a="', "application/" + "x" * 250, "application/json; a=" + "x" * 240]
    known = [parsers.JSONParser(), parsers.FormParser(), parsers.MultiPartParser()]
    for name in names:
        parser = DefaultContentNegotiation().select_parser(request(CONTENT_TYPE=name), known)
        yield [name, parser.media_type if parser else None]


def fields():
    class Trimmed(serializers.Serializer):
        field = serializers.CharField()

    class Untrimmed(serializers.Serializer):
        field = serializers.CharField(trim_whitespace=False)

    spaces = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000 and chr(code).isspace()]
    near = ["\u200b", "\u180e", "\ufeff", "\u2060", "\x07", "\x7f", "\x1b"]
    values = [json.dumps(space + "x" + space) for space in near] + ["0", "-0", "7", "-1", "1.0", "1.5", "1e3", "1E400", "1e16",
              "123456789012345678", "1e15", "0.0001", "0.00001", "12345678901234567890", "-0.0", "5e-324", "1.10",
              "9007199254740993.0", "true", "false", "null", "[]", "{}", '[""]', '""', '" "', '"a\\u0000b"', '"\\ud83d"',
              '"\\ud83d\\ude00"', '" \\udc00 "', '"\\u0000"', '" \\u0000 "']
    values += [json.dumps(space + "x" + space) for space in spaces] + [json.dumps(space) for space in spaces]
    for text in values:
        for trim, kind in [(True, Trimmed), (False, Untrimmed)]:
            data = {"field": json.loads(text)}
            serializer = kind(data=data)
            good = serializer.is_valid()
            errors = None if good else [str(error) for error in serializer.errors["field"]]
            yield [text, trim, serializer.validated_data["field"] if good else None, errors]


def hosts():
    patterns = [["*"], ["example.com"], [".example.com"], ["[::1]"], ["EXAMPLE.com", "127.0.0.1"], [""], []]
    names = ["example.com", "EXAMPLE.COM:80", "www.example.com", "example.com.", "a.example.com.:1", "[::1]", "[::1]:8",
             "127.0.0.1:8000", "127.0.0.1:", "a_b", "", ".", ":80", "a:b", "[:]", "[]", "[::1", "::1", "a b", "a/b",
             "-", "..", "[::1].", "[::ffff:1.2.3.4]", "x@example.com", "example.com:80:80", "[a]", "[1:]:", "[::G]"]
    for allowed in patterns:
        for name in names:
            domain, _ = split_domain_port(name)
            yield [allowed, name, bool(domain and validate_host(domain, allowed))]


for maker in [negotiation, forms, content_types, fields, hosts]:
    write(maker.__name__, maker())
