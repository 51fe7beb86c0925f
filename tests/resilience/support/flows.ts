import { setTimeout as pause } from 'node:timers/promises'
import type { TurnEvent } from '@agent-identity/contracts'
import { outcomeOf, type Person } from '../../support/person.ts'
import { person, type Stack } from '../../support/stack.ts'
import type { Chance } from './chance.ts'

/** How a flow ended, as its user sees it. `told`: not done, and the user knows that or knows that it is not known. */
export type Ending = 'done' | 'told' | 'refused'
export type Failure = 'lost' | 'duplicated' | 'wrong'
export type Verdict = { end: Ending } | { failure: Failure; why: string }

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

/** Longest time that anything may take before it counts as lost: the slowest repair is of a killed binding. */
const PATIENCE_MS = 60_000

class FlowFailure extends Error {
  readonly failure: Failure
  constructor(failure: Failure, why: string) {
    super(why)
    this.failure = failure
  }
}

export interface Flow {
  who: Person
  question: Question
  /** Times that the question may have been taken: a request whose answer was lost may have been heard. */
  asked: number
  verdict: Verdict
}

/** One person, from signing in to an end, patient as people are: what fails with 5xx or breaks is tried again. */
async function runFlow(stack: Stack, username: string, chance: Chance): Promise<Flow> {
  const who = person(stack, username)
  const question = chance.one(['list', 'issue', 'event'] as const)
  const decision = chance.one(DECISIONS)
  const flow: Flow = { who, question, asked: 0, verdict: { failure: 'lost', why: 'not finished' } }
  try {
    await signIn(who)
    flow.verdict = { end: await askAndConsent(flow, decision) }
  } catch (error) {
    const failure = error instanceof FlowFailure ? error.failure : 'wrong'
    flow.verdict = { failure, why: `${username}, ${question}, ${decision}: ${(error as Error).stack}` }
  }
  return flow
}

async function askAndConsent(flow: Flow, decision: Decision): Promise<Ending> {
  const { who, question } = flow
  const { eventsUrl, seen } = await untilDone(flow, decision)
  await shownOnce(who, eventsUrl, seen)
  return endOf(who, question, seen, decision)
}

/** Asks, and decides as often as consent is wanted: where a binding could not be confirmed it is wanted again. */
async function untilDone(
  flow: Asking,
  decision: Decision,
  message?: string,
): Promise<{ eventsUrl: string; seen: Seen[] }> {
  const { who } = flow
  const eventsUrl = await ask(flow, message)
  const seen: Seen[] = []
  const handled = new Set<string>()
  for (;;) {
    const event = await nextOf(who, eventsUrl, seen, (one) => {
      if (one.event === 'done') return true
      return one.event === 'authorization_required' && !handled.has(one.data.authorizationId)
    })
    if (event.event !== 'authorization_required') return { eventsUrl, seen }
    handled.add(event.data.authorizationId)
    await decide(who, event.data, decision)
  }
}

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
  const error = seen.some(({ event }) => event === 'error')
  if (
    error ||
    /cannot be obtained at the moment|does not answer as it should|not known whether|did not work|in time/.test(text)
  )
    return 'told'
  throw new FlowFailure('wrong', `${text} ${JSON.stringify(seen)}`)
}

