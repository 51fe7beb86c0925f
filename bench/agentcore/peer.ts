import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { killAtExit } from '../support/server-process.ts'

export interface PeerRequest {
  id: string
  workloadIdentityToken: string
  callbackUrl: string
}
export type PeerSays = { id: string; authorizationUrl: string } | { id: string; token: true }

export interface Peer {
  pid: number
  /**
   * Begins to wait for one user's token. Either promise may stay pending: the SDK waits for ten minutes, and its failure is only printed.
   */
  accessToken(request: PeerRequest): { authorizationUrl: Promise<string>; token: Promise<void> }
  stop(): void
}

export function startPeer(environment: Readonly<Record<string, string>>, nodeOptions: readonly string[] = []): Peer {
  const child = fork(fileURLToPath(new URL('./peer-process.ts', import.meta.url)), {
    env: { ...environment },
    execArgv: [...nodeOptions],
  })
  killAtExit(child)
  const waiting = new Map<string, { url: (url: string) => void; token: () => void }>()
  child.on('message', (said: PeerSays) => {
    const asked = waiting.get(said.id)
    if ('token' in said) asked?.token()
    else asked?.url(said.authorizationUrl)
  })
  return {
    pid: child.pid ?? 0,
    accessToken(request) {
      const url = Promise.withResolvers<string>()
      const token = Promise.withResolvers<void>()
      waiting.set(request.id, { url: url.resolve, token: token.resolve })
      child.send(request)
      return { authorizationUrl: url.promise, token: token.promise }
    },
    stop: () => child.kill('SIGKILL'),
  }
}
