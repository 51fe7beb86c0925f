import { askToRevoke, basicAuthorization, type Revoke, refusedOrUnavailable } from '@agent-identity/provider-kit'

/**
 * "Delete an app token" (REST API, "REST API endpoints for OAuth authorizations"): as the OAuth app, with its secret. The token
 * and no other: the app's whole authorization may be another user's of ours, who has the same account.
 */
export const revokeAtGithub: Revoke = async (accessToken, { url, client, signal }) => {
  if (!client) return 'refused'
  return askToRevoke(
    url.replace('{client_id}', encodeURIComponent(client.clientId)),
    {
      method: 'DELETE',
      headers: {
        ...basicAuthorization(client),
        accept: 'application/vnd.github+json',
        'content-type': 'application/json',
        'x-github-api-version': '2022-11-28',
      },
      body: JSON.stringify({ access_token: accessToken }),
      signal,
    },
    // 404 is a token that has ended, and just as well a client that is not the right one: not taken for a yes.
    async (response) => (response.status === 204 ? 'revoked' : refusedOrUnavailable(response)),
  )
}
