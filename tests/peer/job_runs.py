# SPDX-License-Identifier: MIT
"""Simulates job runs as EMR Serverless's documents describe them, on a clock that a test sets, without a network.

A run's `life` is a list of stages: each is a state and how many seconds it lasts (None: without end). A stage
that goes back to an earlier state begins another attempt. Each rule quotes the document that it is from:
    model   service-2.json of EMR Serverless, API version 2021-07-13
    states  EMR Serverless User Guide, "Job run states"
    grace   the same, "EMR Serverless job run cancellation with grace period"
    queue   the same, "Job concurrency and queuing for an EMR Serverless application"
    retry   the same, "EMR Serverless Job resiliency"
Where no document has a rule, the text says "not documented", and the code is our choice.
"""
from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

# model: JobRunState. Without a cancellation a run passes through ORDER and then to SUCCESS or FAILED; ENDED is final.
ORDER = ("SUBMITTED", "QUEUED", "PENDING", "SCHEDULED", "RUNNING")
ENDED = ("SUCCESS", "FAILED", "CANCELLED")
STATES = (*ORDER, "CANCELLING", *ENDED)
# states: "A job state's passes from SUBMITTED through RUNNING until it reaches FAILED, SUCCESS, or
# CANCELLING." How long each takes is not documented.
Life = tuple[tuple[str, "float | None"], ...]
ENDLESS: Life = (("SUBMITTED", 1), ("PENDING", 1), ("SCHEDULED", 10), ("RUNNING", None))
RUNNING: Life = (("RUNNING", None),)

# grace: "Valid Range for Shutdown Grace period: 15-1800 seconds (optional)"; "Immediate termination
# (without any grace period): 0 second". It is not documented that other values are refused.
GRACE_S = (15, 1800)
STREAMING_GRACE_S = 120  # grace: the default of streaming jobs; batch jobs have none
GRACE_RELEASE = (7, 9)  # grace: "supported with Amazon EMR releases 7.9.0 and higher"
# states, of CANCELLING: "EMR Serverless is trying to cancel the job in the application and release the
# resources." How long that takes without a grace period is not documented.
RELEASING_S = 1.0
TIMEOUT_MINUTES = 720  # model: "If no timeout was specified, then it returns the default timeout of 720 minutes."
QUEUE_TIMEOUT_MINUTES = 360  # model: "the default value is 360 minutes (6 hours)"
VCPU, MEMORY_GB, STORAGE_GB = 4, 16, 0  # of each run; used only for the billed resources


class Clock:
    """A clock that a test moves, in seconds since 1970. It runs `speed` times as fast as real time; 0: it stands
    still."""

    def __init__(self, now_s: float | None = None, speed: float = 0):
        self._base_s = time.time() if now_s is None else now_s
        self._mark_s, self._speed = time.monotonic(), speed

    def now_s(self) -> float:
        return self._base_s + (time.monotonic() - self._mark_s) * self._speed

    def advance(self, by_s: float) -> None:
        self._base_s += by_s

    def set_speed(self, speed: float) -> None:
        self._base_s, self._mark_s, self._speed = self.now_s(), time.monotonic(), speed


class Bucket:
    """A quota of requests: a burst, and `rate` per second after it"""

    def __init__(self, rate: float, burst: float):
        self.rate, self.burst = rate, burst
        self._left, self._then_s = float(burst), None

    def take(self, now_s: float) -> bool:
        if self._then_s is not None:
            self._left = min(self.burst, self._left + (now_s - self._then_s) * self.rate)
        self._then_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True


@dataclass(frozen=True)
class Event:
    """Something that happened to a run. `what` is "state", "cancel", "ignored" (a cancellation in
    CANCELLING) or "timeout". `request_id` is that of the request that caused it; empty: none did."""

    at_s: float
    what: str
    state: str
    attempt: int
    request_id: str = ""


