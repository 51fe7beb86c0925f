import { type AuthorizationServer, consentPage, PAGE_HEADERS } from '@agent-identity/stand-in-kit'
import express, { Router } from 'express'
import type { ClientMetadata, Configuration } from 'oidc-provider'

/** In the spelling of Cognito's resource servers. */
export const MCP_SCOPE = 'mcp/tools'

export interface McpClients {
  resource: string
  scope: string
  clientId: string
}

/** Its redirect URIs on loopback match with any port (RFC 8252 §7.3). */
export const publicClient = ({ clientId }: McpClients): ClientMetadata => ({
  client_id: clientId,
  client_name: 'MCP client',
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
})

/** Cognito has neither of these features. Registration (RFC 7591) is for older clients. */
export const MCP_FEATURES: Configuration['features'] = {
  registration: { enabled: true },
  clientIdMetadataDocument: { enabled: true, ack: 'draft-02' },
}

export function clientConsentRoutes(server: AuthorizationServer, mcp: McpClients): Router {
  const { provider, people, look } = server
  const router = Router()
  router.get('/interaction/:uid', async (request, response, next) => {
    const { prompt, uid, params, session } = await provider.interactionDetails(request, response)
    if (prompt.name !== 'consent') return next()
    const client = await provider.Client.find(String(params.client_id))
    const page = consentPage({
      look,
      applicationName: client?.clientName ?? String(params.client_id),
      account: people.withSubject(session?.accountId ?? '')?.username ?? '',
      asksTo: 'call the agent’s tools',
      scopes: [
        { scope: mcp.scope, description: 'Read and change things in the accounts that you connect to the agent' },
      ],
      returnsTo: new URL(String(params.redirect_uri)).origin,
      action: `/interaction/${uid}/client`,
      allow: 'Allow',
    })
    response.set(PAGE_HEADERS).send(page)
  })

  router.post('/interaction/:uid/client', express.urlencoded({ limit: '8kb' }), async (request, response) => {
    const { grantId, params, session } = await provider.interactionDetails(request, response)
    if (request.body?.decision !== 'authorize' || !session)
      return provider.interactionFinished(request, response, { error: 'access_denied' })
    const existing = grantId ? await provider.Grant.find(grantId) : undefined
    const grant = existing ?? new provider.Grant({ accountId: session.accountId, clientId: String(params.client_id) })
    grant.addOIDCScope(`openid offline_access ${mcp.scope}`)
    grant.addResourceScope(mcp.resource, mcp.scope)
    await provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } })
  })
  return router
}
