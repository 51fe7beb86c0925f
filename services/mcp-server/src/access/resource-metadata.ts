import { buildOAuthProtectedResourceMetadata, type OAuthProtectedResourceMetadata } from '@modelcontextprotocol/server'

/** RFC 9728. */
export function resourceMetadataOf({
  resource,
  issuer,
  scope,
}: {
  resource: string
  issuer: string
  scope: string
}): OAuthProtectedResourceMetadata {
  return {
    ...buildOAuthProtectedResourceMetadata({
      // Only `issuer` gets into the answer.
      oauthMetadata: {
        issuer,
        authorization_endpoint: issuer,
        token_endpoint: issuer,
        response_types_supported: ['code'],
      },
      resourceServerUrl: new URL(resource),
      scopesSupported: [scope],
      resourceName: 'Agent tools',
      // The configuration takes plain HTTP for this machine only (`httpsOrLoopback`).
      dangerouslyAllowInsecureIssuerUrl: issuer.startsWith('http:'),
    }),
    bearer_methods_supported: ['header'],
  }
}
