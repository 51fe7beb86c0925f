import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CookieHolder, navigate } from '../agentcore/navigate.ts'
import type { TrialClient, TrialVendor } from './vendor.ts'

/**
 * The vendor consents at once, without asking its user. On loopback, the emulator accepts plain HTTP.
 *
 * @param settings.lifetimeSeconds of an access token
 */
export async function startLocalVendor({ lifetimeSeconds = LIFETIME_SECONDS } = {}): Promise<TrialVendor> {
  const server = new AuthorizationServer(lifetimeSeconds)
  const url = await server.start()
  const configuration = () => ({
    clientId: `client-${randomBytes(8).toString('hex')}`,
    clientSecret: randomBytes(16).toString('hex'),
    oauthDiscovery: { discoveryUrl: `${url}/.well-known/openid-configuration` },
  })
  return {
    async createClient(): Promise<TrialClient> {
      return {
        configuration: configuration(),
        scopes: ['read', 'write'],
        lifetimeMs: lifetimeSeconds * 1_000,
        register: async () => {},
        consent: async (authorizationUrl) => {
          const browser = new CookieHolder()
          const toVendor = await browser.visit(authorizationUrl)
          const toCallback = await navigate(toVendor.location)
          const toApplication = await browser.visit(toCallback.location)
          if (!URL.canParse(toApplication.location)) throw new Error(`The callback answered ${toApplication.status}.`)
          return new URL(toApplication.location)
        },
      }
    },
    createMachineClient: async () => ({ configuration: configuration(), scope: 'read' }),
    userToken: async () => server.jwt(),
    omitTokenType: () => {
      server.nextWithoutTokenType = true
    },
    close: () => server.close().then(() => 0),
  }
}

/** Short enough for the refresh to be tried without `--long`, and long enough for two requests on a slow machine. */
const LIFETIME_SECONDS = 10

const newToken = () => randomBytes(24).toString('base64url')

class AuthorizationServer {
  nextWithoutTokenType = false
  readonly #user = randomUUID()
  readonly #challenges = new Map<string, string>()
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  readonly #lifetimeSeconds: number
  #url = ''

  constructor(lifetimeSeconds: number) {
    this.#lifetimeSeconds = lifetimeSeconds
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return this.#url
  }

  jwt(): string {
    const now = Math.floor(Date.now() / 1_000)
    const claims = { iss: this.#url, sub: this.#user, aud: 'app', iat: now, exp: now + 3_600, jti: randomUUID() }
    const input = [{ alg: 'RS256', kid: 'k1', typ: 'JWT' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    return `${input}.${sign('RSA-SHA256', Buffer.from(input), this.#keys.privateKey).toString('base64url')}`
  }

  close(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => void this.#server.close(() => resolve()))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.#url)
    const json = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return void json(200, {
          issuer: this.#url,
          authorization_endpoint: `${this.#url}/authorize`,
          token_endpoint: `${this.#url}/token`,
          jwks_uri: `${this.#url}/keys`,
        })
      case '/keys':
        return void json(200, {
          keys: [{ ...this.#keys.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }],
        })
      case '/authorize':
        return void response.writeHead(302, { location: this.#consentTo(url.searchParams) }).end()
      default: {
        const chunks: Buffer[] = []
        for await (const chunk of request) chunks.push(chunk)
        return void json(...this.#issue(new URLSearchParams(Buffer.concat(chunks).toString('utf8'))))
      }
    }
  }

  #consentTo(asked: URLSearchParams): string {
    const code = randomBytes(16).toString('hex')
    this.#challenges.set(code, asked.get('code_challenge') ?? '')
    return `${asked.get('redirect_uri')}?${new URLSearchParams({ code, state: asked.get('state') ?? '' })}`
  }

  /** Requires PKCE. */
  #issue(asked: URLSearchParams): [number, object] {
    if (asked.get('grant_type') === 'authorization_code') {
      const code = asked.get('code') ?? ''
      const challenge = this.#challenges.get(code)
      this.#challenges.delete(code)
      const verifier = createHash('sha256')
        .update(asked.get('code_verifier') ?? '')
        .digest('base64url')
      if (challenge !== verifier) return [400, { error: 'invalid_grant' }]
    }
    const type = this.nextWithoutTokenType ? {} : { token_type: 'Bearer' }
    this.nextWithoutTokenType = false
    return [200, { access_token: newToken(), expires_in: this.#lifetimeSeconds, refresh_token: newToken(), ...type }]
  }
}
