import type { Browser } from 'playwright-core'
import { EXPERIMENTS } from './assumptions/index.ts'
import { observeAssumptions } from './assumptions/observe-assumptions.ts'
import { Visitor } from './browser/visitor.ts'
import { attacks } from './flow/attacks.ts'
import { flowRowNotTried } from './flow/flow-row.ts'
import { forwardUrl } from './flow/forwarded-url.ts'
import { mainJob } from './flow/main-job.ts'
import { interruptibleWait } from './interruptible.ts'
import { lookAtAuditTrail } from './looking/audit-trail.ts'
import { lookAtMcpServer } from './looking/mcp-server.ts'
import type { Place } from './place/place.ts'
import type { Mask } from './report/mask.ts'
import { recommend } from './report/recommend.ts'
import { leftSentence, type Report } from './report/report.ts'
import type { Row } from './report/row.ts'

export interface Options {
  /** `--long`. */
  long: boolean
  /** Ends the run; created resources are removed anyway. */
  stopped: AbortSignal
  launch(): Promise<Browser>
  say(sentence: string): void
}

export async function runVerification(
  place: Place,
  mask: Mask,
  { long, stopped, launch, say }: Options,
): Promise<Report> {
  const startedAt = new Date()
  for (const [value, placeholder] of place.secrets) mask.hide(value, placeholder)
  const closing: (() => Promise<number>)[] = []
  const rows: Row[] = []
  let leftBehind = 0
  try {
    const leftovers = await place.removeLeftovers()
    if (leftovers > 0) say(`Removed ${leftovers} things that an earlier run had left.`)
    stopped.throwIfAborted()
    const chromium = await launch()
    const nothingLeft = () => 0
    closing.push(() => chromium.close().then(nothingLeft, nothingLeft))
    // The signal may have come while Chromium started.
    stopped.throwIfAborted()
    // This ends all waits for a page.
    stopped.addEventListener('abort', () => void chromium.close())

    const [user, another] = await place.makeUsers()
    for (const { username, password, email } of [user, another]) {
      mask.hide(password, 'password')
      mask.hide(email, 'e-mail address')
      mask.hide(username, 'user')
    }
    const open = () => Visitor.open(chromium, place.app)
    const [victim, attacker] = [await open(), await open()]
    const wait = interruptibleWait(stopped)

    say('Signing in, asking, consenting.')
    const first = await mainJob(victim, user, place.displayName)
    rows.push(...first.rows)
    say('Attacking consents on their way back.')
    await attacker.signIn(another)
    const actors = { victim, user, attacker, another, open }
    const attacked = await attacks(actors, place.displayName, rows)
    say('Forwarding an authorization URL.')
    const forwarded = await forwardUrl(actors, place.displayName, rows)
    for (const { name, value } of await victim.cookies()) mask.hide(value, `cookie ${name}`)
    const consents = {
      asked: [first.authorizationId, ...attacked.asked, ...forwarded.asked],
      bound: [first.authorizationId, ...attacked.bound, ...forwarded.bound],
    }
    for (const id of [...consents.asked, ...consents.bound]) mask.hide(id, 'authorization')
    say('Reading the audit trail.')
    const audit = await lookAtAuditTrail(place, consents, wait)
    rows.push(...audit.rows)
    if (place.hasMcpServer) rows.push(...(await lookAtMcpServer(place.app)))

    const vendor = await place.startVendor(user, victim)
    closing.push(() => vendor.close())
    const hide = (value: string | undefined, placeholder: string) => mask.hide(value, placeholder)
    const trial = { service: place.service, vendor, hide, long, say, wait: place.wait }
    rows.push(...(await observeAssumptions(EXPERIMENTS, trial, mask, stopped)))
    rows.push(...(await place.lookAtCalls(audit.traces)))
  } catch (error) {
    if (stopped.aborted || rows.length === 0) throw error
    // What was seen until then is worth a report. The message may contain an address of the flow, so it is not in the report.
    say(mask.apply((error as Error).message))
    rows.push(flowRowNotTried('the-rest', 'The whole run', 'completed', 'ended with an error'))
  } finally {
    say('Removing the temporary resources.')
    for (const close of [place.close, ...closing].reverse()) leftBehind += await close()
    // Said here, because a run that is stopped, or fails early, has no summary.
    if (leftBehind > 0) say(leftSentence(leftBehind))
  }
  stopped.throwIfAborted()
  const { title: what, region } = place
  const seconds = (Date.now() - startedAt.getTime()) / 1_000
  return {
    what,
    region,
    startedAt: startedAt.toISOString(),
    seconds,
    rows,
    recommendations: recommend(rows, place.consentsAtOnce),
    leftBehind,
  }
}
