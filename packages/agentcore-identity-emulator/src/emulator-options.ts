/** The configuration file, and the argument of `startEmulator` (README.md, "Configuration"). */
export type EmulatorOptions = {
  host?: string | undefined
  port?: number | undefined
  region?: string | undefined
  accountId?: string | undefined
  /** The URL at which browsers and vendors reach the emulator. Default: its own address. */
  publicUrl?: string | undefined
  credentials?: CredentialOptions[] | undefined
  workloadIdentities?: WorkloadIdentityOptions[] | undefined
  oauth2CredentialProviders?: Oauth2CredentialProviderOptions[] | undefined
  /** AWS's `{ name, apiKey?, apiKeySecretConfig?, apiKeySecretSource?, tags? }`. */
  apiKeyCredentialProviders?: { [member: string]: unknown; name: string }[] | undefined
  /** The built-in authorization server. Default: enabled when a provider has the endpoints `vendor`; in the command, also without a provider. */
  vendor?: boolean | VendorOptions | undefined
  /** For EXTERNAL secrets: secret id or ARN → its keys and values. */
  secrets?: Record<string, Record<string, string>> | undefined
  vendorTimeoutSeconds?: number | undefined
  /** Hosts besides loopback whose issuers and authorization servers may be on plain HTTP. */
  plainHttpHosts?: string[] | undefined
  /** Host names under which `/_emulator`, the inspector, AWS's operations and `/vendor` answer, also to callers on other machines. */
  controlHosts?: string[] | undefined
  /** Host names under which AWS's operations and `/vendor` answer, but not `/_emulator` and the inspector. */
  operationHosts?: string[] | undefined
  /** A file that stores the state between starts. */
  stateFile?: string | undefined
  lifetimes?: LifetimeOptions | undefined
  quotas?: QuotaOptions | undefined
  assumptions?: AssumptionOptions | undefined
}

type CredentialOptions = {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string | undefined
  /** An ARN, or a name: an IAM user's, or an assumed role's if there is a session token. */
  principal?: string | undefined
  /** IAM policy documents. Absent: everything is allowed. Empty: nothing is. */
  policies?: Record<string, unknown>[] | undefined
  /** The maximum of what `policies` can allow. */
  permissionsBoundary?: Record<string, unknown> | undefined
  expiresAt?: string | undefined
}

type WorkloadIdentityOptions = {
  name: string
  allowedResourceOauth2ReturnUrls?: string[] | undefined
  /** Like an identity of AgentCore Runtime or Gateway: no caller may mint for it. */
  serviceLinked?: boolean | undefined
  tags?: Record<string, string> | undefined
}

type Oauth2CredentialProviderOptions = {
  name: string
  credentialProviderVendor: string
  oauth2ProviderConfigInput: Record<string, unknown>
  tags?: Record<string, string> | undefined
  /** Used instead of the vendor's own endpoints. `vendor`: those of the built-in authorization server. */
  endpoints?:
    | 'vendor'
    | {
        authorizationEndpoint?: string | undefined
        tokenEndpoint?: string | undefined
        issuer?: string | undefined
        tokenEndpointAuthMethod?: 'client_secret_basic' | 'client_secret_post' | undefined
      }
    | undefined
  /** A UUID that no other provider has. It fixes the callback URL. */
  callbackId?: string | undefined
}

type VendorOptions = {
  /** Who can sign in, without a password. */
  users?: string[] | undefined
  accessTokenSeconds?: number | undefined
}

type LifetimeOptions = {
  workloadAccessTokenSeconds?: number | undefined
  authorizationSessionSeconds?: number | undefined
  minimumUserTokenSeconds?: number | undefined
}

type QuotaOptions = {
  workloadIdentities?: number | undefined
  oauth2CredentialProviders?: number | undefined
  apiKeyCredentialProviders?: number | undefined
  openAuthorizations?: number | undefined
}

/** README.md, "Assumptions". */
type AssumptionOptions = {
  deniedConsent?: 'dead-end' | 'return' | undefined
  pollRepeatsAuthorizationUrl?: boolean | undefined
  missingTokenType?: 'refuse' | 'accept' | undefined
  customProviderOmitsCodeVerifier?: boolean | undefined
  browserErrors?: 'json' | 'page' | undefined
  expiredWorkloadAccessToken?: 'access-denied' | 'unauthorized' | undefined
  m2mTokens?: 'not-kept' | 'kept' | undefined
  authorizationCookie?: 'per-session' | 'shared' | undefined
  providerStatus?: 'absent' | 'READY' | undefined
  secretNames?: 'with-hex' | 'without-hex' | undefined
  authorizationUrl?: 'once' | 'until-returned' | 'reusable' | undefined
  vaultKey?: 'with-custom-parameters' | 'without-custom-parameters' | undefined
  unknownParameter?: 'vaulted' | 'nothing' | undefined
  duplicateName?: 'validation' | 'conflict' | undefined
}
