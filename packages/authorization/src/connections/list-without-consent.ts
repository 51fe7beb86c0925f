import { type CredentialKind, type OfferedProviders, scopesInWords, type UserRef } from '@agent-identity/contracts'
import { needsNoConsent } from '../need/access-without-consent.ts'
import type { AskFirstChoices } from './ask-first.ts'

export interface AccessOfAgent {
  provider: string
  displayName: string
  credential: Exclude<CredentialKind, 'user'>
  scopes: string[]
  /** Absent when no tool changes anything there. */
  askFirst?: boolean
}

export async function listWithoutConsent(
  user: UserRef,
  ports: { offered: OfferedProviders; askFirst: Pick<AskFirstChoices, 'isOn'> },
): Promise<AccessOfAgent[]> {
  return Promise.all(
    [...ports.offered.values()].filter(needsNoConsent).map(async (offered) => {
      const { id: provider, displayName, credential, scopeDescriptions, readOnly } = offered
      return {
        provider,
        displayName,
        credential,
        scopes: scopesInWords(offered, Object.keys(scopeDescriptions)),
        ...(readOnly ? {} : { askFirst: await ports.askFirst.isOn(user, provider) }),
      }
    }),
  )
}
