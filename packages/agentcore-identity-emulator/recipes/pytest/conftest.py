"""Fixtures for tests of code that asks AgentCore Identity for tokens."""

import json
import os
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import boto3
import pytest

COMMAND = "agentcore-identity-emulator"


@pytest.fixture(scope="session")
def emulator():
    """The emulator's address. With `agentcore-identity-emulator exec -- pytest` it runs already; else it runs for this session."""
    running = os.environ.get("AGENTCORE_IDENTITY_EMULATOR_URL")
    if running:
        yield running
        return
    path = os.pathsep.join([os.path.join("node_modules", ".bin"), os.environ["PATH"]])
    program = shutil.which(COMMAND, path=path)
    assert program, f"install {COMMAND} first: npm install PATH/OF/ITS/TARBALL"
    process = subprocess.Popen([program, "--port", "0", "--json"], stdout=subprocess.PIPE, text=True)
    try:
        ready = json.loads(process.stdout.readline())
        key = ready["credentials"][0]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE", ready["url"])
            patch.setenv("AWS_REGION", ready["region"])
            patch.setenv("AWS_DEFAULT_REGION", ready["region"])
            patch.setenv("AWS_ACCESS_KEY_ID", key["accessKeyId"])
            patch.setenv("AWS_SECRET_ACCESS_KEY", key["secretAccessKey"])
            patch.delenv("AWS_SESSION_TOKEN", raising=False)
            patch.delenv("AWS_PROFILE", raising=False)
            patch.delenv("AWS_DEFAULT_PROFILE", raising=False)
            yield ready["url"]
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def control(emulator):
    """POST to one of the emulator's own routes. A test that uses it begins with an empty vault."""

    def post(route, **body):
        request = urllib.request.Request(
            f"{emulator}/_emulator/{route}",
            data=json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.loads(response.read() or "null")

    post("reset")
    return post


@pytest.fixture
def consent(control):
    """Lets a user consent, without a browser. Returns the address at which the browser would be: your return URL."""

    def consent_as(session_uri, user):
        return control(f"authorizations/{urllib.parse.quote(session_uri, safe='')}/consent", **{"as": user})["location"]

    return consent_as


@pytest.fixture
def identity(emulator):
    """Creates a client of AgentCore Identity like your code: the environment has the emulator's address."""
    return boto3.client("bedrock-agentcore")
