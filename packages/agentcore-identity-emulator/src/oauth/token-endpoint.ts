import type { Outbound } from './outbound.ts'
import { VendorError } from './vendor-error.ts'
import type { AuthorizationServer } from './vendors.ts'

export type IssuedToken = {
  accessToken: string
  refreshToken: string | undefined
  expiresInSeconds: number | undefined
}
export type Client = { clientId: string; clientSecret: string }

/** The model's limit for `accessToken`. */
const LONGEST_ACCESS_TOKEN = 131_072

/** The statuses of OAuth errors (RFC 6749 §5.2), and GitHub's 200. Another status may be a proxy's. */
const ERROR_STATUSES = [200, 400, 401]

/** RFC 6749 §3.2. */
export async function requestToken(
  server: Pick<AuthorizationServer, 'tokenEndpoint' | 'tokenEndpointAuthMethod'>,
  client: Client | undefined,
  parameters: URLSearchParams,
  { outbound, missingTokenType }: { outbound: Outbound; missingTokenType: 'refuse' | 'accept' },
): Promise<IssuedToken> {
  const body = new URLSearchParams(parameters)
  const headers: Record<string, string> = {}
  if (client && server.tokenEndpointAuthMethod === 'client_secret_basic') {
    headers.authorization = basicAuthorization(client)
  } else if (client) {
    body.set('client_id', client.clientId)
    body.set('client_secret', client.clientSecret)
  }
  const { status, body: answer } = await outbound.requestJson(server.tokenEndpoint, { method: 'POST', headers, body })
  if (status !== 200 || answer.error !== undefined) {
    const definitive = answer.error !== undefined && ERROR_STATUSES.includes(status)
    throw new VendorError(`the token endpoint refused with ${status}`, { definitive })
  }
  return parseToken(answer, missingTokenType)
}

function parseToken(answer: Record<string, unknown>, missingTokenType: 'refuse' | 'accept'): IssuedToken {
  const { access_token: accessToken, refresh_token: refreshToken, token_type: tokenType } = answer
  if (typeof accessToken !== 'string' || accessToken === '' || accessToken.length > LONGEST_ACCESS_TOKEN) {
    throw new VendorError('the token endpoint gave no usable access token')
  }
  // RFC 6749 §5.1 requires `token_type`.
  if (typeof tokenType !== 'string' && missingTokenType === 'refuse') {
    throw new VendorError('the token endpoint gave no token_type')
  }
  return {
    accessToken,
    refreshToken: typeof refreshToken === 'string' && refreshToken !== '' ? refreshToken : undefined,
    expiresInSeconds: parseExpiresIn(answer.expires_in),
  }
}

/** Some vendors send a string, some no value. */
function parseExpiresIn(value: unknown) {
  const secondsLeft = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof secondsLeft === 'number' && Number.isFinite(secondsLeft) && secondsLeft >= 0 ? secondsLeft : undefined
}

/** RFC 6749 §2.3.1: id and secret are form-encoded, so that a colon in the id does not end it. */
function basicAuthorization({ clientId, clientSecret }: Client) {
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString('base64')}`
}
