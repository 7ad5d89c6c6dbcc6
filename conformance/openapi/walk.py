"""Walks through the API as a client does, and holds every answer against the document: python walk.py BASE

Prints how many answers were held against it; ends with the first that is not what the document says.
"""

import json
import sys
import urllib.error
import urllib.request

from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

BASE = sys.argv[1]
answers = 0


def fetch(method, path, body=None, headers=()):
    request = urllib.request.Request(BASE + path, method=method, headers=dict(headers))
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    try:
        answer = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as refusal:
        answer = refusal
    return answer.status, answer.headers, answer.read()


DOCUMENT = json.loads(fetch("GET", "/openapi.json")[2])


def resolved(value):
    while "$ref" in value:
        target = DOCUMENT
        for name in value["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        value = target
    return value


def ask(method, path, body=None, headers=(), documented=None):
    """The answer's body, once it was held against the document."""
    global answers
    status, sent, data = fetch(method, path, body, headers)
    operation = DOCUMENT["paths"][documented or path][method.lower()]
    what = f"{method} {path}: {status} {data[:300]!r}"
    assert str(status) in operation["responses"], f"{what} is not documented"
    response = resolved(operation["responses"][str(status)])
    for name, header in response.get("headers", {}).items():
        assert name in sent or not resolved(header).get("required"), f"{what} lacks {name}"
    answers += 1
    if not data:
        assert "content" not in response, f"{what} has no body"
        return status, None
    schema = response["content"][sent["Content-Type"].split(";")[0]]["schema"]
    value = json.loads(data) if "json" in sent["Content-Type"] else data.decode()
    Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(value)
    return status, value


def good(*asked, **more):
    status, value = ask(*asked, **more)
    assert 200 <= status < 300, f"{asked}: {status} {value}"
    return value


def bearer(token, word="Bearer"):
    return {"Authorization": f"{word} {token}"}


def simple_jwt(user):
    pair = good("POST", "/api/token/", user)
    good("GET", "/hello/", headers=bearer(pair["access"]))
    ask("GET", "/hello/")
    ask("GET", "/hello/", headers=bearer("x"))
    ask("GET", "/hello/", headers={"Authorization": "Bearer"})
    good("POST", "/api/token/verify/", {"token": pair["access"]})
    good("POST", "/api/token/refresh/", {"refresh": pair["refresh"]})
    good("POST", "/api/token/blacklist/", {"refresh": pair["refresh"]})
    for path in ("/api/token/refresh/", "/api/token/blacklist/"):
        ask("POST", path, {"refresh": pair["refresh"]})
    sliding = good("POST", "/api/token/sliding/", user)
    good("POST", "/api/token/sliding/refresh/", sliding)


def jwt_auth(user):
    token = good("POST", "/api-token-auth/", user)["token"]
    good("POST", "/api-token-verify/", {"token": token})
    token = good("POST", "/api-token-refresh/", {"token": token})["token"]
    for path in ("/api/endpoint/", "/api/protected-endpoint/"):
        good("GET", path, headers=bearer(token))
        ask("GET", path)
    if "/api-token-blacklist/" in DOCUMENT["paths"]:
        ask("POST", "/api-token-impersonate/", {"user": 1}, bearer(token))
        good("GET", "/api-token-blacklist/", headers=bearer(token))
        ask("GET", "/api-token-blacklist/9/", headers=bearer(token), documented="/api-token-blacklist/{id}/")
        good("POST", "/api-token-blacklist/", {}, bearer(token))
        ask("GET", "/api-token-blacklist/", headers=bearer(token))


def cookie_auth(user):
    session = good("POST", "/accounts/login", {**user, "transport": "body"})
    good("POST", "/accounts/login", user)
    good("GET", "/accounts/user", headers=bearer(session["access_token"]))
    session = good("POST", "/accounts/refresh_token", {"refresh_token": session["refresh_token"]})
    good("POST", "/accounts/logout", {"refresh_token": session["refresh_token"]})
    ask("POST", "/accounts/refresh_token", {"refresh_token": session["refresh_token"]})
    ask("POST", "/accounts/refresh_token", {})


def operations():
    for path, item in DOCUMENT["paths"].items():
        if item.get("get", {}).get("tags") == ["operations"]:
            good("GET", path)


validate(DOCUMENT)
USER = {"username": "demo", "password": "demo"}
simple_jwt(USER)
jwt_auth(USER)
cookie_auth(USER)
operations()
print(f"held against the document: {answers} answers")
