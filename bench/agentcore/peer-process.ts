/**
 * The peer: what AWS's own SDK for agents offers for the same need. Waits as `withAccessToken` of npm `bedrock-agentcore`
 * does, which asks every five seconds. Region, endpoint and credentials come from the environment, where the SDK looks.
 *
 * Takes `{ id, workloadIdentityToken, callbackUrl }` and tells `{ id, authorizationUrl }` when it needs the user, then
 * `{ id, token: true }` when the wrapped function runs.
 */
import { withAccessToken } from 'bedrock-agentcore/identity'
import type { PeerRequest, PeerSays } from './peer.ts'

const tell = (message: PeerSays) => void process.send?.(message)

process.on('message', ({ id, workloadIdentityToken, callbackUrl }: PeerRequest) => {
  const tool = withAccessToken({
    workloadIdentityToken,
    callbackUrl,
    providerName: 'github',
    scopes: ['read:user', 'repo'],
    authFlow: 'USER_FEDERATION',
    onAuthUrl: (authorizationUrl) => tell({ id, authorizationUrl }),
  })(async (_token: string) => tell({ id, token: true }))
  // Whoever waits for the token sees that none comes.
  tool().catch((error: Error) => console.error(`bedrock-agentcore: ${error.name} ${error.message}`))
})
process.on('disconnect', () => process.exit(0))
