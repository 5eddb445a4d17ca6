# SPDX-License-Identifier: MIT
"""Reads what a board's console printed about guard, cancellation and wait, and compares it with the record of the
service (emr_serverless.py).

    said = console.read(answer.stdout)
    wrong = console.contradictions(said, emr, run, emr.seen()[before:])

The output of a board that lost its power ends early. Each complete line of it must still be true.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field

import job_runs
from emr_http import Request
from emr_serverless import Service

# The words before the colon in each text of emrs_outcome_words, and the exit codes of a board that waits.
CODES = {"over": {0}, "stopping": {4}, "held back": {3}, "refused": {254}, "unknown": {5}, "not sent": {255, 253}}
SEEN = {
    "the job run was not seen": (),
    "the job run runs or waits to run": job_runs.ORDER,
    "the job run is being cancelled, and is still billed": ("CANCELLING",),
    "the job run was cancelled, and has stopped": ("CANCELLED",),
    "the job run has ended by itself": ("SUCCESS", "FAILED"),
    "the service does not know the job run": ("not found",),
}


@dataclass
class Said:
    states: list[tuple[str, str]] = field(default_factory=list)  # state, request id of the look
    effects: list[str] = field(default_factory=list)  # in the order in which the console printed them
    outcome: str = ""  # this and the members below: from the report at the end
    effect: str = ""
    seen: str = ""
    cancel_id: str = ""
    look_id: str = ""


def read(text: str) -> Said:
    """Ignores the last line if it is not complete."""
    lines = text.split("\n")[:-1]
    said = Said()
    marks = {"Effect of the cancellation": "effect", "Last look": "seen",
             "Request id of the cancellation": "cancel_id", "Request id of the last look": "look_id"}  # fmt: skip
    for line in lines:
        step = re.fullmatch(r" *\d+ ms  (\S+) +(.+)", line)
        name, _, value = line.partition(": ")
        if step and step[1] == "state":
            state, _, request_id = step[2].partition(", request id ")
            said.states.append((state, request_id))
        elif step and step[1] == "effect":
            said.effects.append(step[2])
        elif line.startswith("Job run "):
            said.outcome = value.partition(":")[0]
        elif name in marks:
            setattr(said, marks[name], value)
    return said


def told(requests: list[Request]) -> list[tuple[str, str]]:
    """ret: state and request id of each complete answer to a look"""
    looks = [each for each in requests if each.operation == "GetJobRun" and each.ended == "answered"]
    return [
        (each.state if each.status == 200 else "not found", each.request_id)
        for each in looks
        if each.status == 200 or each.error == "ResourceNotFoundException"
    ]


def contradictions(said: Said, emr: Service, run: job_runs.Run, requests: list[Request]) -> list[str]:
    """ret: each statement of the console that does not agree with the record of this board's requests"""
    return [*_of_looks(said, requests), *_of_effect(said, requests), *_of_end(said, emr, run, requests)]


def _of_looks(said: Said, requests: list[Request]) -> list[str]:
    answers = iter(told(requests))
    wrong = [f"no look returned {each}, or not in this order" for each in said.states if each not in answers]
    ids = [each.request_id for each in requests if each.operation == "GetJobRun"]
    if said.look_id and said.look_id not in ids:
        wrong.append(f"no look has the request id {said.look_id}")
    if said.seen:
        last = said.states[-1][0] if said.states else ""
        fits = last in SEEN.get(said.seen, ("",)) if last else said.seen == next(iter(SEEN))
        wrong += [] if fits else [f"the last look returned {last or 'nothing'}, but the console says '{said.seen}'"]
    return wrong


def _of_effect(said: Said, requests: list[Request]) -> list[str]:
    cancels = [each for each in requests if each.operation == "CancelJobRun"]
    accepted = [each for each in cancels if each.done and each.status in (0, 200)]
    wrong = []
    if "accepted" in (*said.effects, said.effect) and not accepted:
        wrong.append("no cancellation of this board was accepted")
    if said.effect in ("none", "refused") and accepted:
        wrong.append(f"a cancellation was accepted, but the console says '{said.effect}'")
    if said.effect == "none" and cancels:
        wrong.append("a cancellation was sent, but the console says 'none'")
    if said.cancel_id and said.cancel_id not in [each.request_id for each in cancels]:
        wrong.append(f"no cancellation has the request id {said.cancel_id}")
    return wrong


def _of_end(said: Said, emr: Service, run: job_runs.Run, requests: list[Request]) -> list[str]:
    states = [state for state, _ in told(requests)]
    cancelled = any(each.operation == "CancelJobRun" and each.done for each in requests)
    agrees = {
        "": True,
        "over": emr.state(run) in job_runs.ENDED and any(state in job_runs.ENDED for state in states),
        "stopping": cancelled or "CANCELLING" in states,
        "unknown": any(each.operation == "CancelJobRun" for each in requests),
    }
    return [] if agrees.get(said.outcome, not cancelled) else [f"the record contradicts '{said.outcome}'"]
