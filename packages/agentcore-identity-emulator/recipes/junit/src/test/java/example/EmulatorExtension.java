package example;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Runs the emulator for all tests of the JVM, unless its URL is in the environment (agentcore-identity-emulator exec -- mvn test). */
public final class EmulatorExtension implements BeforeAllCallback, BeforeEachCallback {
  private static final String COMMAND = "agentcore-identity-emulator";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static URI address;

  @Override
  public synchronized void beforeAll(ExtensionContext context) throws IOException {
    if (address != null) return;
    String running = System.getenv("AGENTCORE_IDENTITY_EMULATOR_URL");
    address = running == null ? start() : URI.create(running);
  }

  /** A test begins with an empty vault. */
  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    control("reset", Map.of());
  }

  public static URI address() {
    return address;
  }

  /** Lets a user consent, without a browser. Returns the address at which the browser would be: your return URL. */
  public static URI consent(String sessionUri, String user) throws Exception {
    String session = URLEncoder.encode(sessionUri, StandardCharsets.UTF_8);
    return URI.create(control("authorizations/" + session + "/consent", Map.of("as", user)).get("location").asText());
  }

  private static URI start() throws IOException {
    Path installed = Path.of("node_modules", ".bin", COMMAND);
    String program = Files.exists(installed) ? installed.toString() : COMMAND;
    Process process =
        new ProcessBuilder(program, "--port", "0", "--json")
            .redirectError(Path.of("target", "emulator.log").toFile())
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
    BufferedReader output = process.inputReader();
    JsonNode ready = JSON.readTree(output.readLine());
    JsonNode key = ready.get("credentials").get(0);
    // The Java SDK's system properties, because a JVM cannot change its environment variables.
    System.setProperty("aws.endpointUrlBedrockAgentCore", ready.get("url").asText());
    System.setProperty("aws.region", ready.get("region").asText());
    System.setProperty("aws.accessKeyId", key.get("accessKeyId").asText());
    System.setProperty("aws.secretAccessKey", key.get("secretAccessKey").asText());
    System.clearProperty("aws.sessionToken");
    return URI.create(ready.get("url").asText());
  }

  /** POST to one of the emulator's own routes. */
  private static JsonNode control(String route, Map<String, String> body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(address.resolve("/_emulator/" + route))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
            .build();
    HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() >= 300) throw new IllegalStateException(route + ": " + response.body());
    return JSON.readTree(response.body());
  }
}
