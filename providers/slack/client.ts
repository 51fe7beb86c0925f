import type { ConnectedAccount } from '@agent-identity/contracts'
import {
  callForJson,
  listOf,
  moreIf,
  scopesInText,
  short,
  VendorError,
  type VendorSettings,
} from '@agent-identity/provider-kit'
import { z } from 'zod'

/** Slack's Web API, as the user. @throws VendorError */
export interface SlackClient {
  /** `alice at Example`: one person may be in several workspaces. */
  account(accessToken: string, signal: AbortSignal): Promise<ConnectedAccount>
  /** The public channels that the user is in, without the archived ones. */
  channels(accessToken: string, signal: AbortSignal): Promise<{ channels: { id: string; name: string }[]; more?: true }>
  post(accessToken: string, message: { channel: string; text: string }, signal: AbortSignal): Promise<void>
}

/** The maximum that Slack recommends. A page may be shorter although it is not the last one (docs: "Pagination"). */
const PAGE_SIZE = 200
const PAGES = 5
const LISTED = PAGES * PAGE_SIZE
/** A channel may have 2 kB. */
const MOST_BYTES = 1024 * 1024

const Account = z.object({
  ok: z.literal(true),
  user: z.string(),
  user_id: z.string(),
  team: z.string(),
  team_id: z.string(),
})
const Channels = z.object({
  ok: z.literal(true),
  channels: listOf(z.object({ id: z.string(), name: z.string() }), LISTED),
  response_metadata: z.object({ next_cursor: z.string().nullish() }).nullish(),
})

/** @param settings.url `https://slack.com/api` */
export function createSlackClient({ url, timeoutMs }: VendorSettings): SlackClient {
  const call = <Schema extends z.ZodType>(
    method: string,
    schema: Schema,
    request: { accessToken: string; signal: AbortSignal; json?: unknown },
  ) => callForJson(schema, `${url}/${method}`, { ...request, timeoutMs, refusalIn, mostBytes: MOST_BYTES })

  return {
    async account(accessToken, signal) {
      const { data, headers } = await call('auth.test', Account, { accessToken, signal })
      const { user, user_id, team, team_id } = data
      // Answers of the Web API have this header (docs: "Using the Slack Web API").
      return {
        id: short(`${team_id} ${user_id}`),
        name: short(`${user} at ${team}`),
        granted: scopesInText(headers.get('x-oauth-scopes')),
      }
    },

    async channels(accessToken, signal) {
      const query = new URLSearchParams({
        types: 'public_channel',
        exclude_archived: 'true',
        limit: String(PAGE_SIZE),
      })
      const found: { id: string; name: string }[] = []
      let next = ''
      let pages = 0
      let more = false
      do {
        if (next !== '') query.set('cursor', next)
        const { data: page } = await call(`users.conversations?${query}`, Channels, { accessToken, signal })
        found.push(...page.channels.items)
        more ||= page.channels.more === true
        next = page.response_metadata?.next_cursor ?? ''
      } while (next !== '' && ++pages < PAGES)
      const channels = found.slice(0, LISTED).map(({ id, name }) => ({ id, name: short(name) }))
      return { channels, ...moreIf(more || next !== '' || found.length > LISTED) }
    },

    async post(accessToken, { channel, text }, signal) {
      const json = { channel, text: asText(text) }
      await call('chat.postMessage', z.object({ ok: z.literal(true) }), { accessToken, signal, json })
    },
  }
}

/** Most of Slack's refusals have status 200 and an error code (docs: "Web API responses"). */
const Refusal = z.object({ ok: z.literal(false), error: z.string().max(100) })

function refusalIn(body: unknown, status: number): VendorError | undefined {
  const { data } = Refusal.safeParse(body)
  const reason = data && REASONS.get(data.error)
  if (reason) return new VendorError(reason, status, data.error)
  // An unknown error code is not logged: it could be any text, even the token.
  return data && status === 200 ? new VendorError('invalid', status, 'UnknownRefusal') : undefined
}

const REASONS: ReadonlyMap<string, VendorError['reason']> = new Map([
  ['not_authed', 'token-rejected'],
  // Slack says this also when the app's list of addresses lacks the caller's, and does not tell which: a token that has ended needs a new consent.
  ['invalid_auth', 'token-rejected'],
  ['token_expired', 'token-rejected'],
  ['token_revoked', 'token-rejected'],
  ['account_inactive', 'token-rejected'],
  ['missing_scope', 'scope-missing'],
  ['channel_not_found', 'not-found'],
  ['access_denied', 'forbidden'],
  ['is_archived', 'forbidden'],
  ['not_in_channel', 'forbidden'],
  ['restricted_action', 'forbidden'],
  ['ratelimited', 'rate-limited'],
  ['rate_limited', 'rate-limited'],
  // The call may have been executed.
  ['fatal_error', 'unavailable'],
  ['internal_error', 'unavailable'],
  ['request_timeout', 'unavailable'],
  ['service_unavailable', 'unavailable'],
])

/** `<!channel>` would notify all members of the channel, and `<https://…|words>` hide where a link leads (docs: "Formatting text"). */
const asText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
