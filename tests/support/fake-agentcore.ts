import type { IdentityArtifact } from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'

export type CompletionFault = 'refused' | 'not-executed' | 'unknown' | 'unknown but executed'

interface AuthorizationSession {
  sessionUri: string
  authorizationUrl: string
  artifact: IdentityArtifact
  user: string
  entry: string
  returnUrl: string
  /** At the vendor: of the last person who consented. */
  account?: string | undefined
  status: 'waiting' | 'returned' | 'over'
}

export const AUTHORIZATION_ORIGIN = 'https://agentcore.example'
const AUTHORIZE = `${AUTHORIZATION_ORIGIN}/identities/oauth2/authorize`

/**
 * `takesUrlTwice`: an authorization URL leads to a consent also after the user is back, and the last consent counts. It is not known that AgentCore
 * does not do so.
 *
 * One token vault, whose keys begin with the user and the credential provider. Only the identity artifact of the request completes an authorization
 * session.
 */
export function createFakeAgentCore(userOf: (artifact: IdentityArtifact) => string) {
  const minted = new Map<string, IdentityArtifact>()
  const sessions = new Map<string, AuthorizationSession>()
  const vault = new Map<string, string>()
  const completions: { sessionUri: string; user: string }[] = []
  let fault: CompletionFault | undefined
  let takesUrlTwice = false
  let authorizationUrlOf = (sessionUri: string) => `${AUTHORIZE}?request_uri=${encodeURIComponent(sessionUri)}`

  return {
    completions,
    vault,
    sessionAt: (authorizationUrl: string) =>
      [...sessions.values()].find((session) => session.authorizationUrl === authorizationUrl),
    hasToken: (user: string, credentialProvider: string) =>
      [...vault.keys()].some((entry) => entry.startsWith(`${user} ${credentialProvider} `)),
    /** Where no account has consented, it has the name of the user for whom the token was issued. */
    accountOf(accessToken: string): string | undefined {
      const session = sessions.get(accessToken.replace(/^token of /, ''))
      return session?.account ?? session?.user
    },
    userOfMinted(workloadAccessToken: string): string | undefined {
      const artifact = minted.get(workloadAccessToken)
      return artifact && userOf(artifact)
    },
    reset(): void {
      minted.clear()
      sessions.clear()
      vault.clear()
      completions.length = 0
      fault = undefined
    },
    failNext(next: CompletionFault | undefined): void {
      fault = next
    },
    takeUrlTwice(): void {
      takesUrlTwice = true
    },
    pointTo(url: (sessionUri: string) => string): void {
      authorizationUrlOf = url
    },
    /** @returns where the browser is redirected; undefined: no authorization session waits for this consent */
    consent(authorizationUrl: string, account?: string): string | undefined {
      const session = this.sessionAt(authorizationUrl)
      if (session?.status !== 'waiting' && !(session?.status === 'returned' && takesUrlTwice)) return undefined
      session.status = 'returned'
      session.account = account
      return session.returnUrl
    },

    workloadIdentity: {
      // These tests use only providers that need a consent.
      mintWithoutUser: async () => ({ outcome: 'refused' }) as const,
      requestWithoutConsent: async () => ({ outcome: 'refused' }) as const,
      async mintWorkloadAccessToken(artifact: IdentityArtifact) {
        const workloadAccessToken = randomToken(16)
        minted.set(workloadAccessToken, artifact)
        return { outcome: 'minted', workloadAccessToken } as const
      },
      async requestAccessToken(request: {
        workloadAccessToken: string
        credentialProvider: string
        scopes: readonly string[]
        customParameters: Readonly<Record<string, string>>
        returnUrl: string
        state: string
        forceAuthentication?: boolean
      }) {
        const artifact = minted.get(request.workloadAccessToken)
        if (!artifact) return { outcome: 'workload-access-token-rejected' } as const
        const user = userOf(artifact)
        const parameters = Object.entries(request.customParameters).sort().flat()
        const entry = [user, request.credentialProvider, ...request.scopes.toSorted(), ...parameters].join(' ')
        if (request.forceAuthentication) vault.delete(entry)
        const accessToken = vault.get(entry)
        if (accessToken) return { outcome: 'token', accessToken } as const
        const sessionUri = `urn:ietf:params:oauth:request_uri:${randomToken(16)}`
        const authorizationUrl = authorizationUrlOf(sessionUri)
        const back = new URL(request.returnUrl)
        back.search = String(new URLSearchParams({ session_id: sessionUri, state: request.state }))
        sessions.set(sessionUri, {
          sessionUri,
          authorizationUrl,
          artifact,
          user,
          entry,
          returnUrl: back.href,
          status: 'waiting',
        })
        return { outcome: 'authorization-required', authorizationUrl, sessionUri } as const
      },
    },

    sessionBindingIdentity: {
      async completeAuthorization({ sessionUri, artifact }: { sessionUri: string; artifact: IdentityArtifact }) {
        completions.push({ sessionUri, user: userOf(artifact) })
        const failing = fault
        fault = undefined
        if (failing !== undefined && failing !== 'unknown but executed') return { outcome: failing } as const
        const session = sessions.get(sessionUri)
        if (session?.status !== 'returned' || JSON.stringify(session.artifact) !== JSON.stringify(artifact))
          // When the reply is lost, the outcome is unknown, whatever it was.
          return { outcome: failing ? 'unknown' : 'refused' } as const
        session.status = 'over'
        vault.set(session.entry, `token of ${sessionUri}`)
        return { outcome: failing ? 'unknown' : 'completed' } as const
      },
    },
  }
}
