import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'

interface Claims {
  [name: string]: unknown
}

export interface Misbehaviour {
  /** Undefined removes a parameter. */
  answer?: Record<string, string | undefined>
  /** Undefined removes a claim. */
  claims?: Claims
  /** A revocation is answered when this has resolved. */
  revocation?: () => Promise<void>
  token?: (claims: Claims, issuer: HostileIssuer) => string | undefined
}

/** Signs in `user` without asking, and misbehaves as configured. */
export class HostileIssuer {
  url = ''
  misbehaviour: Misbehaviour = {}
  user: Claims = { sub: 'somebody', name: 'Somebody' }
  redeemed = 0
  readonly refreshToken = 'a-refresh-token'
  readonly client = { id: 'the-app', secret: 'a-client-secret-that-the-issuer-knows' }
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  readonly #codes = new Map<string, { nonce: string }>()
  readonly #server = createServer((request, response) => {
    void this.#answer(request).then(({ status = 200, location, body }) => {
      response.writeHead(status, { 'content-type': 'application/json', ...(location ? { location } : {}) })
      response.end(body === undefined ? '' : JSON.stringify(body))
    })
  })

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#server.unref()
    this.url = `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`
    return this
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  get variables(): Record<string, string> {
    return { OIDC_ISSUER: this.url, OIDC_CLIENT_ID: this.client.id, OIDC_CLIENT_SECRET: this.client.secret }
  }

  signed(claims: Claims, header: Claims = {}, key: KeyObject = this.#keys.privateKey): string {
    const input = encode({ alg: 'RS256', kid: 'k1', typ: 'JWT', ...header }, claims)
    return `${input}.${sign('RSA-SHA256', Buffer.from(input), key).toString('base64url')}`
  }

  unsigned = (claims: Claims): string => `${encode({ alg: 'none' }, claims)}.`

  hmac(claims: Claims, secret: string | Buffer): string {
    const input = encode({ alg: 'HS256', kid: 'k1', typ: 'JWT' }, claims)
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  }

  /** The verification key as text, which could be mistaken for a secret. */
  get publicKeyText(): string {
    return createPublicKey(this.#keys.privateKey).export({ type: 'spki', format: 'pem' }).toString()
  }

  async #answer(request: IncomingMessage): Promise<{ status?: number; location?: string; body?: unknown }> {
    const url = new URL(request.url ?? '/', this.url)
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return { body: this.#metadata() }
      case '/jwks':
        return { body: { keys: [{ ...this.#keys.publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig' }] } }
      case '/authorize':
        return { status: 302, location: this.#authorize(url.searchParams) }
      case '/token':
        return this.#redeem(new URLSearchParams(await textOf(request)))
      case '/revoke':
        await this.misbehaviour.revocation?.()
        return { body: {} }
      default:
        return { status: 404, body: {} }
    }
  }

  #metadata() {
    const { url } = this
    return {
      issuer: url,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      jwks_uri: `${url}/jwks`,
      revocation_endpoint: `${url}/revoke`,
      response_types_supported: ['code'],
      id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
      token_endpoint_auth_methods_supported: ['client_secret_post'],
      authorization_response_iss_parameter_supported: true,
    }
  }

  #authorize(asked: URLSearchParams): string {
    const code = `code-${this.#codes.size + 1}-${asked.get('state')}`
    this.#codes.set(code, { nonce: asked.get('nonce') ?? '' })
    const target = new URL(asked.get('redirect_uri') ?? '')
    const answer = { code, state: asked.get('state') ?? '', iss: this.url, ...this.misbehaviour.answer }
    for (const [name, value] of Object.entries(answer)) if (value !== undefined) target.searchParams.set(name, value)
    return target.href
  }

  /** Redeems a code any number of times, and does not check the verifier. */
  #redeem(form: URLSearchParams): { status?: number; body: unknown } {
    const authorization = this.#codes.get(form.get('code') ?? '')
    if (!authorization) return { status: 400, body: { error: 'invalid_grant' } }
    this.redeemed += 1
    const now = Math.floor(Date.now() / 1_000)
    const claims = {
      iss: this.url,
      aud: this.client.id,
      nonce: authorization.nonce,
      iat: now,
      exp: now + 300,
      ...this.user,
      ...this.misbehaviour.claims,
    }
    const make = this.misbehaviour.token ?? ((of, issuer) => issuer.signed(of))
    const tokens = { access_token: 'an-access-token', refresh_token: this.refreshToken, expires_in: 3_600 }
    return { body: { token_type: 'Bearer', ...tokens, id_token: make(claims, this) } }
  }
}

const encode = (...parts: object[]): string =>
  parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
