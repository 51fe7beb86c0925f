import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { MOTO_PYTHON } from './install-moto.ts'
import type { Handle, ResourceRequest } from './types/resource-type.ts'

export interface Moto {
  url: string
  /** Handled types that this moto supports. */
  knownByItself: readonly string[]
  /** What moto has left out: `not updated by moto: <type>`, `not deleted by moto: <type>`. */
  complaints(): readonly string[]
  stop(): Promise<void>
}

/** @param types handled by `handle` and not by moto */
export async function startMoto(types: readonly string[], handle: Handle): Promise<Moto> {
  const handler = createServer((request, response) => void answer(handle, request, response))
  handler.listen(0, '127.0.0.1')
  await once(handler, 'listening')
  const script = join(import.meta.dirname, 'resource_types.py')
  const process = spawn(
    MOTO_PYTHON,
    [script, `http://127.0.0.1:${portOf(handler)}/`, JSON.stringify(types), '--port', '0'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const lines: string[] = []
  const [url, known] = await Promise.all([addressOf(process, lines), once(process.stdout, 'data')])
  return {
    url,
    knownByItself: JSON.parse(String(known[0])) as string[],
    complaints: () => [...new Set(lines.filter((line) => line.startsWith('not ')))].sort(),
    stop: async () => {
      process.kill()
      if (process.exitCode === null && process.signalCode === null) await once(process, 'exit')
      handler.closeAllConnections()
      handler.close()
    },
  }
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

/** @param lines of stderr */
function addressOf(process: ChildProcess, lines: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let rest = ''
    process.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      const read = (rest + chunk).split('\n')
      rest = read.pop() ?? ''
      lines.push(...read)
      const address = read.map((line) => /Running on (http:\S+)/.exec(line)?.[1]).find(Boolean)
      if (address) resolve(address)
    })
    process.once('error', reject)
    process.once('exit', () => reject(new Error(`moto did not start:\n${lines.join('\n')}`)))
  })
}

/** A refusal is plain text: the reason why the resource failed. */
async function answer(handle: Handle, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const answered = await handle((await json(request)) as ResourceRequest)
    response.end(JSON.stringify(answered))
  } catch (error) {
    response.statusCode = 400
    response.end(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
  }
}
