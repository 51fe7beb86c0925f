import { afterEach } from '@jest/globals'

interface Started {
  stop(): unknown
}

/**
 * For a file whose tests each start something, which is stopped after the test. After a timeout a test may continue: what it starts then is stopped
 * at once, and it must keep its resources in local variables.
 */
export function forThisTest() {
  let ofTheTest: Started[] = []
  afterEach(async () => {
    const all = ofTheTest
    ofTheTest = []
    for (const started of all.reverse()) await started.stop()
  })

  return async <Own extends Started>(starting: Own | Promise<Own>): Promise<Own> => {
    const own = ofTheTest
    const started = await starting
    if (own === ofTheTest) own.push(started)
    else await started.stop()
    return started
  }
}
