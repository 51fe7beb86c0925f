import { PROVIDERS } from '@agent-identity/providers'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { answerRevocation } from './answer-revocation.ts'
import { readClient } from './client-secret.ts'
import { readConfig } from './config.ts'

const config = readConfig()
const revocation = PROVIDERS.get(config.PROVIDER)?.revocation
if (revocation?.by !== 'client') throw new Error(`No client ends tokens of ${config.PROVIDER}`)
const secrets = new SecretsManagerClient({ maxAttempts: 2 })

export const handler = async (event: unknown) => {
  const answer = await answerRevocation(event, {
    revocation,
    client: await readClient(secrets, config.CLIENT_SECRET_ID),
    url: config.REVOCATION_URL,
    timeoutMs: config.REVOCATION_TIMEOUT_MS,
  })
  // For the operator: Lambda counts no error. The cause may also be a wrong client secret.
  if (answer.outcome === 'unavailable') console.warn(`${config.PROVIDER} has not answered a revocation`)
  return answer
}
