/** `--config` takes whole-line comments only. */
export const CONFIGURATION_TEMPLATE = `{
  // Who asks for tokens. The return URL is where your application binds the session (CompleteResourceTokenAuth).
  "workloadIdentities": [
    { "name": "agent", "allowedResourceOauth2ReturnUrls": ["http://localhost:8080/return"] }
  ],

  // Where tokens come from, in AWS's own words (CreateOauth2CredentialProvider).
  "oauth2CredentialProviders": [
    {
      "name": "github",
      "credentialProviderVendor": "GithubOauth2",
      // The built-in authorization server takes the place of GitHub. Without this line, the emulator calls the real GitHub.
      "endpoints": "vendor",
      "oauth2ProviderConfigInput": {
        "githubOauth2ProviderConfig": { "clientId": "my-client", "clientSecret": "my-secret" }
      }
    }
  ],

  // Access keys that may sign. Without "policies" a key may do everything. Without keys, one is generated.
  "credentials": [
    { "accessKeyId": "LOCALAGENT", "secretAccessKey": "local-secret", "principal": "agent" }
  ],

  // Seconds. POST /_emulator/clock advances the time.
  "lifetimes": { "workloadAccessTokenSeconds": 900, "authorizationSessionSeconds": 600 }
}
`
