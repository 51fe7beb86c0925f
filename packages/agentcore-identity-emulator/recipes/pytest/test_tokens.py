import json
import urllib.error
import urllib.request

import pytest


def request_token(identity, emulator, user):
    """Your application's request for a token: its workload, its user, and the return URL."""
    minted = identity.get_workload_access_token_for_user_id(workloadName="agent", userId=user)
    return identity.get_resource_oauth2_token(
        workloadIdentityToken=minted["workloadAccessToken"],
        resourceCredentialProviderName="vendor",
        scopes=["notes:read"],
        oauth2Flow="USER_FEDERATION",
        resourceOauth2ReturnUrl=f"{emulator}/vendor/return",
    )


def whoami(emulator, token):
    request = urllib.request.Request(f"{emulator}/vendor/whoami", headers={"authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)["user"]


def test_a_user_who_consents_has_a_token(identity, emulator, consent):
    asked = request_token(identity, emulator, "alice")
    assert "accessToken" not in asked

    location = consent(asked["sessionUri"], "alice")
    assert "session_id=" in location
    identity.complete_resource_token_auth(sessionUri=asked["sessionUri"], userIdentifier={"userId": "alice"})

    token = request_token(identity, emulator, "alice")["accessToken"]
    assert whoami(emulator, token) == "alice"


def test_another_user_cannot_bind_the_session(identity, emulator, consent):
    asked = request_token(identity, emulator, "alice")
    consent(asked["sessionUri"], "alice")
    with pytest.raises(identity.exceptions.ClientError):
        identity.complete_resource_token_auth(sessionUri=asked["sessionUri"], userIdentifier={"userId": "mallory"})
    assert "accessToken" not in request_token(identity, emulator, "mallory")


def test_a_token_that_was_revoked_at_the_vendor(identity, emulator, consent, control):
    asked = request_token(identity, emulator, "alice")
    consent(asked["sessionUri"], "alice")
    identity.complete_resource_token_auth(sessionUri=asked["sessionUri"], userIdentifier={"userId": "alice"})
    token = request_token(identity, emulator, "alice")["accessToken"]

    control("vendor/revoke", **{"as": "alice"})
    with pytest.raises(urllib.error.HTTPError, match="401"):
        whoami(emulator, token)
