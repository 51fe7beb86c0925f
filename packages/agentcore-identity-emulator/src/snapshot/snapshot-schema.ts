import { z } from 'zod'

const time = z.number().int().nonnegative()
const names = z.array(z.string())
const tags = z.record(z.string(), z.string())
const principal = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('user-id'), userId: z.string() }),
  z.strictObject({ kind: z.literal('jwt'), issuer: z.string(), subject: z.string(), tokenHash: z.string() }),
  z.strictObject({ kind: z.literal('none') }),
])
const secret = z.union([
  z.string(),
  z.strictObject({ source: z.literal('EXTERNAL'), secretId: z.string(), jsonKey: z.string() }),
])
const resource = {
  name: z.string().min(1),
  arn: z.string().startsWith('arn:'),
  createdTime: time,
  lastUpdatedTime: time,
}
const request = z.strictObject({
  workloadInstanceId: z.string(),
  providerInstanceId: z.string(),
  flow: z.enum(['USER_FEDERATION', 'M2M', 'ON_BEHALF_OF_TOKEN_EXCHANGE']),
  scopes: names,
  customParameters: tags,
  resources: names,
  audiences: names,
})

const trip = z.strictObject({
  state: z.string(),
  codeVerifier: z.string(),
  redirectUri: z.string(),
  browserSecret: z.string(),
  isBack: z.boolean(),
})

const expiring = { expiresAt: z.number() }
const authMethod = z.enum(['client_secret_basic', 'client_secret_post'])
/** The built-in authorization server's records. Codes and tokens are digests. */
const vendor = z.strictObject({
  requests: records({
    clientId: z.string(),
    redirectUri: z.url(),
    state: z.string().optional(),
    scopes: names,
    codeChallenge: z.string(),
    loginHint: z.string().optional(),
    user: z.string().optional(),
  }),
  grants: records({ user: z.string().optional(), clientId: z.string(), scopes: names }),
  codes: records({ grantId: z.string(), redirectUri: z.url(), codeChallenge: z.string(), redeemed: z.boolean() }),
  accessTokens: records({ grantId: z.string(), scopes: names }),
  clientTokens: records({ clientId: z.string(), scopes: names }),
  refreshTokens: records({ grantId: z.string(), used: z.boolean() }),
})

function records<S extends z.ZodRawShape>(shape: S) {
  return z.array(z.tuple([z.string(), z.strictObject({ ...shape, ...expiring })]))
}

/** A snapshot may contain real secrets. */
export const Snapshot = z.strictObject({
  version: z.literal(3),
  accountId: z.string(),
  region: z.string(),
  /** A restore replaces this URL in the built-in return URL. */
  publicUrl: z.string(),
  clockAheadMs: time,
  /** 32 bytes, base64url. */
  workloadAccessTokenKey: z.string().regex(/^[\w-]{43}$/),
  workloadIdentities: z.array(
    z.strictObject({
      ...resource,
      instanceId: z.string(),
      allowedResourceOauth2ReturnUrls: names.optional(),
      serviceLinked: z.boolean().optional(),
    }),
  ),
  oauth2Providers: z.array(
    z.strictObject({
      ...resource,
      instanceId: z.string(),
      vendor: z.string(),
      callbackId: z.string(),
      clientId: z.string(),
      clientSecret: secret,
      secretArn: z.string(),
      server: z.union([
        z.strictObject({ builtIn: z.literal(true) }),
        z.strictObject({ discoveryUrl: z.url(), tokenEndpointAuthMethod: authMethod.optional() }),
        z.strictObject({
          issuer: z.string(),
          authorizationEndpoint: z.url(),
          tokenEndpoint: z.url(),
          tokenEndpointAuthMethod: authMethod,
        }),
      ]),
      custom: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
  apiKeyProviders: z.array(z.strictObject({ ...resource, apiKey: secret, secretArn: z.string() })),
  tags: z.record(z.string(), tags),
  tokenVault: z.strictObject({
    kmsConfiguration: z.strictObject({
      keyType: z.enum(['CustomerManagedKey', 'ServiceManagedKey']),
      kmsKeyArn: z.string().optional(),
    }),
    isKeyDeleted: z.boolean(),
    lastModifiedDate: time,
  }),
  vault: z.array(
    z.strictObject({
      key: z.string(),
      workloadInstanceId: z.string(),
      providerInstanceId: z.string(),
      principal,
      scopes: names,
      accessToken: z.string(),
      refreshToken: z.string().optional(),
      expiresAt: z.number().optional(),
    }),
  ),
  sessions: z.array(
    z.strictObject({
      sessionUri: z.string(),
      principal,
      request,
      vaultKey: z.string(),
      workloadName: z.string(),
      providerName: z.string(),
      returnUrl: z.string(),
      customState: z.string().optional(),
      expiresAt: time,
      status: z.enum(['waiting', 'returned', 'completing', 'completed', 'failed']),
      trips: z.array(trip),
      returned: z.strictObject({ trip, code: z.string() }).optional(),
    }),
  ),
  vendor: vendor.optional(),
})
export type Snapshot = z.infer<typeof Snapshot>
