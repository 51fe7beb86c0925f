import { afterEach } from '@jest/globals'

interface Started {
  stop(): unknown
}

/** Stops at a test's end what it started. A start that is still under way then, as after a timeout, is stopped once it has resolved. */
export function forThisTest() {
  let ofTheTest: Started[] = []
  afterEach(async () => {
    const all = ofTheTest
    ofTheTest = []
    const faults: unknown[] = []
    for (const started of all.reverse()) {
      try {
        await started.stop()
      } catch (fault) {
        faults.push(fault)
      }
    }
    if (faults.length > 0) throw faults.length === 1 ? faults[0] : new AggregateError(faults)
  })

  return async <Own extends Started>(starting: Own | Promise<Own>): Promise<Own> => {
    const own = ofTheTest
    const started = await starting
    if (own === ofTheTest) own.push(started)
    else await started.stop()
    return started
  }
}
