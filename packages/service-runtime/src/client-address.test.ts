import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import express from 'express'
import { clientAddress } from './client-address.ts'
import { listen } from './run-server.ts'

const from = (remoteAddress: string, forwarded?: string) =>
  ({
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    socket: { remoteAddress },
  }) as Pick<IncomingMessage, 'headers' | 'socket'>

const PROXY = '10.20.0.9'
const BROWSER = '203.0.113.7'
const FORGED = '198.51.100.1'

describe('the address that a limit counts', () => {
  test.each([
    ['one proxy that appends', 1, BROWSER, BROWSER],
    ['one proxy, and a header that the client has written', 1, `${FORGED}, ${BROWSER}`, BROWSER],
    ['one proxy, and many entries that the client has written', 1, `${FORGED},${FORGED} ,  ${BROWSER}`, BROWSER],
    ['two proxies', 2, `${BROWSER}, 192.0.2.20`, BROWSER],
    ['two proxies, and a header that the client has written', 2, `${FORGED}, ${BROWSER}, 192.0.2.20`, BROWSER],
    // Clients behind one proxy share a count then, but none can choose the counted address.
    ['two proxies although one is configured', 1, `${FORGED}, ${BROWSER}, 192.0.2.20`, '192.0.2.20'],
    ['no proxy, but a header', 0, FORGED, PROXY],
    ['a request that bypassed one of two proxies', 2, FORGED, PROXY],
    ['a request without the header', 1, undefined, PROXY],
    ['an entry that is no address', 1, `${FORGED}, unknown`, PROXY],
    ['an empty entry', 1, `${FORGED},`, PROXY],
  ])('%s', (_what, trustedProxies, forwarded, counted) => {
    expect(clientAddress(from(PROXY, forwarded), trustedProxies)).toBe(counted)
  })

  test.each([
    ['2001:db8:1:2:aaaa::1', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
  ])('of %s is %s', (address, counted) => {
    expect(clientAddress(from(address), 0)).toBe(counted)
    expect(clientAddress(from(PROXY, `${FORGED}, ${address.split('%')[0]}`), 1)).toBe(counted)
  })
})

test('a header that is sent twice is one list: the second one does not hide the proxy’s entry', async () => {
  const app = express()
  app.get('/', (incoming, response) => void response.send(clientAddress(incoming, 1)))
  const server = await listen(app, { port: 0, drainSeconds: 1 })
  try {
    const outgoing = request(server.url, { headers: { 'x-forwarded-for': [FORGED, `${FORGED}, ${BROWSER}`] } }).end()
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    expect(await text(response)).toBe(BROWSER)
  } finally {
    await server.stop()
  }
})