@dataclass
class Run:
    """One job run. A test may change it while it has the service's lock, or while there are no requests.
    `members` replaces members of GetJobRun's answer: None becomes null, ABSENT leaves the member out."""

    application_id: str
    job_run_id: str
    life: Life = RUNNING
    name: str | None = None
    mode: str = "BATCH"
    tags: dict[str, str] = field(default_factory=dict)
    release: str = "emr-7.9.0"
    created_by: str = ""
    execution_role: str = ""
    job_driver: dict = field(default_factory=dict)
    overrides: dict = field(default_factory=dict)
    timeout_minutes: int | None = None
    hooks_s: float | None = None  # how long the job's shutdown hooks take; None: all of the grace period
    ends_as: str = "CANCELLED"  # the state after CANCELLING; SUCCESS or FAILED: the run ended by itself meanwhile
    members: dict = field(default_factory=dict)
    bulk_size: int = 0  # how many bytes are added to GetJobRun's answer
    hidden: dict[str, int] = field(default_factory=dict)  # per operation: how many answers are 404 before a true one
    stale_looks: int = 0  # how many looks after each change of state return the run as it was before

    state: str = ""
    details: str = ""
    attempt: int = 1
    created_s: float = 0
    attempt_s: float = 0
    updated_s: float = 0
    started_s: float | None = None
    ended_s: float | None = None
    queued_s: float = 0
    history: list[Event] = field(default_factory=list)
    attempts: dict[int, Run] = field(default_factory=dict)  # earlier attempts, each as it ended
    before: Run | None = None  # the run before its last change of state
    stale_left: int = 0
    _at: int = 0
    due_s: float | None = None  # when its next step is due
    _waits: bool = False  # QUEUED because the application is full

    @property
    def is_live(self) -> bool:
        return self.state not in ENDED

    @property
    def takes_a_slot(self) -> bool:
        """queue: "if your job run concurrency is 10, only ten jobs are run at a time on your application"."""
        return self.is_live and self.state not in ("SUBMITTED", "QUEUED")

    def states(self) -> list[str]:
        """ret: all states that the run has had, in order"""
        return [event.state for event in self.history if event.what == "state"]

    def looked_at(self) -> Run:
        """ret: the run that a look returns: as it is, or as it was before its last change. It is not documented that
        AWS's answers may be old."""
        if self.stale_left > 0 and self.before:
            self.stale_left -= 1
            return self.before
        return self

    def billed_s(self) -> float | None:
        """model: "The billed resources include a 1-minute minimum usage for workers". Only a run that was RUNNING
        and has ended has it: totalExecutionDurationSeconds "is only available for job runs in a COMPLETED, FAILED,
        or CANCELLED state"."""
        if self.is_live or self.started_s is None:
            return None
        return max(60.0, self.ended_s - self.started_s)

    def enter(self, state: str, now_s: float, seconds: float | None, request_id: str = "") -> None:
        self._remember()
        self.due_s = None if seconds is None else now_s + seconds
        if self.state == "QUEUED":
            self.queued_s += now_s - self.updated_s
        if state in ORDER and self.state in ORDER and ORDER.index(state) <= ORDER.index(self.state):
            self._begin_attempt(now_s)
        self.state, self.updated_s = state, now_s
        if state == "RUNNING":
            self.started_s = now_s
            self._limit(now_s)
        if state in ENDED:
            self.ended_s = now_s
        self.history.append(Event(now_s, "state", state, self.attempt, request_id))

    def step(self, now_s: float, is_full: bool) -> None:
        """Makes the changes that are due now. `is_full`: the application has no slot for another run."""
        if self.state == "CANCELLING":
            self.enter(self.ends_as, now_s, None)
        elif self._waits:
            # queue: "If queue timeout is reached earlier, your job times out."
            self.time_out(now_s)
        elif self.state == "RUNNING" and self._at_limit(now_s):
            # model: "If the job run runs beyond this duration, it will be automatically cancelled."
            self.time_out(now_s)
        else:
            self.go_on(now_s, is_full)

    def go_on(self, now_s: float, is_full: bool) -> None:
        if self.state == "SUBMITTED" and is_full:
            # states: "The job run waits in this state when application level job run concurrency is
            # fully occupied."
            self._waits = True
            self.enter("QUEUED", now_s, QUEUE_TIMEOUT_MINUTES * 60)
            return
        self._waits = False
        self._at += 1
        self.enter(self.life[self._at][0], now_s, self.life[self._at][1])

    @property
    def waits(self) -> bool:
        return self._waits and self.state == "QUEUED"

    def cancel(self, now_s: float, grace_s: int | None = None, request_id: str = "") -> bool:
        """ret: False: the run had ended, and nothing was done"""
        if not self.is_live:
            return False
        if self.state == "CANCELLING":
            # grace: "Subsequent cancel requests during the CANCELLING state are ignored."
            self.history.append(Event(now_s, "ignored", self.state, self.attempt, request_id))
            return True
        self.history.append(Event(now_s, "cancel", self.state, self.attempt, request_id))
        self._stop(now_s, grace_s, request_id)
        return True

    def time_out(self, now_s: float) -> None:
        """states: "The CancelJobRun API has requested job run cancellation, or the job run has timed out"."""
        self.history.append(Event(now_s, "timeout", self.state, self.attempt))
        self._stop(now_s, None, "")

    def _stop(self, now_s: float, grace_s: int | None, request_id: str) -> None:
        if grace_s is None:
            grace_s = STREAMING_GRACE_S if self.mode == "STREAMING" else 0
        # grace: "Grace period shutdown is only available for jobs in RUNNING state."
        if self.state != "RUNNING" or _release(self.release) < GRACE_RELEASE:
            grace_s = 0
        # grace, not word for word: the job ends as soon as its hooks have finished.
        wait_s = grace_s if self.hooks_s is None else min(grace_s, self.hooks_s)
        self._waits = False
        self.enter("CANCELLING", now_s, wait_s if grace_s else RELEASING_S, request_id)

    def _begin_attempt(self, now_s: float) -> None:
        """retry: "it automatically retries any failed jobs without any manual input from you"."""
        ended = replace(self, state="FAILED", ended_s=now_s, updated_s=now_s)
        self.attempts[self.attempt] = ended
        self.attempt += 1
        self.attempt_s, self.started_s = now_s, None

    def _remember(self) -> None:
        if self.state and self.stale_looks:
            self.before, self.stale_left = replace(self, before=None), self.stale_looks

    def timeout_s(self) -> float | None:
        """ret: the limit of the run's time; None: it has none, also if 0 minutes were given. It is not documented
        whether a streaming job has the default."""
        default = None if self.mode == "STREAMING" else TIMEOUT_MINUTES
        minutes = default if self.timeout_minutes is None else self.timeout_minutes
        return minutes * 60 if minutes else None

    def _limit(self, now_s: float) -> None:
        limit_s = self.timeout_s()
        if limit_s is not None and (self.due_s is None or now_s + limit_s < self.due_s):
            self.due_s = now_s + limit_s

    def _at_limit(self, now_s: float) -> bool:
        limit_s = self.timeout_s()
        seconds = self.life[self._at][1]
        return limit_s is not None and now_s >= self.started_s + limit_s and (seconds is None or limit_s < seconds)


