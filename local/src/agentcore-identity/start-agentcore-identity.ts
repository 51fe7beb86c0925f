import type { Child, ChildProcesses } from '../processes/child-processes.ts'
import { PROGRAMS } from '../repository.ts'

export function startAgentcoreIdentity(options: {
  children: ChildProcesses
  url: string
  configurationFile: string
  environment: Readonly<Record<string, string>>
}): { child: Child; ready: Promise<void> } {
  const { children, url, configurationFile, environment } = options
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  const { port } = new URL(url)
  const child = children.start({
    name: 'agentcore-identity',
    command: process.execPath,
    args: [
      PROGRAMS['agentcore-identity'],
      '--port',
      port,
      '--public-url',
      url,
      '--config',
      configurationFile,
      '--json',
    ],
    environment,
    onLine(line) {
      // Not logged: it contains the secret keys.
      const isReady = line.startsWith('{"event":"ready"')
      if (isReady) resolve()
      return isReady
    },
  })
  return { child, ready }
}
