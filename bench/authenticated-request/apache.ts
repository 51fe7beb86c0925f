import { ROUTES } from '@agent-identity/contracts'
import type { Measured, Settings } from '../report/benchmark.ts'
import type { BenchStack } from '../support/bench-stack.ts'
import { load } from '../support/load.ts'
import { peopleOf } from '../support/people.ts'
import { findApache, startApache } from './start-apache.ts'

/** Measures `mod_auth_openidc`, a module of Apache that signs users in. Its sessions are in Redis. */
export async function measureApache(
  stack: BenchStack,
  { runs, seconds, say }: { runs: number; seconds: number } & Pick<Settings, 'say'>,
): Promise<NonNullable<Measured['peer']>> {
  const apache = findApache()
  if (typeof apache === 'string') return { skipped: apache }
  const server = await startApache(stack, apache)
  try {
    const person = peopleOf(stack).somebody()
    // The client has one redirect URI, the app's: this browser reaches Apache at that address.
    person.browser.connect = (url) => (url.origin === stack.app ? server.url : undefined)
    const page = await person.signIn(ROUTES.session)
    if (page.status !== 200) throw new Error(`Apache answered ${page.status} after the sign-in`)
    const cookies = [await person.browser.jar.getCookieString(stack.app)]
    // The module ties a session to the host where it began.
    const request = { path: ROUTES.session, cookies, seconds, host: new URL(stack.app).host }
    await load(server, request)
    const values: number[] = []
    for (let run = 1; run <= runs; run++) {
      const { perCpuSecond } = await load(server, request)
      values.push(perCpuSecond)
      say(`run ${run}, Apache: ${Math.round(perCpuSecond)} a CPU second`)
    }
    return { name: `${server.version}, its session in Redis, a static answer`, values }
  } finally {
    await server.stop()
  }
}
