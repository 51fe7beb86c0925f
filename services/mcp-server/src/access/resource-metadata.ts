import { buildOAuthProtectedResourceMetadata, type OAuthProtectedResourceMetadata } from '@modelcontextprotocol/server'

/** RFC 9728: which issuer's access tokens are accepted here, and which scope a client has to request. */
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
      // Of these members only `issuer` gets into the answer: clients read the endpoints in the issuer's own metadata.
      oauthMetadata: {
        issuer,
        authorization_endpoint: issuer,
        token_endpoint: issuer,
        response_types_supported: ['code'],
      },
      resourceServerUrl: new URL(resource),
      scopesSupported: [scope],
      resourceName: 'Agent tools',
      // Configuration takes plain HTTP on this machine only.
      dangerouslyAllowInsecureIssuerUrl: issuer.startsWith('http:'),
    }),
    bearer_methods_supported: ['header'],
  }
}
