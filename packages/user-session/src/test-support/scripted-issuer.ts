import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { exportJWK, SignJWT } from 'jose'
import { createOidcClient, type OidcClientSettings } from '../oidc-client.ts'
import { createRecordedLog } from './recorded-log.ts'

export const PUBLIC_URL = 'https://app.example'
export const EXPECTED = { state: 'a-state', nonce: 'a-nonce', codeVerifier: 'A'.repeat(43) }
const CLIENT = { clientId: 'the-app', clientSecret: 'a-client-secret-of-this-test' }
const keys = new Map(['RS256', 'PS256'].map((alg) => [alg, generateKeyPairSync('rsa', { modulusLength: 2048 })]))

interface Sent {
  path: string
  authorization: string | undefined
  parameters: Record<string, string>
}

/** A table of answers: it can leave out what RFC 6749 lets an issuer leave out. */
export async function startScriptedIssuer() {
  const asked: Sent[] = []
  let answers: Record<string, { status: number; body: object | (() => object) }> = {}
  const server = createServer({ keepAliveTimeout: 65_000 }, async (request, response) => {
    const [path = ''] = (request.url ?? '').split('?')
    const parameters = Object.fromEntries(new URLSearchParams(await text(request)))
    asked.push({ path, authorization: request.headers.authorization, parameters })
    const { status, body } = answers[path] ?? { status: 404, body: {} }
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify(typeof body === 'function' ? body() : body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const jwks = await Promise.all(
    [...keys].map(async ([alg, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid: alg, alg, use: 'sig' })),
  )
  const metadata = {
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    jwks_uri: `${url}/keys`,
    id_token_signing_alg_values_supported: ['RS256'],
  }

  return {
    url,
    keys: jwks,
    /** Oldest first. */
    askedAt: (path: string) => asked.filter((one) => one.path === path),

    /** @param body a function is called for each request. */
    answer(path: string, status: number, body: object | (() => object) = {}) {
      answers[path] = { status, body }
    },

    /** `undefined` leaves a member out. */
    publish: (changed: object = {}) => {
      const body = { ...metadata, ...changed }
      answers['/.well-known/openid-configuration'] = { status: 200, body }
    },

    client(settings: Partial<OidcClientSettings> = {}) {
      const { log, lines } = createRecordedLog()
      const given = { issuer: url, ...CLIENT, scopes: 'openid', publicUrl: PUBLIC_URL, clock: Date.now, log }
      return { ...createOidcClient({ ...given, signOut: 'rp-initiated', timeoutSeconds: 60, ...settings }), lines }
    },

    /** For this client, about alice. */
    sign(claims: object = {}, header: { alg?: string; typ?: string } = {}): Promise<string> {
      const { alg = 'RS256' } = header
      const key = keys.get(alg)?.privateKey
      if (!key) throw new Error(`no key for ${alg}`)
      const now = Math.floor(Date.now() / 1_000)
      const all = { iss: url, aud: CLIENT.clientId, sub: 'alice', nonce: EXPECTED.nonce, iat: now, exp: now + 3_600 }
      return new SignJWT({ ...all, ...claims }).setProtectedHeader({ kid: alg, ...header, alg }).sign(key)
    },

    reset() {
      asked.length = 0
      answers = { '/keys': { status: 200, body: { keys: jwks } } }
      this.publish()
    },
    async stop() {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}
