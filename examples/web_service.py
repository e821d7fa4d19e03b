"""The library inside a small web service (Flask): the service does HTTP, the library decides and remembers.

    pip install flask
    flask --app examples/web_service run

A refusal comes back as problem details (RFC 9457) that name the rule; bad input names every field that is wrong.
Whoever runs this as a service puts its own authentication in front: here the caller only says who they are.
"""

from __future__ import annotations

import os
import re
from datetime import date
from uuid import UUID, uuid4

from flask import Flask, Response, request

import zroute_core
from zroute_core import Actor, Trajectories, ZRouteError
from zroute_core.adapters.codec import read_json, write_json
from zroute_core.adapters.converter import from_plain, to_plain
from zroute_core.domain.decisions import Command
from zroute_core.errors import ConcurrencyError, InvalidInput, NotFound, RuleViolation
from zroute_core.trajectories import COMMANDS as ALL_COMMANDS

COMMANDS: dict[str, type[Command]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "-", one.__name__).lower(): one for one in ALL_COMMANDS
}
"""Every command for one participant, under its own name: AttendLesson is attend-lesson."""


def create_app(trajectories: Trajectories | None = None) -> Flask:
    """The service on these trajectories; on the store of ZROUTE_URL when none are given."""
    house = trajectories or zroute_core.open(os.environ.get("ZROUTE_URL", "memory:"))
    app = Flask(__name__)

    @app.post("/trajectories/<uuid:participant>/<name>")
    def command(participant: UUID, name: str) -> Response:
        if name not in COMMANDS:
            raise NotFound("there is no such command here", field="command")
        asked = from_plain(read_json(request.get_data()), COMMANDS[name])
        by = Actor(request.headers.get("X-Actor", ""), request.headers.get("X-Purpose", ""))
        key = request.headers.get("Idempotency-Key")
        receipt = house.handle(participant, asked, by=by, command_id=from_plain(key, UUID) if key else uuid4())
        facts = [{"id": str(one.event_id), "tag": one.event.tag} for one in receipt.facts]
        return _json({"facts": facts, "advisories": to_plain(receipt.advisories)}, 200)

    @app.get("/trajectories/<uuid:participant>/progress")
    def progress(participant: UUID) -> Response:
        asked = request.args.get("valid_on")
        day = None if asked is None else from_plain(asked, date)
        return _json(to_plain(house.progress(participant, valid_on=day)), 200)

    @app.errorhandler(ZRouteError)
    def problem(error: ZRouteError) -> Response:
        body: dict[str, object] = {"title": error.code, "status": _status(error), "detail": str(error)}
        if isinstance(error, RuleViolation):
            body["rules"] = list(error.rules)
        if isinstance(error, InvalidInput):
            body["errors"] = [{"field": one.field, "code": one.code, "detail": one.sentence} for one in error.errors]
        return _json(body, _status(error), "application/problem+json")

    return app


def _status(error: ZRouteError) -> int:
    match error:
        case InvalidInput():
            return 400
        case NotFound():
            return 404
        case RuleViolation() | ConcurrencyError():
            return 409
        case _:
            return 503


def _json(body: object, status: int, kind: str = "application/json") -> Response:
    return Response(write_json(body), status, content_type=kind)


if __name__ == "__main__":
    client = create_app(zroute_core.open("memory:")).test_client()
    person, who = "4f1f7c38-9a55-4d5c-8f63-3f6a4a1f2b10", {"X-Actor": "teacher-7", "X-Purpose": "z-route"}
    opening = {"on": "2024-03-04", "municipality": "0392", "target_group": "asylum-status-holder", "regime": "wi2021"}
    lesson = {"key": "les-1", "component": "language", "minutes": 120, "provider": "INTK", "modality": "online"}
    for path, sent in (
        ("open-trajectory", opening),
        ("attend-lesson", {"on": "2024-03-04", "lesson": lesson}),
        ("hold-intake", {"on": "2024-03-04", "parts": ["education-and-work"]}),
        ("attend-lesson", {"on": "2024-03-04", "lesson": lesson | {"minutes": "120"}}),
        ("attend-lesson", {"on": "2024-03-04", "lesson": lesson}),
    ):
        answer = client.post(f"/trajectories/{person}/{path}", data=write_json(sent), headers=who)
        told = answer.get_json()
        print(answer.status_code, path, told.get("detail") or [fact["tag"] for fact in told["facts"]])
    for day in ("2024-03-31", "31-03-2024"):
        answer = client.get(f"/trajectories/{person}/progress?valid_on={day}")
        told = answer.get_json()
        print(answer.status_code, f"progress on {day}:", told.get("detail") or told["categories"][0])
