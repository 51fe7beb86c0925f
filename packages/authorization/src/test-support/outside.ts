import type { Entry, StartId, UserSessionRef } from '@agent-identity/contracts'
import type { Vault } from '../vault.ts'

export const SESSIONS = ['s', 't'].map((letter) => letter.repeat(22) as UserSessionRef) as [
  UserSessionRef,
  UserSessionRef,
]

export interface Token {
  id: string
  account: string
  /** When AgentCore was asked for its consent. */
  askedAt: number
  /** The account that the user expected then. */
  expected: string | undefined
  isDead?: true
}

/** One authorization session of AgentCore, and the browser's way through it. */
export interface Trip {
  start: StartId
  entry: Entry
  askedAt: number
  expected?: string | undefined
  consented?: string
  isCompleted?: true
}

/** AgentCore and a vendor, in memory. */
export function createOutside(of: {
  step(): Promise<void>
  isAway(): boolean
  entries: 'separate' | 'shared'
  vendorEnds: 'token' | 'grant'
  clock(): number
  /** Of a start. */
  expiresAt(id: StartId): number
}) {
  const { step, isAway, clock, expiresAt } = of
  let n = 0
  const vault = new Map<string, Token>()
  const tokens = new Map<string, Token>()
  const trips = new Map<string, Trip>()
  const signedIn = new Set<UserSessionRef>(SESSIONS)
  const asked: ('request' | 'read' | 'clear')[] = []
  const keyOf = ({ scopes, parameters }: Entry) => {
    const { connection_label: label, ...rest } = parameters
    return JSON.stringify([scopes, rest, of.entries === 'separate' ? label : undefined])
  }
  const isSignedIn = (userSession: UserSessionRef | undefined) => userSession !== undefined && signedIn.has(userSession)

  const agentcore: Vault = {
    async request({ userSession }, entry, state) {
      await step()
      asked.push('request')
      if (!isSignedIn(userSession)) return { outcome: 'signed-out' }
      if (isAway()) return { outcome: 'unavailable' }
      const token = vault.get(keyOf(entry))
      if (token) return { outcome: 'token', accessToken: token.id }
      const start = state.slice(0, state.lastIndexOf('.')) as StartId
      const sessionUri = `uri-${start}`
      trips.set(sessionUri, { start, entry, askedAt: clock() })
      const artifact = { kind: 'user-id', userId: 'alice' } as const
      return { outcome: 'authorization-required', authorizationUrl: `https://agentcore/${start}`, sessionUri, artifact }
    },
    async read({ userSession }, entry) {
      await step()
      asked.push('read')
      if (!isSignedIn(userSession)) return { outcome: 'signed-out' }
      if (isAway()) return { outcome: 'unavailable' }
      const token = vault.get(keyOf(entry))
      return token ? { outcome: 'token', accessToken: token.id } : { outcome: 'none' }
    },
    async clear({ userSession }, entry) {
      await step()
      asked.push('clear')
      if (!isSignedIn(userSession)) return 'signed-out'
      if (isAway()) return 'unavailable'
      vault.delete(keyOf(entry))
      return 'cleared'
    },
  }

  /** AgentCore stores the token of a consent. It forgets an authorization session after ten minutes. */
  /** @returns false when AgentCore refuses */
  function complete(trip: Trip): boolean {
    if (trip.isCompleted || !trip.consented || clock() >= expiresAt(trip.start)) return false
    trip.isCompleted = true
    const token: Token = { id: `token-${n++}`, account: trip.consented, askedAt: trip.askedAt, expected: trip.expected }
    tokens.set(token.id, token)
    vault.set(keyOf(trip.entry), token)
    return true
  }

  /** The vendor ends a token. */
  function kill(token: Token): void {
    for (const one of of.vendorEnds === 'grant' ? tokens.values() : [token])
      if (one.account === token.account) one.isDead = true
  }

  return { agentcore, vault, tokens, trips, signedIn, asked, keyOf, complete, kill }
}
