import { buildOAuthProtectedResourceMetadata, type OAuthProtectedResourceMetadata } from '@modelcontextprotocol/server'

/** RFC 9728: who issues the tokens that are taken here, and for which scope they are to be asked. */
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
      // Of the authorization server only its name is told: clients read its own metadata there.
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
