"""This repository's tests do not run this: it needs a Docker engine. pip install testcontainers boto3 pytest"""

import boto3
import pytest
from testcontainers.core.container import DockerContainer
from testcontainers.core.waiting_utils import wait_for_logs

PORT = 8082
# The emulator does not know the port that Docker chose, so the built-in identity has this return URL.
RETURN_URL = f"http://127.0.0.1:{PORT}/vendor/return"
# For /_emulator: this machine's requests do not come from the container's loopback, so their host name has to be allowed.
OPTIONS = "--control-host=localhost --credential=LOCALAGENT:local-secret --with-vendor"


@pytest.fixture(scope="session")
def emulator():
    """The emulator's address. The image is built with the Dockerfile; or name one in your registry."""
    container = DockerContainer("localhost/agentcore-identity-emulator").with_command(OPTIONS).with_exposed_ports(PORT)
    with container:
        wait_for_logs(container, "AgentCore Identity is on")
        yield f"http://localhost:{container.get_exposed_port(PORT)}"


@pytest.fixture
def identity(emulator):
    return boto3.client(
        "bedrock-agentcore",
        endpoint_url=emulator,
        region_name="us-east-1",
        aws_access_key_id="LOCALAGENT",
        aws_secret_access_key="local-secret",
    )
