import { askToRevoke, basicAuthorization, type Revoke } from '@agent-identity/provider-kit'

const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' }

/**
 * "Delete an app token" (REST API, "REST API endpoints for OAuth authorizations"): as the OAuth app, with its secret. It ends this
 * token only, not the app's whole authorization: another of our users may have connected the same account.
 */
export const revokeAtGithub: Revoke = async (accessToken, { url, client, signal }) => {
  if (!client) return 'refused'
  const at = url.replace('{client_id}', encodeURIComponent(client.clientId))
  return askToRevoke(
    at,
    {
      method: 'DELETE',
      headers: { ...HEADERS, ...basicAuthorization(client), 'content-type': 'application/json' },
      body: JSON.stringify({ access_token: accessToken }),
      signal,
    },
    async ({ status }) => {
      if (status === 204) return 'revoked'
      // GitHub answers so when the token has ended already, and also when id and secret are not those of the token's OAuth app.
      return status === 404 || status === 422
        ? hasEnded(accessToken, new URL('../../user', at).href, signal)
        : 'unavailable'
    },
  )
}

/** A token that the API still accepts is no refusal: the client is wrong, and with the right one the token can be ended. */
const hasEnded = (accessToken: string, url: string, signal: AbortSignal) =>
  askToRevoke(url, { headers: { ...HEADERS, authorization: `Bearer ${accessToken}` }, signal }, async ({ status }) =>
    status === 401 ? 'revoked' : 'unavailable',
  )
