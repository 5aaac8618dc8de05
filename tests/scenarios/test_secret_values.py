"""What is called a secret is hidden in addresses, in words and in code; what is not is left as it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import asgi_vs_wsgi
from asgi_vs_wsgi.scenarios.secret_literals import without_secret_literals
from asgi_vs_wsgi.scenarios.secret_values import (
    without_passwords_and_tokens,
    without_secret_values,
    without_secrets_in_words,
)

SECRET = "planted-4711"
CATALOG = Path(asgi_vs_wsgi.__file__).parent / "scenarios" / "catalog"
NAMES = ("token", "access_token", "jwt", "sig", "pwd", "auth", "oauth", "sid", "otp", "SAMLResponse", "a%5Bpassword%5D")


@pytest.mark.parametrize("name", NAMES)
def test_a_value_in_an_address_is_hidden_for_its_name(name: str):
    assert without_secret_values(f"/x?page=7&{name}={SECRET}&q=1") == f"/x?page=7&{name}=not-saved&q=1"


@pytest.mark.parametrize(
    "path",
    [
        f"/x?next=/reset%3Ftoken%3D{SECRET}",
        f"/x?next=/reset%253Fsig%253D{SECRET}",
        f"/x?next=https%3A%2F%2Fme%3A{SECRET}%40host%2F",
        f"/x?data=%7B%22token%22%3A%22{SECRET}%22%7D",
        f"/x?%74oken={SECRET}",
        f"/x;token={SECRET}?q=1;sid={SECRET}#access_token={SECRET}",
        f"https://me:{SECRET}@host/x",
    ],
)
def test_a_value_in_an_address_is_hidden_however_it_is_escaped_or_nested(path: str):
    hidden = without_secret_values(path)
    assert SECRET not in hidden
    assert without_secret_values(hidden) == hidden


def test_addresses_in_addresses_stay_where_they_say_no_secret():
    path = "/x?next=https%3A%2F%2Fhost%2Fy%3Fpage%3D2&at=10:30&q=a%20b;c#d"
    assert without_secret_values(path) == path


def test_what_only_begins_as_a_short_name_does_is_none():
    path = "/x?author=1&signal=2&side=3&design=4&auth_user=5&option=6"
    assert without_secret_values(path) == path


@pytest.mark.parametrize(
    "words",
    [
        f"could not connect: host=db user=me password={SECRET} port=5432",
        f"Server=db;Uid=me;Pwd={SECRET};Encrypt=no",
        f"login failed for me with password '{SECRET}'",
        f"bad config {{'token': '{SECRET}', 'PASSWORD': \"{SECRET}\", 'secret_key': {SECRET}}}",
        f"sent Authorization: Bearer {SECRET}, and Cookie: sessionid={SECRET}",
        f"Incorrect API key provided: {SECRET}",
        f"API_TOKEN={SECRET} is no good",
        f"status 2 of curl -u me:{SECRET} https://x.example/?sig={SECRET}",
        f"redis://:{SECRET}@host:6379 is away",
        f"environ({{'SECRET_KEY': '{SECRET}', 'DATABASE_URL': 'postgres://me:{SECRET}@db/x'}})",
        f"headers=[(b'authorization', b'Token {SECRET}'), (b'accept', b'*/*')]",
        f"HTTP_AUTHORIZATION=Token {SECRET}",
        f"Set-Cookie: shop={SECRET}; Path=/",
        f"Settings(password=SecretStr('{SECRET}'), token=b'{SECRET}', pass={SECRET})",
        f"SECRET_KEY must not be '{SECRET}'",
        f"https://{SECRET}@code.example/x.git: not found",
        f"run --password {SECRET}",
        f"cannot read -----BEGIN RSA PRIVATE KEY----- {SECRET} -----END RSA PRIVATE KEY-----",
    ],
)
def test_the_words_of_an_exception_lose_what_they_call_a_secret(words: str):
    hidden = without_secrets_in_words(words)
    assert SECRET not in hidden
    assert without_secrets_in_words(hidden) == hidden
    assert hidden.count("***") + hidden.count("not-saved") == words.count(SECRET)


@pytest.mark.parametrize(
    "words",
    ["KeyError: 'name'", "CSRF token missing", "Key (email)=(a) already exists.", "{token} tokens: 3", "no such user"],
)
def test_other_words_of_an_exception_stay(words: str):
    assert without_secrets_in_words(words) == words


CODE = f'''
def page(request, password: str = "{SECRET}"):
    dsn = "host=db user=me password={SECRET} port=1"  # the password: {SECRET}
    odbc = 'Server=x;Pwd={SECRET};'
    auth = ("me", "{SECRET}")
    jwt = "{SECRET}"
    headers["x-auth"] = "{SECRET}"
    words = "bad {{'token': '{SECRET}', 'PASSWORD': \\"{SECRET}\\"}}"
    command = "curl -u me:{SECRET} https://x.example/?otp={SECRET}"
'''
HARMLESS = """
def page(request):
    user = get_model("auth", "User").objects.get(password=form.cleaned)
    author, signal = "me", f"password={password} token: %s"
    AUTH_USER_MODEL = "shop.User"
