import { once } from 'node:events'
import { connect } from 'node:net'

export interface Executed {
  args: string[]
  /** The client's address, or `lua`. */
  source: string
}

/**
 * With its own socket: ioredis' `monitor()` throws "Command queue state error" when the answer to MONITOR and the first
 * command arrive in one piece.
 */
export async function watchRedis(url: string, onCommand: (executed: Executed) => void): Promise<{ stop(): void }> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname).setEncoding('latin1')
  const begun = Promise.withResolvers<void>()
  socket.on('error', begun.reject)
  socket.on('close', () => begun.reject(new Error('Redis has closed the connection')))
  let rest = ''
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\r\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '+OK') begun.resolve()
      else if (line.startsWith('-')) begun.reject(new Error(line))
      else onCommand(parse(line))
    }
  })
  await once(socket, 'connect')
  socket.write('MONITOR\r\n')
  await begun.promise
  return { stop: () => socket.destroy() }
}

/** `+1339518083.107412 [0 127.0.0.1:60866] "keys" "*"` */
function parse(line: string): Executed {
  const source = /^\+\S+ \[\d+ (\S+)\]/.exec(line)?.[1] ?? ''
  const quoted = line.slice(line.indexOf('] ') + 2).matchAll(/"((?:[^"\\]|\\.)*)"/g)
  return { source, args: [...quoted].map(([, text = '']) => text.replaceAll(/\\(x[\da-f]{2}|.)/g, character)) }
}

const CONTROL: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' }

const character = (_whole: string, code: string) =>
  code.length === 3 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (CONTROL[code] ?? code)
