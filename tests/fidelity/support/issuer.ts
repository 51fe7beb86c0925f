import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from './vendor.ts'

export class Issuer {
  url = ''
  requests = 0
  /** The issuer that the discovery document names; one other than `url` makes the document invalid. */
  claimedIssuer: string | undefined
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
  readonly #server = createServer((request, response) => {
    this.requests += 1
    const jwk = { ...this.#keys.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }
    if (request.url === '/jwks') json(response, 200, { keys: [jwk] })
    else json(response, 200, { issuer: this.claimedIssuer ?? this.url, jwks_uri: `${this.url}/jwks` })
  })

  async start() {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return this
  }

  /** A token that is valid for an hour. `claims` and `header` replace or add members; undefined removes one. */
  token(sub: string, claims: object = {}, header: object = {}, key: KeyObject = this.#keys.privateKey) {
    const now = Math.floor(Date.now() / 1000)
    const all = { iss: this.url, sub, aud: 'app', iat: now, exp: now + 3600, jti: randomUUID(), ...claims }
    const input = [{ alg: 'RS256', kid: 'k1', typ: 'JWT', ...header }, all]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    return `${input}.${sign('RSA-SHA256', Buffer.from(input), key).toString('base64url')}`
  }

  close() {
    this.#server.closeAllConnections()
    return new Promise<void>((resolve) => void this.#server.close(() => resolve()))
  }
}
