import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Redis } from 'ioredis'
import { type Answer, exchange } from './http-browser.ts'
import { mayBeOfThisTest } from './people-of-this-test.ts'
import { Person } from './person.ts'
import type { Service, Stack } from './stack-shape.ts'
import { STACKS_FILE_VARIABLE } from './stacks-file.ts'
import { until } from './until.ts'

export type { Service, Stack } from './stack-shape.ts'

export function stackOfThisWorker(): Stack {
  const file = process.env[STACKS_FILE_VARIABLE]
  const stacks = file ? (JSON.parse(readFileSync(file, 'utf8')) as Stack[]) : []
  const stack = stacks[Number(process.env.JEST_WORKER_ID ?? '1') - 1] ?? stacks[0]
  if (!stack) throw new Error('No local stack is running; start the tests with npm test')
  return stack
}

export function person(stack: Stack, username: string): Person {
  const user = stack.users.find((candidate) => candidate.username === username)
  if (!user) throw new Error(`The local stack has no user ${username}`)
  return new Person(stack, user)
}

export function replicaOf(stack: Stack, service: Service, n: 0 | 1): string {
  const url = stack.processes[service]?.[n]?.url
  if (!url) throw new Error(`The local stack has no ${service} ${n}`)
  return url
}

export async function isReady(stack: Stack, service: Service, n: 0 | 1): Promise<boolean> {
  const url = new URL('/readyz', replicaOf(stack, service, n))
  return (await exchange(url, 'GET', { host: url.host })).status === 200
}

/** A user whom no other test has used. */
export async function somebodyNew(stack: Stack): Promise<Person> {
  const redis = new Redis(stack.redis)
  const taken = await redis.incr('tests:people')
  redis.disconnect()
  return person(stack, `user-${taken}`)
}

export async function signedIn(stack: Stack): Promise<Person> {
  const somebody = await somebodyNew(stack)
  const { status, url } = await somebody.signIn()
  if (status !== 200) throw new Error(`Signing in ended with ${status} at ${url.origin}${url.pathname}`)
  return somebody
}

/** More than a test takes. */
const HELD_MS = 600_000

interface Call {
  at: string
  operation: string
  status: number
  principal: string | null
  user: string | null
}

export const emulatorOf = (stack: Stack) => {
  const post = async (path: string, body: unknown) => {
    const text = JSON.stringify(body)
    const url = new URL(`/_emulator/${path}`, stack.agentcoreIdentity)
    const answer = await exchange(
      url,
      'POST',
      { host: url.host, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) },
      text,
    )
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.body}`)
  }
  const forgetFaults = async () => {
    const url = new URL('/_emulator/faults', stack.agentcoreIdentity)
    const { status } = await exchange(url, 'DELETE', { host: url.host })
    if (status !== 204) throw new Error(`faults: ${status}`)
  }
  const callsOfAll = async (): Promise<Call[]> => {
    const url = new URL('/_emulator/calls', stack.agentcoreIdentity)
    return JSON.parse((await exchange(url, 'GET', { host: url.host })).body) as Call[]
  }
  /** Calls for the users of earlier tests are left out. */
  const calls = async () => (await callsOfAll()).filter(({ user }) => mayBeOfThisTest(stack, user))
  return {
    callsOfAll,
    calls,
    /** @returns a function that counts the calls of an operation since now, in total or by one service */
    async counting() {
      // By time: the emulator forgets its oldest calls, which would move every index.
      const before = (await callsOfAll()).at(-1)?.at ?? ''
      return async (operation: string, by?: string) =>
        (await calls())
          .filter(({ at }) => at > before)
          .filter((call) => call.operation === operation && (!by || call.principal?.endsWith(`user/${by}`))).length
    },
    fault: (fault: {
      operation: string
      /** A subject. Without one, work for the users of earlier tests may take the fault. */
      user?: string
      status?: number
      error?: string
      delayMs?: number
      dropReply?: boolean
      times: number
    }) => post('faults', fault),
    /** The operation's next call for this user waits for the release. */
    async hold(operation: string, fault: { user: string; status?: number }) {
      await post('faults', { operation, ...fault, delayMs: HELD_MS, times: 1 })
      const url = new URL('/_inspector/view', stack.agentcoreIdentity)
      const isPlanned = async () =>
        (await exchange(url, 'GET', { host: url.host })).body.includes(`${HELD_MS} ms later`)
      return {
        held: () => until(async () => !(await isPlanned())),
        /** Other planned faults are forgotten, too. */
        release: forgetFaults,
      }
    },
    forgetFaults,
    setPolicies: (accessKeyId: string, policies: readonly unknown[]) => post('policies', { accessKeyId, policies }),
    advance: (advanceSeconds: number) => post('clock', { advanceSeconds }),
  }
}

export const logOf = (stack: Stack): Promise<string> => readFile(stack.logFile, 'utf8')

/** Waits for the lines about these answers: they may reach the log file after the answers. */
export async function logWith(stack: Stack, answers: readonly Pick<Answer, 'headers'>[]): Promise<string> {
  const ids = answers.map(({ headers }) => String(headers['x-request-id']))
  let log = ''
  await until(async () => {
    log = await logOf(stack)
    return ids.every((id) => log.includes(id))
  })
  return log
}
