import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Person } from '../../support/person.ts'
import { person, type Stack } from '../../support/stack.ts'
import { createChance } from './chance.ts'
import type { Ending, Verdict } from './counts.ts'
import { decide } from './deciding.ts'
import { FlowFailure, nextOf, patiently, type Seen, SignedOut, shownOnce, validText } from './following.ts'

export const QUESTIONS = {
  list: () => 'List my repositories',
  issue: (who: Person) => `Open an issue titled Flow in ${repositoryOf(who)}`,
  event: () => 'Add Lunch at 12:30 to my calendar',
} as const
export type Question = keyof typeof QUESTIONS

const DECISIONS = [
  'authorize',
  'authorize',
  'authorize',
  'authorize',
  'authorize',
  'authorize',
  'deny',
  'cancel',
] as const
type Decision = (typeof DECISIONS)[number]

export const repositoryOf = ({ username }: Person) => `${username}/repo-of-${username}`

export interface Flow {
  who: Person
  question: Question
  verdict: Verdict
  /** The answer says or implies that the change was not made. */
  saysNotDone?: boolean
}

async function runFlow(stack: Stack, n: number, { seed, mayBeSignedOut }: Settings): Promise<Flow> {
  const username = `user-${n}`
  const who = person(stack, username)
  const chance = createChance(seed + n)
  const question = chance.one(['list', 'issue', 'event'] as const)
  const decision = chance.one(DECISIONS)
  const flow: Flow = { who, question, verdict: { failure: 'lost', why: 'not finished' } }
  try {
    await signIn(who)
    flow.verdict = { end: await askAndConsent(flow, decision) }
  } catch (error) {
    if (error instanceof SignedOut && mayBeSignedOut()) {
      flow.verdict = { end: 'signedOut' }
      return flow
    }
    const failure = error instanceof FlowFailure ? error.failure : 'wrong'
    flow.verdict = { failure, why: `${username}, ${question}, ${decision}: ${(error as Error).stack}` }
  }
  return flow
}

async function askAndConsent(flow: Flow, decision: Decision): Promise<Ending> {
  const { who, question } = flow
  const { eventsUrl, seen, cancelled } = await untilDone(flow, decision)
  await shownOnce(who, eventsUrl, seen)
  const end = endOf(who, question, seen, cancelled ? 'cancel' : decision)
  flow.saysNotDone = end === 'told' && saysNotDone(seen)
  return end
}

/** After a restart, an earlier run may have made the change. */
const saysNotDone = (seen: readonly Seen[]) =>
  !seen.some(({ event }) => event === 'error' || event === 'restarted') && !/not known whether/.test(validText(seen))

/** @param deciding is called once for each authorization, before its decision */
export async function untilDone(
  flow: Asking,
  decision: Decision,
  message?: string,
  deciding: () => void = () => undefined,
): Promise<{ eventsUrl: string; seen: Seen[]; cancelled: boolean }> {
  const { who } = flow
  const eventsUrl = await ask(flow, message)
  const seen: Seen[] = []
  const handled = new Set<string>()
  const accepted = new Set<string>()
  let cancelled = false
  for (;;) {
    const event = await nextOf(who, eventsUrl, seen, (one) => {
      if (one.event === 'done') return true
      if (one.event === 'confirmation_required') return !accepted.has(one.data.confirmationId)
      return one.event === 'authorization_required' && !handled.has(one.data.authorizationId)
    })
    if (event.event === 'confirmation_required') {
      accepted.add(event.data.confirmationId)
      await confirmIt(who, event.data.confirmationId)
      continue
    }
    if (event.event !== 'authorization_required') return { eventsUrl, seen, cancelled }
    handled.add(event.data.authorizationId)
    deciding()
    if ((await decide(who, eventsUrl, event.data, decision)) === 'used-up') {
      cancelled = true
      await decide(who, eventsUrl, event.data, 'cancel')
    }
  }
}

/** The failing vendor did not say whose account it is: then a change is confirmed first. */
const confirmIt = (who: Person, confirmationId: string) =>
  patiently('confirming a change', async () => {
    const path = `/api/confirmations/${confirmationId}`
    const { status, body } = await who.api(path, { method: 'POST', json: { answer: 'confirmed' } })
    if (status === 401) throw new SignedOut('confirming a change')
    // Answered before, or its time is over.
    if (status < 300 || [404, 409, 410].includes(status)) return true
    throw new Error(`${status} ${body}`)
  })

