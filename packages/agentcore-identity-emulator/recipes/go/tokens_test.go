package tokens

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcore"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcore/types"
)

// newIdentity empties the vault, and creates a client like your code does: the environment has the emulator’s address.
func newIdentity(t *testing.T) *bedrockagentcore.Client {
	t.Helper()
	control(t, "reset", map[string]string{})
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return bedrockagentcore.NewFromConfig(cfg)
}

func pointerTo[T any](value T) *T { return &value }

// requestToken is your application’s request for a token: its workload, its user, and the return URL.
func requestToken(t *testing.T, identity *bedrockagentcore.Client, user string) *bedrockagentcore.GetResourceOauth2TokenOutput {
	t.Helper()
	minted, err := identity.GetWorkloadAccessTokenForUserId(t.Context(), &bedrockagentcore.GetWorkloadAccessTokenForUserIdInput{
		WorkloadName: pointerTo("agent"),
		UserId:       pointerTo(user),
	})
	if err != nil {
		t.Fatal(err)
	}
	asked, err := identity.GetResourceOauth2Token(t.Context(), &bedrockagentcore.GetResourceOauth2TokenInput{
		WorkloadIdentityToken:          minted.WorkloadAccessToken,
		ResourceCredentialProviderName: pointerTo("vendor"),
		Scopes:                         []string{"notes:read"},
		Oauth2Flow:                     types.Oauth2FlowTypeUserFederation,
		ResourceOauth2ReturnUrl:        pointerTo(emulatorURL + "/vendor/return"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return asked
}

func bind(t *testing.T, identity *bedrockagentcore.Client, sessionURI *string, user string) error {
	t.Helper()
	_, err := identity.CompleteResourceTokenAuth(t.Context(), &bedrockagentcore.CompleteResourceTokenAuthInput{
		SessionUri:     sessionURI,
		UserIdentifier: &types.UserIdentifierMemberUserId{Value: user},
	})
	return err
}

func TestAUserWhoConsentsHasAToken(t *testing.T) {
	identity := newIdentity(t)
	asked := requestToken(t, identity, "alice")
	if asked.AccessToken != nil {
		t.Fatal("there is a token before consent")
	}
	if location := consentAs(t, *asked.SessionUri, "alice"); !strings.Contains(location, "session_id=") {
		t.Fatalf("the browser is at %s", location)
	}
	if err := bind(t, identity, asked.SessionUri, "alice"); err != nil {
		t.Fatal(err)
	}

	token := requestToken(t, identity, "alice").AccessToken
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, emulatorURL+"/vendor/whoami", nil)
	request.Header.Set("Authorization", "Bearer "+*token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var owner struct{ User string }
	if err := json.NewDecoder(response.Body).Decode(&owner); err != nil || owner.User != "alice" {
		t.Fatalf("the token is %q's (%v)", owner.User, err)
	}
}

func TestAnotherUserCannotBindTheSession(t *testing.T) {
	identity := newIdentity(t)
	asked := requestToken(t, identity, "alice")
	consentAs(t, *asked.SessionUri, "alice")
	if err := bind(t, identity, asked.SessionUri, "mallory"); err == nil {
		t.Fatal("mallory bound alice's session")
	}
	if requestToken(t, identity, "mallory").AccessToken != nil {
		t.Fatal("mallory has a token")
	}
}
