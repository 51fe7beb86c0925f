import { PROVIDERS } from '@agent-identity/providers'
import { loadScriptedOf } from '@agent-identity/providers/scripted'

/** Of every provider, the request that its scripted model names first: it reads, and the answer names the user. */
export const PROVIDER_FLOWS = await Promise.all(
  [...PROVIDERS.values()].map(async ({ id, displayName }) => {
    const [tool = '', first] = Object.entries(await loadScriptedOf(id))[0] ?? []
    return { provider: id, displayName, tool, question: first?.example ?? '' }
  }),
)

export const flowOf = (provider: string) => {
  const flow = PROVIDER_FLOWS.find((one) => one.provider === provider)
  if (!flow) throw new Error(`There is no provider ${provider}`)
  return flow
}
