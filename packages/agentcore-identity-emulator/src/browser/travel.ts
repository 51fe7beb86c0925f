import type { Calls } from '../control/calls.ts'
import type { Faults } from '../control/faults.ts'
import { describeCause } from '../describe-error.ts'
import type { Log } from '../log.ts'
import { VendorError } from '../oauth/vendor-error.ts'
import { type BrowserAnswer, badRequest } from './browser-answer.ts'

export type Leg = 'authorize' | 'callback'
export type Outcome = { redirectTo: string; setCookie?: string } | { status: number; message: string }
export type Travel = (
  leg: Leg,
  answer: () => BrowserAnswer | Promise<BrowserAnswer>,
) => Promise<{ outcome: Outcome; dropReply: boolean }>

export function createTravel({ calls, faults, log }: { calls: Calls; faults: Faults; log: Log }): Travel {
  return async (operation, answer) => {
    const fault = await faults.take(operation)
    const outcome = fault?.error ?? (await attempt(answer, log))
    const status = 'redirectTo' in outcome ? 302 : outcome.status
    calls.record({ operation, status, principal: null, user: null, decision: null })
    log.info({ operation, status })
    return { outcome, dropReply: fault?.dropReply ?? false }
  }
}

async function attempt(answer: () => BrowserAnswer | Promise<BrowserAnswer>, log: Log): Promise<Outcome> {
  try {
    return await answer()
  } catch (error) {
    if (!(error instanceof VendorError)) throw error
    log.warn({ cause: describeCause(error) })
    return badRequest(error.says)
  }
}
