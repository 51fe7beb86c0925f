import { askToRevoke, type Revoke } from '@agent-identity/provider-kit'
import { z } from 'zod'

const Answer = z.union([
  z.object({ ok: z.literal(true), revoked: z.literal(true) }),
  z.object({ ok: z.literal(false), error: z.string() }),
])

const ENDED = ['token_revoked', 'token_expired', 'account_inactive']
/** Slack says this also when it does not allow the caller's address. */
const UNCERTAIN = 'invalid_auth'
/** Another attempt may help. */
const TROUBLE = [
  UNCERTAIN,
  'ratelimited',
  'rate_limited',
  'fatal_error',
  'internal_error',
  'service_unavailable',
  'request_timeout',
]

/** `auth.revoke`: the token ends itself. */
export const revokeAtSlack: Revoke = (accessToken, { url, signal }) =>
  askToRevoke(
    url,
    { method: 'POST', headers: { authorization: `Bearer ${accessToken}` }, signal },
    async (response) => {
      if (response.status !== 200) return 'unavailable'
      const answer = Answer.parse(await response.json())
      if (answer.ok || ENDED.includes(answer.error)) return 'revoked'
      return TROUBLE.includes(answer.error) ? 'unavailable' : 'refused'
    },
  )
