import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, test } from '@jest/globals'
import { McpServer } from '@modelcontextprotocol/server'
import { createEndpoint } from './endpoint.ts'

test('a body that is too large is refused without closing the connection: its sender gets the answer, and goes on', async () => {
  const sessions = { read: () => undefined, begin: () => undefined } as never
  const log = { warn() {} }
  const endpoint = createEndpoint(() => new McpServer({ name: 'test', version: '1' }), sessions, log)
  const server = createServer((request, response) => void endpoint.handle(request as never, response)).listen(
    0,
    '127.0.0.1',
  )
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8')
  let received = ''
  socket.on('data', (text: string) => {
    received += text
  })
  const answers = async (count: number) => {
    while (received.split('HTTP/1.1 ').length - 1 < count) await once(socket, 'data')
    return [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))
  }

  const post = (length: number) =>
    `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`
  socket.write(`${post(300_000)}${'x'.repeat(1_000)}`)
  expect(await answers(1)).toEqual([413])
  // The rest comes after the answer. The next request is answered on the same connection.
  socket.write(`${'x'.repeat(299_000)}${post(1)}x`)
  expect(await answers(2)).toEqual([413, 406])

  socket.destroy()
  server.close()
  await endpoint.close()
})
