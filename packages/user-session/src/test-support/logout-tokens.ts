import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, SignJWT } from 'jose'
import { createLogoutTokenReader, type IssuerSignatures } from '../logout-token.ts'
import { createRecordedLog } from './recorded-log.ts'

export const ISSUER = 'https://issuer.example'
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** The test moves the time. */
export async function startKeySet() {
  const answers = { status: 200, asked: 0 }
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k' }] })
  const server = createServer({ keepAliveTimeout: 65_000 }, (_request, response) => {
    answers.asked++
    response.writeHead(answers.status, { 'content-type': 'application/json' }).end(keys)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const jwksUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const time = { now: Date.now() }
  const seconds = () => Math.floor(time.now / 1_000)

  return {
    answers,
    keys,
    time,
    seconds,

    startReader(changed: Partial<IssuerSignatures> | 'no-metadata' = {}) {
      const { log, lines } = createRecordedLog()
      const found =
        changed === 'no-metadata' ? undefined : { issuer: ISSUER, jwksUri, algorithms: ['RS256'], ...changed }
      const read = createLogoutTokenReader({
        clientId: 'app',
        timeoutSeconds: 60,
        clock: () => time.now,
        log,
        signaturesOf: async () => found,
      })
      return { read, lines }
    },

    /** For alice. @param key `foreign` is not in the key set. */
    sign(claims: object = {}, header: { alg?: string; typ?: string; kid?: string } = {}, key?: 'foreign') {
      const all = {
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
        ...{ iss: ISSUER, aud: 'app', sub: 'alice', jti: 'one', iat: seconds(), exp: seconds() + 120 },
      }
      return new SignJWT({ ...all, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'k', typ: 'logout+jwt', ...header })
        .sign(key === 'foreign' ? foreign.privateKey : privateKey)
    },

    reset() {
      Object.assign(answers, { status: 200, asked: 0 })
      // Tokens have whole seconds.
      time.now = Math.floor(Date.now() / 1_000) * 1_000
    },
    async stop() {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}
