import { setTimeout as pause } from 'node:timers/promises'
import { ListedConnection } from '@agent-identity/contracts'
import type { Chance } from '../resilience/support/chance.ts'
import { signIn, untilDone } from '../resilience/support/flows.ts'
import { FlowFailure, patiently, validText } from '../resilience/support/following.ts'
import type { Person } from '../support/person.ts'
import { failVendor, witnessAt } from '../support/vendors.ts'

export const VENDOR = 'google-calendar'
const STEPS = ['use', 'use', 'disconnect', 'disconnect while it is used', 'disconnect twice at once'] as const

const ENDED_WITHIN_MS = 10 * 60_000
const LATE_WITHIN_MS = 2 * 60_000

/** From the answer to a disconnection until the user goes to the vendor again. Unix time in milliseconds. */
interface Latched {
  from: number
  until: number
}

export function createDisconnecting(who: Person, chance: Chance) {
  const latched: Latched[] = []
  let wentAt = 0
  const count: Record<string, number> = {}
  const tell = (what: string) => {
    count[what] = (count[what] ?? 0) + 1
  }

  /** Consents where the turn asks for it. */
  async function use(): Promise<void> {
    const goesToTheVendor = () => {
      wentAt = Date.now()
      for (const one of latched) one.until = Math.min(one.until, wentAt)
      tell('consent')
    }
    const asking = { who, question: 'list' } as const
    const { seen } = await untilDone(asking, 'authorize', 'What is on my calendar today?', goesToTheVendor)
    tell(validText(seen).includes(`Meeting of ${who.username}`) ? 'used' : 'not used')
  }

  async function disconnect(): Promise<void> {
    const sentAt = Date.now()
    const { connection } = await patiently<{ connection?: ListedConnection }>('disconnecting', async () => {
      const { status, body } = await who.api(`/api/connections/${VENDOR}`, { method: 'DELETE' })
      if (status !== 200 && status !== 404) {
        if (status < 500 && status !== 429) throw new FlowFailure('wrong', `disconnecting: ${status} ${body}`)
        return undefined
      }
      if (status === 404) return {}
      const connection = ListedConnection.parse(JSON.parse(body))
      return { connection }
    })
    if (!connection) return tell('nothing to disconnect')
    // The user may have gone on to connect before the answer.
    if (wentAt < sentAt) latched.push({ from: Date.now(), until: Infinity })
    tell(`disconnected: ${connection.outcome ?? connection.status}`)
  }

  const connection = () =>
    patiently('reading the list', async () => {
      const { status, body } = await who.api('/api/connections')
      if (status !== 200) return undefined
      return {
        one: ListedConnection.array()
          .parse(JSON.parse(body))
          .find(({ provider }) => provider === VENDOR),
      }
    }).then(({ one }) => one)

  const run: Record<(typeof STEPS)[number], () => Promise<unknown>> = {
    use,
    disconnect,
    'disconnect while it is used': () =>
      Promise.all([use(), use(), use(), pause(chance.between(0, 800)).then(disconnect)]),
    'disconnect twice at once': () => Promise.all([disconnect(), disconnect()]),
  }

  return {
    count,
    signIn: () => signIn(who),
    async step(): Promise<void> {
      const step = chance.one(STEPS)
      await run[step]().catch((error: Error) => {
        error.message = `${who.username}, ${step}: ${error.message}`
        throw error
      })
    },
    async finish(): Promise<void> {
      await disconnect()
      // A vendor that was away is asked after longer pauses.
      const deadline = Date.now() + ENDED_WITHIN_MS
      let one = await connection()
      for (; one?.status === 'disconnecting' || one?.status === 'consent_pending'; one = await connection()) {
        if (Date.now() > deadline) throw new FlowFailure('lost', `${who.username} is still ${JSON.stringify(one)}`)
        await pause(1_000)
      }
      tell(`ended: ${one?.outcome ?? one?.status}`)
    },
    /** A token whose user was told that it may live on counts as reported, and not as left. */
    async judge(): Promise<{ callsAfterLatch: number; calls: number; tokensLeft: number; tokensReported: number }> {
      const see = () => witnessAt(who.stack, VENDOR, who.username)
      // A consent whose answer was lost is looked at once more, at least half a minute later. A token that it has brought is revoked after that.
      for (const deadline = Date.now() + LATE_WITHIN_MS; (await see()).tokens > 0 && Date.now() < deadline; )
        await pause(1_000)
      const { calls, tokens } = await see()
      const isReported = (await connection())?.outcome === 'not_confirmed'
      const left = isReported ? { tokensLeft: 0, tokensReported: tokens } : { tokensLeft: tokens, tokensReported: 0 }
      const after = calls.filter(({ at }) => latched.some(({ from, until }) => at > from && at < until))
      return { callsAfterLatch: after.length, calls: calls.length, ...left }
    },
  }
}

/** The vendor's answers to a revocation that are not about the token, or come too late. */
export function revocationFaults(stack: Person['stack'], chance: Chance): Record<string, () => Promise<void>> {
  const fail = (fault: { status?: number; body?: string; delayMs?: number }) => () =>
    failVendor(stack, VENDOR, { path: '/revoke', ...fault, times: chance.between(1, 6) })
  return {
    'revocation 500': fail({ status: 500 }),
    'revocation 401': fail({ status: 401, body: '{}' }),
    'revocation 404': fail({ status: 404 }),
    'revocation nonsense': fail({ status: 400, body: '<html>' }),
    'revocation slower than the timeout': fail({ delayMs: 4_000 }),
  }
}
