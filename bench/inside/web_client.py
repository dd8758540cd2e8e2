"""What the web client asks for: real requests, through all of Odoo's HTTP layer."""

import json

from werkzeug.test import Client

import odoo.http
from odoo.service import security

from .meter import Meter

#: user -> client with a session
clients = {}


def client(env):
    """Return a logged-in client."""
    if env.uid not in clients:
        root = odoo.http.root
        session = root.session_store.new()
        session.update(odoo.http.get_default_session(), db=env.cr.dbname, _trace_disable=True)
        session.uid, session.login = env.uid, env.user.login
        session.session_token = security.compute_session_token(session, env)
        session.context = dict(env["res.users"].context_get())
        root.session_store.save(session)
        clients[env.uid] = Client(root)
        clients[env.uid].set_cookie("session_id", session.sid)
    return clients[env.uid]


def request(env, path, params):
    """Measure one request of the web client, as its user."""
    found = client(env)
    body = {"jsonrpc": "2.0", "method": "call", "params": params}
    with Meter() as meter:
        response = found.post(path, json=body)
        data = response.get_data()
    answer = json.loads(data)
    if "error" in answer:
        raise RuntimeError(answer["error"]["data"]["debug"])
    return meter.result(bytes=len(data), found=size_of(answer["result"]))


def call(env, model, method, args, kwargs):
    """Measure one call of a method of a model."""
    params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
    return request(env, f"/web/dataset/call_kw/{model}/{method}", params)


def size_of(result):
    """Return how much an answer holds, so that nobody measures nothing."""
    if isinstance(result, dict):
        for key in ("length", "messages", "groups"):
            if key in result:
                return result[key] if isinstance(result[key], int) else len(result[key])
    return result if isinstance(result, int) else len(result or ())
