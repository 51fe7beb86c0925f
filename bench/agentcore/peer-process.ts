/**
 * `withAccessToken` of npm `bedrock-agentcore` polls every five seconds.
 *
 * Receives `{ id, workloadIdentityToken, callbackUrl }`, sends `{ id, authorizationUrl }` when the user must consent, then `{ id, token: true }` when
 * the wrapped function runs, or `{ id, failure }`.
 */
import { withAccessToken } from 'bedrock-agentcore/identity'
import { SCOPES } from '../support/people.ts'
import type { PeerRequest, PeerSays } from './peer.ts'

const tell = (message: PeerSays) => void process.send?.(message)

process.on('message', ({ id, workloadIdentityToken, callbackUrl }: PeerRequest) => {
  const tool = withAccessToken({
    workloadIdentityToken,
    callbackUrl,
    providerName: 'github',
    scopes: SCOPES,
    authFlow: 'USER_FEDERATION',
    onAuthUrl: (authorizationUrl) => tell({ id, authorizationUrl }),
  })(async (_token: string) => tell({ id, token: true }))
  tool().catch((error: Error) => tell({ id, failure: `bedrock-agentcore: ${error.name} ${error.message}` }))
})
process.on('disconnect', () => process.exit(0))