function endOf(who: Person, question: Question, seen: readonly Seen[], decision: string): Ending {
  const text = validText(seen)
  const dones = seen.filter(({ event }) => event === 'done').length
  if (dones !== 1) throw new FlowFailure('duplicated', `${dones} ends: ${JSON.stringify(seen)}`)
  const done = {
    list: `repo-of-${who.username}.`,
    issue: `"Flow", is open in ${repositoryOf(who)}`,
    event: 'Lunch is on your calendar',
  }[question]
  const times = text.split(done).length - 1
  if (times > 1) throw new FlowFailure('duplicated', text)
  if (times === 1) return 'done'
  if (/did not allow access|did not want to connect/.test(text) && decision !== 'authorize') return 'refused'
  if (seen.some(({ event, data }) => event === 'error' && data.code === 'signed_out')) throw new SignedOut('the turn')
  const error = seen.some(({ event }) => event === 'error')
  if (
    error ||
    /cannot be obtained at the moment|does not answer as it should|not known whether|did not work|in time/.test(text)
  )
    return 'told'
  throw new FlowFailure('wrong', `${text} ${JSON.stringify(seen)}`)
}

export async function signIn(who: Person): Promise<void> {
  const isSignedIn = async () => ((await who.api('/api/session')).status === 200 ? true : undefined)
  await patiently('signing in', async () => (await isSignedIn()) ?? (await who.signIn().then(isSignedIn)))
}

type Asking = Pick<Flow, 'who' | 'question'>

/** One turn, however many attempts: a request whose answer was lost may have been executed. */
function ask(flow: Asking, message = QUESTIONS[flow.question](flow.who)): Promise<string> {
  const headers = { 'Idempotency-Key': randomUUID() }
  return patiently('asking', async () => {
    const answer = await flow.who.postTurn({ message }, headers)
    if (answer.status === 202) return (JSON.parse(answer.body) as { eventsUrl: string }).eventsUrl
    if (answer.status === 401) throw new SignedOut('asking')
    if (answer.status < 500) throw new FlowFailure('wrong', `asking: ${answer.status} ${answer.body}`)
    throw new Error(`${answer.status} ${answer.body}`)
  })
}

interface Settings {
  flows: number
  atATime: number
  /** A flow's question and decision are drawn from this and its number. */
  seed: number
  /** The number of the first flow. Each flow has its own user. */
  first: number
  /** A worker's pause after each flow, in milliseconds. */
  restMs: number
  /** A user may be found signed out only after Redis was emptied. */
  mayBeSignedOut(): boolean
}

export async function runFlows(
  stack: Stack,
  given: Omit<Settings, 'first' | 'restMs' | 'mayBeSignedOut'> & Partial<Settings>,
): Promise<Flow[]> {
  const settings = { first: 1, restMs: 0, mayBeSignedOut: () => false, ...given }
  const { flows, atATime, first, restMs } = settings
  const ended: Flow[] = []
  let next = first
  const worker = async () => {
    while (next < first + flows) {
      ended.push(await runFlow(stack, next++, settings))
      if (restMs > 0) await pause(restMs)
    }
  }
  await Promise.all(Array.from({ length: atATime }, worker))
  return ended
}

export const people = (count: number): string[] => Array.from({ length: count }, (_, n) => `user-${n + 1}`)

/** The death of a replica is noticed soon, and no flow reaches one of these rate limits. */
export const FAULTED_STACK = {
  TURN_LEASE_SECONDS: '2',
  AGENTCORE_TIMEOUT_MS: '1000',
  REDIS_COMMAND_TIMEOUT_MS: '2000',
  VENDOR_TIMEOUT_MS: '3000',
  ACCOUNT_TIMEOUT_MS: '3000',
  SIGN_IN_REQUESTS_PER_ADDRESS_PER_MINUTE: '1000000',
  RETURNS_PER_ADDRESS_PER_MINUTE: '1000000',
  TURNS_PER_USER_PER_MINUTE: '1000',
  STARTS_PER_USER_SESSION_PER_MINUTE: '1000',
  RETURNS_PER_USER_SESSION_PER_MINUTE: '1000',
} as const
