import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'
import { exportJWK, SignJWT } from 'jose'
import { createLogoutTokenReader } from './logout-token.ts'
import { createRecordedLog } from './test-support/recorded-log.ts'

const ISSUER = 'https://issuer.example'
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

test('an issuer whose keys could not be fetched is asked again after a moment, however many tokens come until then', async () => {
  const answers = { status: 503, asked: 0 }
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256' }] })
  const server = createServer((_request, response) => {
    answers.asked++
    response.writeHead(answers.status, { 'content-type': 'application/json' }).end(keys)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  let now = Date.now()
  const read = createLogoutTokenReader({
    clientId: 'app',
    clock: () => now,
    log: createRecordedLog().log,
    signaturesOf: async () => ({ issuer: ISSUER, jwksUri: `http://127.0.0.1:${port}/`, algorithms: ['RS256'] }),
  })
  const token = await new SignJWT({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } })
    .setProtectedHeader({ alg: 'RS256', kid: 'k', typ: 'logout+jwt' })
    .setIssuer(ISSUER)
    .setAudience('app')
    .setSubject('alice')
    .setIssuedAt()
    .setExpirationTime('2m')
    .setJti('one')
    .sign(privateKey)

  for (let n = 0; n < 5; n++) expect(await read(token)).toEqual({ refused: 'issuer-unavailable' })
  expect(answers.asked).toBe(1)
  answers.status = 200
  now += 5_000
  expect(await read(token)).toMatchObject({ subject: 'alice' })
  expect(await read(token)).toMatchObject({ subject: 'alice' })
  expect(answers.asked).toBe(2)
  server.closeAllConnections()
  await once(server.close(), 'close')
})