"""


def test_code_stays_code_without_what_its_literals_and_comments_say():
    hidden = without_secret_literals(without_passwords_and_tokens(CODE))
    assert SECRET not in hidden
    assert "host=db user=me password=*** port=1" in hidden
    assert ast.unparse(ast.parse(hidden).body[0]).count("\n") == ast.unparse(ast.parse(CODE).body[0]).count("\n")


def test_names_of_variables_are_no_secrets():
    assert without_secret_literals(without_passwords_and_tokens(HARMLESS)) == HARMLESS


MODULES = [
    r"""head = b"GET / HTTP/1.1\r\nCookie: " + cookies + b"\r\nHost: x\r\n\r\n" """,
    r"""head = "Authorization: " + auth + "\r\n" """,
    r"""print("password:", password, "x")""",
    r"""assert "Cookie: " in head, "x" """,
    r"""words = "token=" if short else "n" """,
    r"""body = '{"token": "' + value + '"}'""",
    r"""body = "{\"token\": \"" + value + "\"}" """,
    r"""url = "/x?password=" + password + "&b=c" """,
    r"""url = f"/x?token={request.GET['token']}&b=c" """,
    r"""url = f"{url}?api_key={key!r:>{width}}" """,
    r"""sent = f"Bearer {os.environ['API_TOKEN']}", f"token: {request.headers['x']}" """,
    r"""sent = f"password=pre{d['x']}", "Bearer a\"b" """,
    "API_KEY=settings.KEY",
    "PASSWORD = 'one \\\n two'\nx = 'token=one \\\n two'",
]


@pytest.mark.parametrize("code", MODULES)
def test_a_module_is_python_afterwards(code: str):
    code = f"\n\n{code.strip()}\n"
    before, after = ast.parse(code), ast.parse(without_secret_literals(code, python=True))
    names = [[node.id for node in ast.walk(tree) if isinstance(node, ast.Name)] for tree in (before, after)]
    assert names[1] == names[0] or "{" in code, "what stands between two literals is in neither"
    assert [each.lineno for each in before.body] == [each.lineno for each in after.body]


@pytest.mark.parametrize(
    "code", [f'"token=" + "{SECRET}"', f'"token=" "{SECRET}"', f"'{{\"token\": \"' + '{SECRET}' + '\"}}'"]
)
def test_a_literal_that_is_joined_to_a_name_is_hidden(code: str):
    hidden = without_secret_literals(code, python=True)
    assert hidden == code.replace(SECRET, "***")


MEANT = f"""
def page(request, password: Annotated[str, Doc("as one is told")] = "{SECRET}", *, pin="{SECRET}"):
    behind = "{SECRET}"
    further = behind if request else "{SECRET}"
    connect(password=further)
    token = \\
        "{SECRET}"
    secret, name = "{SECRET}", "kept-1"
    api_key = "{SECRET}" + \'{SECRET}\'.join(["{SECRET}"])
    if "{SECRET}" == token or request.META["HTTP_AUTHORIZATION"] != f"{SECRET} {{name}}":
        user.set_password("{SECRET}")
    hmac.new(b"{SECRET}", jwt.encode(name, "{SECRET}"))
    hmac.new(further, name)
    login("ada", '''{SECRET}
        {SECRET}''')
    return render(request, "kept-2.html", {{"title": "kept-3", "sessionid": "{SECRET}"}}), os.environ["kept-4"]
"""


def test_in_a_module_a_literal_is_hidden_for_what_its_grammar_makes_of_it():
    hidden = without_secret_literals(MEANT, python=True)
    assert SECRET not in hidden
    assert [f"kept-{each}" in hidden for each in (1, 2, 3, 4)] == [True] * 4
    assert [n.lineno for n in ast.walk(ast.parse(hidden)) if isinstance(n, ast.stmt)] == [
        n.lineno for n in ast.walk(ast.parse(MEANT)) if isinstance(n, ast.stmt)
    ]


def test_the_views_of_the_catalog_are_shown_as_they_are():
    views = [*CATALOG.glob("*/views.py")]
    assert len(views) > 20
    for file in views:
        code = file.read_text(encoding="utf-8")
        assert without_secret_literals(code, python=True) == code, file


def test_a_module_has_no_more_secrets_than_any_code():
    assert SECRET not in without_secret_literals(CODE, python=True)
    assert without_secret_literals(HARMLESS, python=True) == HARMLESS


def test_a_text_made_to_be_slow_is_not():
    """As long as one that a saved run may hold, and nothing is tried twice."""
    code = 'x = "token: ' + "{a}" * 20_000 + "\n"
    assert without_secret_literals(code) == code
    behind = "".join(f"v{place} = v{place + 1}\n" for place in range(2000, 0, -1)) + "password = v1\n"
    assert without_secret_literals(behind, python=True) == behind
