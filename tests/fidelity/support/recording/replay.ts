import { type Emulator, type EmulatorOptions, startEmulator } from 'agentcore-identity-emulator'
import { openBrowser, RETURN_URL } from '../flow.ts'
import { Issuer } from '../issuer.ts'
import { Vendor } from '../vendor.ts'
import { compareAnswer } from './compare-answer.ts'
import type { Browse, Call, Recording, Step } from './recording.ts'
import { differences, fill } from './template.ts'
import { type Answer, callOperation } from './wire.ts'

const SECRET_KEY = 'a secret key of a test'

/** @returns the differences, one line each */
export async function replay({ options, callers = {}, steps }: Recording): Promise<string[]> {
  const [vendor, issuer] = await Promise.all([new Vendor().start(), new Issuer().start()])
  const known = new Map([
    ['vendor', vendor.url],
    ['issuer', issuer.url],
    ['jwt', issuer.token('subject')],
    ['otherJwt', issuer.token('other-subject')],
    ['returnUrl', RETURN_URL],
  ])
  const principals = [{ principal: 'administrator' }, ...principalsOf(fill(callers, known))]
  const emulator = await startEmulator({
    ...(fill(options, known) as EmulatorOptions),
    credentials: principals.map((one, n) => ({ accessKeyId: `KEY${n}`, secretAccessKey: SECRET_KEY, ...one })),
  })
  known.set('endpoint', emulator.url)
  try {
    const play = createPlayer(emulator, vendor, known)
    const found: string[] = []
    for (const [index, step] of steps.entries()) {
      found.push(...(await play(step)).map((difference) => `step ${index + 1}, ${difference}`))
    }
    return found
  } finally {
    await Promise.all([emulator.close(), vendor.close(), issuer.close()])
  }
}

const principalsOf = (callers: NonNullable<Recording['callers']>) =>
  Object.entries(callers).map(([principal, policies]) => ({ principal, policies: policies as never }))

function createPlayer(emulator: Emulator, vendor: Vendor, known: Map<string, string>) {
  const browser = openBrowser()
  return async (step: Step): Promise<string[]> => {
    if ('advanceSeconds' in step) {
      emulator.clock.advance(step.advanceSeconds)
      return []
    }
    if ('vendorSaw' in step) return differences(step.vendorSaw, vendor.requests.splice(0), 'requests to the vendor')
    const answer =
      'call' in step
        ? await callOperation(configurationOf(emulator, step), step.call, fill(step.input, known))
        : await navigate(fill(step, known), browser)
    for (const [name, path] of Object.entries(step.save ?? {})) known.set(name, valueAt(answer, path))
    return step.response ? compareAnswer(fill(step.response, known), answer) : requireSuccess(answer)
  }
}

async function navigate({ browse, cookies }: Browse, browser: ReturnType<typeof openBrowser>): Promise<Answer> {
  const { status, headers, body } = await (cookies === 'none' ? openBrowser() : browser)(browse)
  const all = Object.entries(headers).map(([name, value]) => [name, String(value)])
  return { status, headers: Object.fromEntries(all), body }
}

function configurationOf({ url, region, credentials }: Emulator, { as = 'administrator' }: Call) {
  const caller = credentials.find(({ principalArn }) => principalArn.endsWith(`/${as}`))
  if (caller === undefined) throw new Error(`The recording has no caller ${as}`)
  return { endpoint: url, region, credentials: caller }
}

/** A failing intermediate step would make the following ones meaningless. */
const requireSuccess = ({ status, body }: Answer) => (status < 400 ? [] : [`on the way: ${status} ${body}`])

function valueAt({ headers, body }: Answer, path: string): string {
  const [part, ...names] = path.split('.')
  let value: unknown = part === 'headers' ? headers : JSON.parse(body)
  for (const name of names) value = (value as Record<string, unknown> | undefined)?.[name]
  if (typeof value !== 'string') throw new Error(`The answer has no text at ${path}: ${body}`)
  return value
}