def _release(label: str) -> tuple[int, ...]:
    numbers = label.removeprefix("emr-").split(".")
    return tuple(int(number) if number.isdigit() else 0 for number in numbers)


@dataclass
class Application:
    """model: maxConcurrentRuns: "The maximum concurrent job runs on this application. If scheduler
    configuration is enabled on your application, the default value is 15." None: the application has no queue."""

    application_id: str
    name: str = "emrs"
    release: str = "emr-7.9.0"
    max_concurrent_runs: int | None = None
    created_s: float = 0
    runs: dict[str, Run] = field(default_factory=dict)

    def add(self, run: Run, now_s: float) -> None:
        run.created_s = run.attempt_s = now_s
        self.runs[run.job_run_id] = run
        run.enter(run.life[0][0], now_s, run.life[0][1])

    def is_full(self) -> bool:
        taken = sum(run.takes_a_slot for run in self.runs.values())
        return self.max_concurrent_runs is not None and taken >= self.max_concurrent_runs

    def settle(self, now_s: float) -> None:
        """Makes all changes that are due, the earliest first."""
        while due := self._next(now_s):
            at_s, run = due
            run.step(at_s, self.is_full())
            self._admit(at_s)

    def _next(self, now_s: float) -> tuple[float, Run] | None:
        due = [(run.due_s, run) for run in self.runs.values()]
        now = [each for each in due if each[0] is not None and each[0] <= now_s]
        return min(now, key=lambda each: each[0], default=None)

    def _admit(self, now_s: float) -> None:
        """queue: "Remaining jobs are queued until one of the running jobs terminates"."""
        for run in [each for each in self.runs.values() if each.waits]:
            if not self.is_full():
                run.go_on(now_s, False)
