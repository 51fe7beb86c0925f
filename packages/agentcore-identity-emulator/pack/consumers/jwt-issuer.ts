import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

export async function startJwtIssuer() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  // Long: a request that meets the closing of an idle connection would be reset.
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), alg: 'RS256' }] }
    response.end(JSON.stringify(request.url === '/jwks' ? keys : { issuer: url, jwks_uri: `${url}/jwks` }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    token(sub: string) {
      const input = `${part({ alg: 'RS256' })}.${part({ iss: url, sub, exp: Math.floor(Date.now() / 1000) + 3600 })}`
      return `${input}.${sign('RSA-SHA256', Buffer.from(input), privateKey).toString('base64url')}`
    },
    close: () => void server.close().closeAllConnections(),
  }
}
