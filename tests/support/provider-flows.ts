import { PROVIDERS } from '@agent-identity/providers'
import { loadScriptedOf } from '@agent-identity/providers/scripted'

/** For every provider, the first example of its scripted model. */
const FLOWS = await Promise.all(
  [...PROVIDERS.values()].map(async ({ id, displayName, credential }) => {
    const [tool = '', first] = Object.entries(await loadScriptedOf(id))[0] ?? []
    return { provider: id, displayName, credential, tool, question: first?.example ?? '' }
  }),
)

/** For every tool that changes something, the example of its scripted model. */
export const CHANGE_FLOWS = (
  await Promise.all(
    [...PROVIDERS.values()].map(async ({ id, displayName, atWork }) => {
      const [{ tools }, scripted] = await Promise.all([
        atWork({ url: 'http://127.0.0.1', timeoutMs: 1 }),
        loadScriptedOf(id),
      ])
      return tools
        .filter(({ does }) => does !== 'read')
        .map(({ name: tool, asksFirst, destination }) => ({
          ...{ provider: id, displayName, tool, question: scripted[tool]?.example ?? '' },
          alwaysAsks: asksFirst === true || destination === 'other',
        }))
    }),
  )
).flat()

export const PROVIDER_FLOWS = FLOWS.filter(({ credential }) => credential === 'user')

/** A second provider with consent, and no particular one. */
export const ANOTHER_FLOW = PROVIDER_FLOWS.find(({ provider }) => provider !== 'github') ?? flowOf('profile')

export const WITHOUT_CONSENT_FLOWS = FLOWS.filter(({ credential }) => credential !== 'user')

export function flowOf(provider: string) {
  const flow = FLOWS.find((one) => one.provider === provider)
  if (!flow) throw new Error(`There is no provider ${provider}`)
  return flow
}
