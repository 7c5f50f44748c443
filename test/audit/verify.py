#!/usr/bin/env python3
"""Checks audit logs as docs/audit-log.md describes them, signatures excepted.

usage: verify.py DIRECTORY...
One line for each directory: `ok RECORDS` or `broken RECORD RULE`. Ends with 1 if any is broken.
"""
import hashlib
import hmac
import os
import re
import sys

MAX_LINE = 16384
MAX_SEQ = 2**53 - 1

HEX = "[0-9a-f]"
TEXT = r'(?:null|"((?:[^"\\]|\\.)*)")'
NUMBER = r"(?:null|0|[1-9][0-9]{0,15})"
RECORD = re.compile(
    r'\{"seq":(?P<seq>[1-9][0-9]{0,15}),"ts":"(?P<ts>[^"]*)","event":"(?P<event>[a-z][a-z_]{0,31})"'
    + "".join(f',"{name}":{TEXT}' for name in ("agent_id", "session", "profile", "service", "backend", "delivery"))
    + f',"uid":{NUMBER},"pid":{NUMBER}'
    + "".join(f',"{name}":{TEXT}' for name in ("reason", "code"))
    + rf'(?:,"sig":"(?P<sig>{HEX}{{128}})")?,"prev":"(?P<prev>{HEX}{{64}})"'
    + rf',"hash":"(?P<hash>{HEX}{{64}})","mac":"(?P<mac>{HEX}{{64}})"\}}'
)
TIME = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z", re.ASCII)
HEAD = re.compile(
    rf'\{{"seq":([1-9][0-9]{{0,15}}),"bytes":([1-9][0-9]{{0,15}}),"hash":"({HEX}{{64}})","mac":"({HEX}{{64}})"\}}\n'
)
ESCAPE = re.compile(r'\\(?:(["\\])|u([0-9a-f]{4}))|\\.')


class Broken(Exception):
    pass


def is_canonical_text(text):
    """Only what has to be escaped is escaped, and only in the one way."""
    for found in ESCAPE.finditer(text):
        if found[1] is None and (found[2] is None or 0x20 <= int(found[2], 16) <= 0x7E):
            return False
    return True


def parse_line(line):
    if len(line) > MAX_LINE:
        raise Broken("the line is longer than a record can be")
    found = None
    if all(0x20 <= byte <= 0x7E for byte in line):
        found = RECORD.fullmatch(line.decode("ascii"))
    if (
        found is None
        or not TIME.fullmatch(found["ts"])
        or int(found["seq"]) > MAX_SEQ
        or (found["event"] == "anchor") != (found["sig"] is not None)
        or not all(is_canonical_text(text or "") for text in found.groups())
    ):
        raise Broken("the line is not a canonical record")
    return found


def check_line(line, key):
    found = parse_line(line)
    body = line[: line.rindex(b',"hash":')] + b"}"
    digest = hashlib.sha256(body).digest()
    if digest.hex() != found["hash"]:
        raise Broken("hash does not match the line")
    if hmac.new(key, digest, hashlib.sha256).hexdigest() != found["mac"]:
        raise Broken("mac does not match the hash")
    return found


def read_head(path):
    """The head's four values, or the rule that it breaks."""
    if not os.path.exists(path):
        return "the head is missing"
    with open(path, "rb") as file:
        text = file.read().decode("latin-1")
    if text == "":
        return "the head is empty"
    found = HEAD.fullmatch(text)
    if found is None or int(found[1]) > MAX_SEQ or int(found[2]) > MAX_SEQ:
        return "the head is not canonical"
    return int(found[1]), int(found[2]), found[3], found[4]


def verify(directory):
    def path(name):
        return os.path.join(directory, name)

    head = read_head(path("head"))
    if not os.path.exists(path("audit.jsonl")):
        return "broken 1 the log is missing"
    with open(path("mac.key"), "rb") as file:
        key = file.read()
    count, length, prev, rest = 0, 0, "0" * 64, b""
    try:
        with open(path("audit.jsonl"), "rb") as log:
            for line in log:
                if not line.endswith(b"\n"):
                    rest = line
                    break
                found = check_line(line[:-1], key)
                length += len(line)
                if int(found["seq"]) != count + 1:
                    raise Broken("seq is not the next number")
                if found["prev"] != prev:
                    raise Broken("prev is not the hash of the record before")
                if not isinstance(head, str) and head[0] == count + 1:
                    if head[1:] != (length, found["hash"], found["mac"]):
                        raise Broken("the record is not the one that the head names")
                count, prev = count + 1, found["hash"]
        if not isinstance(head, str) and head[0] > count:
            raise Broken("the log ends before its head")
        if rest:
            raise Broken("the last line is not complete")
        if isinstance(head, str) and not (head == "the head is missing" and count == 0):
            raise Broken(head)
    except Broken as broken:
        return f"broken {count + 1} {broken}"
    return f"ok {count}"


def main(directories):
    verdicts = [verify(directory) for directory in directories]
    for verdict in verdicts:
        print(verdict)
    return 0 if all(verdict.startswith("ok ") for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
