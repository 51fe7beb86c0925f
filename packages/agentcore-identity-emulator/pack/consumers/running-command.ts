import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { shellWith } from './installed-project.ts'

type Ready = { url: string; region: string; credentials: [{ accessKeyId: string; secretAccessKey: string }] }

export async function startCommand(directory: string, environment: Readonly<Record<string, string>>) {
  const command = spawn(join(directory, 'node_modules/.bin/agentcore-identity-emulator'), ['--port', '0', '--json'], {
    cwd: directory,
    env: shellWith(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  command.stderr.on('data', (chunk) => {
    log += chunk
  })
  const ended = once(command, 'close').then(([status]) => status as number | null)
  const line = await Promise.race([once(createInterface(command.stdout), 'line'), ended])
  if (!Array.isArray(line)) throw new Error(`The command ended with ${line} before it was ready:\n${log}`)
  return {
    ready: JSON.parse(line[0]) as Ready,
    log: () => log,
    async stop() {
      command.kill()
      return ended
    },
  }
}
