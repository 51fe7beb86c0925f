import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { LocalStackError } from '../local-stack-error.ts'
import type { Child, ChildProcesses } from './child-processes.ts'

export function startRedis(options: {
  children: ChildProcesses
  port: number
  directory: string
  configurationFile?: string | undefined
  environment: Readonly<Record<string, string>>
}): { child: Child; ready: Promise<void> } {
  const { children, port, directory, configurationFile, environment } = options
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  const child = children.start({
    name: 'redis',
    command: findRedis(environment.PATH ?? ''),
    args: [
      ...(configurationFile ? [configurationFile] : []),
      ...['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory],
    ],
    environment,
    onLine(line) {
      if (line.includes('Ready to accept connections')) resolve()
      return false
    },
  })
  return { child, ready }
}

/** Valkey takes the same options. */
function findRedis(path: string): string {
  const candidates = ['redis-server', 'valkey-server'].flatMap((name) =>
    path.split(delimiter).map((directory) => join(directory, name)),
  )
  const found = candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
  if (!found)
    throw new LocalStackError('Neither redis-server nor valkey-server is installed: install one, or set REDIS_URL.')
  return found
}
