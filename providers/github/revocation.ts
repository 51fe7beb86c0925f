import { askToRevoke, basicAuthorization, type Revoke } from '@agent-identity/provider-kit'

const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' }

/**
 * "Delete an app token" (REST API endpoints for OAuth authorizations). It ends this token only, not the app's whole authorization:
 * another of our users may have connected the same account.
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
      // GitHub answers so for a token that has ended, and also for a wrong id or secret of the app.
      return status === 404 || status === 422
        ? hasEnded(accessToken, new URL('../../user', at).href, signal)
        : 'unavailable'
    },
  )
}

/** A token that the API still accepts is `unavailable`, not `refused`: the client's id or secret may be wrong, or of another app. */
const hasEnded = (accessToken: string, url: string, signal: AbortSignal) =>
  askToRevoke(url, { headers: { ...HEADERS, authorization: `Bearer ${accessToken}` }, signal }, async ({ status }) =>
    status === 401 ? 'revoked' : 'unavailable',
  )
