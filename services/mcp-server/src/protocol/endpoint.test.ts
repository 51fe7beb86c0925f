import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, test } from '@jest/globals'
import { McpServer } from '@modelcontextprotocol/server'
import { createEndpoint } from './endpoint.ts'

const length = (bytes: number) => ({ header: `Content-Length: ${bytes}`, part: (text: string) => text, end: '' })
const chunked = {
  header: 'Transfer-Encoding: chunked',
  part: (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`,
  end: '0\r\n\r\n',
}

test.each([
  ['a length that is declared', length(900_000)],
  ['no declared length', chunked],
])(
  'a body that is too large, with %s, is refused without closing the connection: its sender gets the answer, and goes on',
  async (_which, { header, part, end }) => {
    const sessions = { read: () => undefined, begin: () => undefined } as never
    const log = { warn() {} }
    const endpoint = createEndpoint(() => new McpServer({ name: 'test', version: '1' }), [], sessions, log)
    const server = createServer((request, response) => void endpoint.handle(request, response)).listen(0, '127.0.0.1')
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

    const post = (ofLength: string) =>
      `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${ofLength}\r\n\r\n`
    const third = part('x'.repeat(300_000))
    socket.write(post(header) + third)
    expect(await answers(1)).toEqual([413])
    expect(received).toContain('A request has at most 32768 bytes')
    // The rest comes after the answer.
    socket.write(`${third}${third}${end}${post('Content-Length: 1')}x`)
    expect(await answers(2)).toEqual([413, 406])
    expect(received).not.toMatch(/connection: close/i)

    socket.destroy()
    server.close()
    await endpoint.close()
  },
)
