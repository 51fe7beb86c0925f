import { type Check, wrong } from '../finding.ts'
import { jsonObject } from '../http-get.ts'
import type { Subject } from '../subject.ts'

export const issuer: Check<Subject> = {
  name: 'issuer',
  async run({ configuration, get }) {
    const { issuer } = await configuration()
    // OpenID Connect Discovery §4.1 removes a slash at the end of the issuer.
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const problem = await problemOf(() => get(url), issuer)
    return problem ? [wrong(`${url} ${problem}.`, MEND)] : []
  },
}

const MEND =
  'Check that the user pool or your OpenID provider exists and that this machine reaches it; AgentCore must reach it, too.'

async function problemOf(get: () => ReturnType<Subject['get']>, issuer: string): Promise<string | undefined> {
  try {
    const { status, body } = await get()
    if (status !== 200) return `answers with ${status}`
    const metadata = jsonObject(body)
    if (!metadata) return 'is no JSON'
    return metadata.issuer === issuer ? undefined : 'names another issuer'
  } catch {
    return 'does not answer'
  }
}
