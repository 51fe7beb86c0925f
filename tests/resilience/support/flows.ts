import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { WrongAccount } from '@agent-identity/contracts'
import type { Person } from '../../support/person.ts'
import { person, type Stack } from '../../support/stack.ts'
import { mendVendor } from '../../support/vendors.ts'
import type { Chance } from './chance.ts'
import { type Count, countOf, type Ending, type Verdict } from './counts.ts'
import { decide } from './deciding.ts'
import { FlowFailure, nextOf, patiently, type Seen, SignedOut, shownOnce, validText } from './following.ts'

const QUESTIONS = {
  list: () => 'List my repositories',
  issue: (who: Person) => `Open an issue titled Flow in ${repositoryOf(who)}`,
  event: () => 'Add Lunch at 12:30 to my calendar',
} as const
type Question = keyof typeof QUESTIONS

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

const repositoryOf = ({ username }: Person) => `${username}/repo-of-${username}`

export interface Flow {
  who: Person
  question: Question
  verdict: Verdict
}

/** One user, from signing in to an end, who retries after 5xx and broken connections. */
async function runFlow(stack: Stack, username: string, { chance, mayBeSignedOut }: Settings): Promise<Flow> {
  const who = person(stack, username)
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
  return endOf(who, question, seen, cancelled ? 'cancel' : decision)
}

/**
 * Asks, and decides at each requested consent: after an unconfirmed binding it is requested again.
 *
 * @param deciding is called before each decision.
 */
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
      if (one.event === 'wrong_account') return !accepted.has(one.data.authorizationId)
      return one.event === 'authorization_required' && !handled.has(one.data.authorizationId)
    })
    if (event.event === 'wrong_account') {
      accepted.add(event.data.authorizationId)
      await useIt(who, event.data)
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

/** A vendor that does not say whose account it is counts as another one: the user says "Use it". */
const useIt = (who: Person, { provider, accountId, generation, account }: WrongAccount) =>
  patiently('accepting an account', async () => {
    const path = `/api/connections/${provider}/acceptance?account=${accountId}`
    const { status } = await who.api(path, { method: 'POST', json: { generation, account } })
    if (status === 401) throw new SignedOut('accepting an account')
    // 404 and 409: it was accepted before, or ended.
    return status < 300 || [404, 409, 410].includes(status) ? true : undefined
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

/**
 * The vendor's own count of the flow's changes, read when nothing fails any more; also checks that a signed-out user can sign in again and go on.
 */
async function checkEffects({ who, question, verdict }: Flow): Promise<Verdict> {
  if ('failure' in verdict || (question === 'list' && verdict.end !== 'signedOut')) return verdict
  try {
    await signIn(who)
    // On a busy machine such a check may be taken over by another run, and then its own result may be unknown.
    let unknownLooks = 0
    const text = await patiently('looking at the vendor', async () => {
      const answer = validText((await untilDone({ who, question }, 'authorize', CHECKS[question](who))).seen)
      if (answer.includes('not known whether')) unknownLooks += 1
      // AgentCore may still have unused faults.
      return /cannot be obtained|not known whether/.test(answer) ? undefined : answer
    })
    const most = countIn(who, question, text)
    const least = most - unknownLooks
    if (least > 1) throw new FlowFailure('duplicated', `asked once, done ${least} times`)
    if (verdict.end === 'done' && most === 0) throw new FlowFailure('wrong', 'said to be done, and is not')
    if (verdict.end === 'refused' && least > 0) throw new FlowFailure('wrong', 'done although it was refused')
    return verdict
  } catch (error) {
    const failure = error instanceof FlowFailure ? error.failure : 'wrong'
    return { failure, why: `${who.username}, ${question}, afterwards: ${(error as Error).stack}` }
  }
}

const CHECKS = {
  list: QUESTIONS.list,
  issue: (who: Person) => `Open an issue titled Check in ${repositoryOf(who)}`,
  event: () => 'What is on my calendar today?',
} as const satisfies Record<Question, unknown>

function countIn(who: Person, question: Question, text: string): number {
  const [, issue] = /Issue #(\d+), "Check"/.exec(text) ?? []
  if (question === 'issue' && issue) return Number(issue) - 1
  if (question === 'event' && text.includes('On your calendar')) return text.split('Lunch').length - 1
  if (question === 'list' && text.includes(`repo-of-${who.username}`)) return 0
  throw new FlowFailure('wrong', text)
}

export async function signIn(who: Person): Promise<void> {
  const isSignedIn = async () => ((await who.api('/api/session')).status === 200 ? true : undefined)
  await patiently('signing in', async () => (await isSignedIn()) ?? (await who.signIn().then(isSignedIn)))
}

type Asking = Pick<Flow, 'who' | 'question'>

/** Has its effect once, with any number of attempts: a request whose answer was lost may have been executed, and names the same turn. */
function ask(flow: Asking, message = QUESTIONS[flow.question](flow.who)): Promise<string> {
  const headers = { 'Idempotency-Key': randomUUID() }
  return patiently('asking', async () => {
    const answer = await flow.who.postTurn({ message }, headers)
    if (answer.status === 202) return (JSON.parse(answer.body) as { eventsUrl: string }).eventsUrl
    if (answer.status === 401) throw new SignedOut('asking')
    if (answer.status < 500) throw new FlowFailure('wrong', `asking: ${answer.status} ${answer.body}`)
    return undefined
  })
}

interface Settings {
  flows: number
  atATime: number
  chance: Chance
  /** The index of the first flow's user: each flow has its own user. */
  first: number
  /** The pause between two flows, in milliseconds. */
  restMs: number
  /** Whether Redis was emptied: only then "you are signed out" is correct. */
  mayBeSignedOut(): boolean
}

/** Runs flows, a number of them at a time, each with its own user. */
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
      ended.push(await runFlow(stack, `user-${next++}`, settings))
      if (restMs > 0) await pause(restMs)
    }
  }
  await Promise.all(Array.from({ length: atATime }, worker))
  return ended
}

export async function checkAll(flows: readonly Flow[], atATime: number): Promise<Count> {
  const [first] = flows
  if (first) for (const vendor of ['github', 'google-calendar'] as const) await mendVendor(first.who.stack, vendor)
  const verdicts: Verdict[] = []
  const rest = [...flows]
  const worker = async () => {
    for (let flow = rest.pop(); flow; flow = rest.pop()) verdicts.push(await checkEffects(flow))
  }
  await Promise.all(Array.from({ length: atATime }, worker))
  return countOf(verdicts)
}

export const people = (count: number): string[] => Array.from({ length: count }, (_, n) => `user-${n + 1}`)

/** Short timeouts, so that a death is noticed soon; and no limits, which are meant for one user and not for all of them. */
export const FAULTED_STACK = {
  TURN_LEASE_SECONDS: '2',
  AGENTCORE_TIMEOUT_MS: '1000',
  VENDOR_TIMEOUT_MS: '3000',
  SIGN_IN_REQUESTS_PER_ADDRESS_PER_MINUTE: '1000000',
  RETURNS_PER_ADDRESS_PER_MINUTE: '1000000',
  TURNS_PER_USER_PER_MINUTE: '1000',
  STARTS_PER_USER_SESSION_PER_MINUTE: '1000',
  RETURNS_PER_USER_SESSION_PER_MINUTE: '1000',
} as const