/** The vendor's own count of what the flow did, asked when nothing fails any more. */
async function checkEffects({ who, question, asked, verdict }: Flow): Promise<Verdict> {
  if ('failure' in verdict || question === 'list') return verdict
  try {
    const flow = { who, question, asked: 0 }
    const next =
      question === 'issue' ? `Open an issue titled Check in ${repositoryOf(who)}` : 'What is on my calendar today?'
    // Faults that nobody has met yet are still to come, and none of them does anything.
    const text = await patiently('looking at the vendor', async () => {
      const answer = validText((await untilDone(flow, 'authorize', next)).seen)
      return /does not answer as it should|cannot be obtained|did not work/.test(answer) ? undefined : answer
    })
    const count =
      question === 'issue' ? Number(/Issue #(\d+), "Check"/.exec(text)?.[1]) - 1 : text.split('Lunch').length - 1
    if (Number.isNaN(count) || !/Issue #|On your calendar/.test(text)) throw new FlowFailure('wrong', text)
    if (count > asked) throw new FlowFailure('duplicated', `asked ${asked} times, done ${count} times`)
    if (verdict.end === 'done' && count === 0) throw new FlowFailure('wrong', 'said to be done, and is not')
    if (verdict.end === 'refused' && count > asked - 1) throw new FlowFailure('wrong', 'done although it was refused')
    return verdict
  } catch (error) {
    const failure = error instanceof FlowFailure ? error.failure : 'wrong'
    return { failure, why: `${who.username}, ${question}, afterwards: ${(error as Error).stack}` }
  }
}

async function signIn(who: Person): Promise<void> {
  await patiently('signing in', async () => {
    await who.signIn()
    return (await who.api('/api/session')).status === 200 ? true : undefined
  })
}

type Asking = Pick<Flow, 'who' | 'question' | 'asked'>

function ask(flow: Asking, message = QUESTIONS[flow.question](flow.who)): Promise<string> {
  return patiently('asking', async () => {
    flow.asked += 1
    const answer = await flow.who.postTurn({ message })
    if (answer.status === 202) return (JSON.parse(answer.body) as { eventsUrl: string }).eventsUrl
    if (answer.status < 500) throw new FlowFailure('wrong', `asking: ${answer.status} ${answer.body}`)
    return undefined
  })
}

type Required = Extract<TurnEvent, { event: 'authorization_required' }>['data']

async function decide(who: Person, { startUrl, authorizationId }: Required, decision: string): Promise<void> {
  if (decision === 'cancel') {
    await patiently('cancelling', async () => {
      const { status } = await who.api(`/api/authorizations/${authorizationId}`, { method: 'DELETE' })
      // 409: it came to its end meanwhile, by the request before this one perhaps.
      return [204, 409].includes(status) ? true : undefined
    })
    return
  }
  let returnUrl: URL | undefined
  let unclear = 0
  await patiently('consenting', async () => {
    if (!returnUrl) {
      const page = await who.start(startUrl, isReturn)
      if (isSettled(page.status)) return 'decided'
      if (page.status === 404) throw new FlowFailure('lost', 'The browser that started it may not start it again')
      const answer = isReturn(page.url)
        ? page
        : await who.decide(page, decision === 'deny' ? 'deny' : 'authorize', isReturn)
      if (!isReturn(answer.url))
        throw new Error(`${answer.url.origin}${answer.url.pathname}: ${answer.status} ${answer.body}`)
      returnUrl = answer.url
    }
    const outcome = outcomeOf(await who.return(returnUrl))
    // Not recognized: AgentCore refused it, and the conversation says what became of it.
    if (['bound', 'already_bound', 'denied', 'expired', 'not_recognized'].includes(outcome)) return 'decided'
    // As the page advises; where it stays unknown how the binding ended, the conversation says so and asks anew if need be.
    if (outcome === 'try_again') unclear += 1
    if (unclear === 5) return 'decided'
    throw new Error(`The return: ${outcome}`)
  })
}

const isReturn = (url: URL) => url.pathname === '/oauth2/session-binding'
const isSettled = (status: number) => status === 409 || status === 410

/** Tries again, as a person does who sees an error page. */
async function patiently<Result>(what: string, act: () => Promise<Result | undefined>): Promise<Result> {
  let last: unknown
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    try {
      const result = await act()
      if (result !== undefined) return result
    } catch (error) {
      if (error instanceof FlowFailure) throw error
      last = error
    }
    await pause(250)
  }
  throw new FlowFailure('lost', `${what}: ${last}`)
}

type Seen = TurnEvent & { id: string }

/** The next event that is wanted, reading on from what was seen, whatever breaks. */
async function nextOf(
  who: Person,
  eventsUrl: string,
  seen: Seen[],
  wanted: (event: TurnEvent) => boolean,
): Promise<TurnEvent> {
  const before = seen.length
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; ) {
    const stream = await who.stream(eventsUrl, seen.at(-1)?.id).catch(() => undefined)
    let taken = 0
    try {
      while (stream && Date.now() < deadline) {
        for (; taken < stream.events.length; taken++) {
          const event = stream.events[taken] as Seen
          if (seen.some(({ id }) => id === event.id)) throw new FlowFailure('duplicated', JSON.stringify(event))
          seen.push(event)
          if (wanted(event)) return event
        }
        if (stream.ended) break
        await pause(25)
      }
    } finally {
      stream?.close()
    }
    await pause(250)
  }
  throw new FlowFailure(
    'lost',
    `Nothing came after ${JSON.stringify(seen.slice(0, before))}: ${JSON.stringify(seen.slice(before))}`,
  )
}

