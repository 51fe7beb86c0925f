import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { killAtExit } from '../support/server-process.ts'

export interface PeerRequest {
  id: string
  workloadIdentityToken: string
  callbackUrl: string
}
export type PeerSays =
  | { id: string; authorizationUrl: string }
  | { id: string; token: true }
  | { id: string; failure: string }

export interface Peer {
  pid: number
  /** A failure of the SDK rejects what is still pending of this request. */
  accessToken(request: PeerRequest): { authorizationUrl: Promise<string>; token: Promise<void> }
  stop(): void
}

export function startPeer(environment: Readonly<Record<string, string>>, nodeOptions: readonly string[] = []): Peer {
  const child = fork(fileURLToPath(new URL('./peer-process.ts', import.meta.url)), {
    env: { ...environment },
    execArgv: [...nodeOptions],
  })
  killAtExit(child)
  const waiting = new Map<string, { url: PromiseWithResolvers<string>; token: PromiseWithResolvers<void> }>()
  child.on('message', (said: PeerSays) => {
    const asked = waiting.get(said.id)
    if ('token' in said) asked?.token.resolve()
    else if ('authorizationUrl' in said) asked?.url.resolve(said.authorizationUrl)
    else for (const pending of [asked?.url, asked?.token]) pending?.reject(new Error(said.failure))
  })
  return {
    pid: child.pid ?? 0,
    accessToken(request) {
      const url = Promise.withResolvers<string>()
      const token = Promise.withResolvers<void>()
      waiting.set(request.id, { url, token })
      child.send(request)
      return { authorizationUrl: url.promise, token: token.promise }
    },
    stop: () => child.kill('SIGKILL'),
  }
}
