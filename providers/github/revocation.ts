import { askToRevoke, basicAuthorization, type Revoke } from '@agent-identity/provider-kit'

const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' }

/**
 * "Delete an app token" (REST API, "REST API endpoints for OAuth authorizations"): as the OAuth app, with its secret. The token
 * and no other: the app's whole authorization may be another user's of ours, who has the same account.
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
      // A token that has ended, by an earlier request of ours for example, and just as well a client that is not the right one.
      return status === 404 || status === 422
        ? hasEnded(accessToken, new URL('../../user', at).href, signal)
        : 'unavailable'
    },
  )
}

/** The API itself says which: it takes the token, or it does not. */
const hasEnded = (accessToken: string, url: string, signal: AbortSignal) =>
  askToRevoke(url, { headers: { ...HEADERS, authorization: `Bearer ${accessToken}` }, signal }, async ({ status }) => {
    if (status === 401) return 'revoked'
    return status === 200 ? 'refused' : 'unavailable'
  })
