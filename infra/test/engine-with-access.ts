import { type ChildProcessByStdio, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import * as contracts from '@agent-identity/contracts'
import { afterAll, beforeAll, describe, expect } from '@jest/globals'
import type { ContainerName } from '../names.ts'
import { REDIS_ACCESS } from '../redis-access.ts'

const isInstalled = spawnSync('redis-server', ['--version']).status === 0

export const SESSION = 'A'.repeat(22)
export const ID = 'B'.repeat(22)
export const userSession = `user-session:{${SESSION}}`
export const start = `start:{${SESSION}}:${ID}`
/** The error in a script whose user may not make the call. */
export const SCRIPT_REFUSED = /^NOPERM|^ERR ACL failure|^ERR The user executing the script can't/
export const notifications = contracts.BINDING_NOTIFICATIONS_STREAM

export interface Engine {
  cli(...args: string[]): string
  as(service: ContainerName, ...command: string[]): string
}

export function inTheSessionStore(tests: (engine: Engine) => void): void {
  const describeWithRedis = isInstalled ? describe : describe.skip
  describeWithRedis('in the session store', () => {
    const directory = mkdtempSync(join(tmpdir(), 'agent-identity-redis-'))
    const socket = join(directory, 'redis.sock')
    let server: ChildProcessByStdio<null, Readable, null>

    const cli = (...args: string[]) => execFileSync('redis-cli', ['-s', socket, ...args], { encoding: 'utf8' }).trim()
    const as: Engine['as'] = (service, ...command) =>
      cli('--no-auth-warning', '--user', service, '--pass', 'password', ...command)

    /** Redis 7.0 refuses rules about unknown commands. */
    const rulesFor = (access: string) => {
      const knowsSetInfo = cli('COMMAND', 'INFO', 'client|setinfo') !== ''
      return access.split(' ').filter((rule) => knowsSetInfo || rule !== '+client|setinfo')
    }

    beforeAll(async () => {
      server = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', directory], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      for await (const line of server.stdout) if (String(line).includes('ready to accept connections')) break
      for (const [user, access] of Object.entries(REDIS_ACCESS))
        expect(cli('ACL', 'SETUSER', user, 'reset', '>password', ...rulesFor(access))).toBe('OK')
      cli('SET', userSession, 'sealed')
      cli('SET', `user-tokens:{${SESSION}}`, 'sealed')
      cli('HSET', start, 'progress', 'sealed')
      cli('XADD', notifications, '*', 'startId', 'x')
    })

    afterAll(async () => {
      server.kill()
      await once(server, 'exit')
      rmSync(directory, { recursive: true })
    })

    tests({ cli, as })
  })
}
