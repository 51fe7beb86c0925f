import { PROVIDERS } from '@agent-identity/providers'
import { answerRevocation } from '@agent-identity/revocation-function'
import { listenOnLoopback } from '@agent-identity/stand-in-kit'
import express from 'express'
import type { CleanUp } from './clean-up.ts'
import type { Settings } from './settings.ts'

const TIMEOUT_MS = 5_000

export const revocationFunctionOf = (provider: string) => `local-${provider}-revocation`

/** Stands in for AWS Lambda's `Invoke`, and checks no signatures: it does not show that other callers are refused. */
export async function startRevocationFunctions(
  { vendors, providerClients }: Settings,
  url: string,
  cleanUp: CleanUp,
): Promise<void> {
  const app = express()
  app.disable('x-powered-by')
  app.post('/2015-03-31/functions/:name/invocations', express.json({ type: () => true }), async (request, response) => {
    const provider = [...PROVIDERS.values()].find(({ id }) => revocationFunctionOf(id) === request.params.name)
    const client = provider && providerClients.get(provider.id)
    // Any page in the developer's browser can reach loopback.
    const isPage = request.headers.origin !== undefined || request.headers['sec-fetch-site'] !== undefined
    const revocation = provider?.revocation
    if (!provider || !client || revocation?.by !== 'client' || isPage)
      return void response.status(404).json({ Type: 'User', Message: 'Function not found' })
    const { pathname } = new URL(revocation.url.replace('{client_id}', client.id))
    response.json(
      await answerRevocation(request.body, {
        revocation,
        client: { clientId: client.id, clientSecret: client.secret },
        url: new URL(pathname, vendors[provider.id]).href,
        timeoutMs: TIMEOUT_MS,
      }),
    )
  })
  const { close } = await listenOnLoopback(app, Number(new URL(url).port))
  cleanUp.add(close)
}