/** What came in pieces is what is there. */
async function shownOnce(who: Person, eventsUrl: string, seen: readonly Seen[]): Promise<void> {
  const whole: Seen[] = []
  await nextOf(who, eventsUrl, whole, ({ event }) => event === 'done')
  const ids = (events: readonly Seen[]) => events.map(({ id }) => id).join()
  if (ids(whole) !== ids(seen)) throw new FlowFailure('lost', `${JSON.stringify(seen)} of ${JSON.stringify(whole)}`)
}

/** Without what a dead run has shown. */
function validText(seen: readonly Seen[]): string {
  let valid: Seen[] = []
  for (const event of seen) {
    if (event.event === 'restarted') valid = valid.slice(0, valid.findIndex(({ id }) => id === event.data.after) + 1)
    else valid.push(event)
  }
  return valid.map((event) => (event.event === 'text' ? event.data.delta : '')).join('')
}

export interface Count {
  flows: number
  done: number
  told: number
  refused: number
  lost: number
  duplicated: number
  wrong: number
  /** What went wrong, flow by flow. */
  why: string[]
}

function countOf(verdicts: readonly Verdict[]): Count {
  const count: Count = { flows: 0, done: 0, told: 0, refused: 0, lost: 0, duplicated: 0, wrong: 0, why: [] }
  for (const verdict of verdicts) {
    count.flows += 1
    if ('failure' in verdict) {
      count[verdict.failure] += 1
      count.why.push(verdict.why)
    } else count[verdict.end] += 1
  }
  return count
}

/** Runs flows, so many at a time; each of a person of their own. */
export async function runFlows(
  stack: Stack,
  settings: { flows: number; atATime: number; chance: Chance; first?: number },
): Promise<Flow[]> {
  const { flows, atATime, chance, first = 1 } = settings
  const ended: Flow[] = []
  let next = first
  const worker = async () => {
    while (next < first + flows) ended.push(await runFlow(stack, `user-${next++}`, chance))
  }
  await Promise.all(Array.from({ length: atATime }, worker))
  return ended
}

export async function checkAll(flows: readonly Flow[], atATime: number): Promise<Count> {
  const verdicts: Verdict[] = []
  const rest = [...flows]
  const worker = async () => {
    for (let flow = rest.pop(); flow; flow = rest.pop()) verdicts.push(await checkEffects(flow))
  }
  await Promise.all(Array.from({ length: atATime }, worker))
  return countOf(verdicts)
}

export const people = (count: number): string[] => Array.from({ length: count }, (_, n) => `user-${n + 1}`)

/** Little patience, so that what dies is noticed soon; and no limits, which are for one person and not for all of them. */
export const FAULTED_STACK = {
  TURN_LEASE_SECONDS: '2',
  AGENTCORE_TIMEOUT_MS: '1000',
  VENDOR_TIMEOUT_MS: '3000',
  SIGN_IN_REQUESTS_PER_ADDRESS_PER_MINUTE: '1000000',
  RETURNS_PER_ADDRESS_PER_MINUTE: '1000000',
  TURNS_PER_USER_SESSION_PER_MINUTE: '1000',
  STARTS_PER_USER_SESSION_PER_MINUTE: '1000',
  RETURNS_PER_USER_SESSION_PER_MINUTE: '1000',
} as const
