package example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import software.amazon.awssdk.services.bedrockagentcore.BedrockAgentCoreClient;
import software.amazon.awssdk.services.bedrockagentcore.model.BedrockAgentCoreException;
import software.amazon.awssdk.services.bedrockagentcore.model.GetResourceOauth2TokenResponse;
import software.amazon.awssdk.services.bedrockagentcore.model.Oauth2FlowType;
import software.amazon.awssdk.services.bedrockagentcore.model.UserIdentifier;

@ExtendWith(EmulatorExtension.class)
class TokensTest {
  private static BedrockAgentCoreClient identity;

  /** Creates a client like your code does: the settings of the SDK have the emulator's address. */
  @BeforeAll
  static void connect() {
    identity = BedrockAgentCoreClient.create();
  }

  /** Your application's request for a token: its workload, its user, and the return URL. */
  private static GetResourceOauth2TokenResponse requestToken(String user) {
    String minted =
        identity
            .getWorkloadAccessTokenForUserId(request -> request.workloadName("agent").userId(user))
            .workloadAccessToken();
    return identity.getResourceOauth2Token(
        request ->
            request
                .workloadIdentityToken(minted)
                .resourceCredentialProviderName("vendor")
                .scopes("notes:read")
                .oauth2Flow(Oauth2FlowType.USER_FEDERATION)
                .resourceOauth2ReturnUrl(EmulatorExtension.address() + "/vendor/return"));
  }

  private static void bind(String sessionUri, String user) {
    identity.completeResourceTokenAuth(
        request -> request.sessionUri(sessionUri).userIdentifier(UserIdentifier.fromUserId(user)));
  }

  @Test
  void aUserWhoConsentsHasAToken() throws Exception {
    GetResourceOauth2TokenResponse asked = requestToken("alice");
    assertNull(asked.accessToken());

    URI location = EmulatorExtension.consent(asked.sessionUri(), "alice");
    assertTrue(location.getQuery().contains("session_id="));
    bind(asked.sessionUri(), "alice");

    HttpRequest whoami =
        HttpRequest.newBuilder(EmulatorExtension.address().resolve("/vendor/whoami"))
            .header("authorization", "Bearer " + requestToken("alice").accessToken())
            .build();
    String answer = HttpClient.newHttpClient().send(whoami, HttpResponse.BodyHandlers.ofString()).body();
    assertEquals("alice", new ObjectMapper().readTree(answer).get("user").asText());
  }

  @Test
  void anotherUserCannotBindTheSession() throws Exception {
    String sessionUri = requestToken("alice").sessionUri();
    EmulatorExtension.consent(sessionUri, "alice");
    assertThrows(BedrockAgentCoreException.class, () -> bind(sessionUri, "mallory"));
    assertNull(requestToken("mallory").accessToken());
  }
}
