import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type TokenRequest = { authorization: string | undefined; parameters: URLSearchParams }
type Answer = (response: ServerResponse, request: TokenRequest) => void

/** Consents at once, requires PKCE and its own codes, and misbehaves on request. */
export class Vendor {
  url = ''
  readonly tokenRequests: TokenRequest[] = []
  /** Method and path of every request, in order, without those that came while `isAway`. */
  readonly requests: string[] = []
  /** Undefined: no expires_in and no refresh token, like a classic GitHub OAuth App. */
  expiresIn: number | undefined
  metadata: Record<string, unknown> = {}
  /** Each request's connection is cut. */
  isAway = false
  #answers: Answer[] = []
  #codes = new Map<string, { challenge: string; redirectUri: string }>()
  #server = createServer((request, response) => void this.#handle(request, response))

  async start() {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return this
  }

  get discoveries() {
    return this.requests.filter((request) => request.includes('/.well-known/')).length
  }

  answerNext(...answers: Answer[]) {
    this.#answers.push(...answers)
  }

  get endpoints() {
    return { issuer: this.url, authorizationEndpoint: `${this.url}/authorize`, tokenEndpoint: `${this.url}/token` }
  }

  get discoveryUrl() {
    return `${this.url}/.well-known/oauth-authorization-server`
  }

  close() {
    this.#server.closeAllConnections()
    return new Promise<void>((resolve) => void this.#server.close(() => resolve()))
  }

  async #handle(request: IncomingMessage, response: ServerResponse) {
    if (this.isAway) return request.socket.destroy()
    const url = new URL(request.url ?? '/', this.url)
    this.requests.push(`${request.method} ${url.pathname}`)
    if (url.pathname === '/authorize') return this.#authorize(url, response)
    if (url.pathname === '/.well-known/oauth-authorization-server') {
      return json(response, 200, {
        issuer: this.url,
        authorization_endpoint: `${this.url}/authorize`,
        token_endpoint: `${this.url}/token`,
        ...this.metadata,
      })
    }
    const parameters = new URLSearchParams(await readBody(request))
    const tokenRequest = { authorization: request.headers.authorization, parameters }
    this.tokenRequests.push(tokenRequest)
    const planned = this.#answers.shift()
    if (planned) return planned(response, tokenRequest)
    return json(response, ...this.#issue(parameters))
  }

  #authorize({ searchParams }: URL, response: ServerResponse) {
    const code = randomBytes(16).toString('hex')
    const redirectUri = searchParams.get('redirect_uri') ?? ''
    this.#codes.set(code, { challenge: searchParams.get('code_challenge') ?? '', redirectUri })
    const location = `${redirectUri}?${new URLSearchParams({ code, state: searchParams.get('state') ?? '' })}`
    response.writeHead(302, { location }).end()
  }

  #issue(parameters: URLSearchParams): [number, object] {
    if (parameters.get('grant_type') === 'authorization_code') {
      const code = this.#codes.get(parameters.get('code') ?? '')
      this.#codes.delete(parameters.get('code') ?? '')
      const challenge = createHash('sha256')
        .update(parameters.get('code_verifier') ?? '')
        .digest('base64url')
      const valid = code?.challenge === challenge && code.redirectUri === parameters.get('redirect_uri')
      if (!valid) return [400, { error: 'invalid_grant' }]
    }
    const id = randomBytes(6).toString('hex')
    const lasting = this.expiresIn === undefined ? {} : { expires_in: this.expiresIn, refresh_token: `refresh-${id}` }
    return [200, { access_token: `access-${id}`, token_type: 'bearer', ...lasting }]
  }
}

export function json(response: ServerResponse, status: number, body: object) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function readBody(request: IncomingMessage) {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
