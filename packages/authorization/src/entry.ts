import { type Entry, type Label, normalizeScopes, type OfferedProvider, type Provider } from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'

const DEFAULT_LABEL: Label = { parameter: 'connection_label' }

/** How the vendor is asked for an account. It decides nothing: the account that comes is read with its token. */
export interface AskedFor {
  hint?: string | undefined
  chooser?: true | undefined
}

/** A new entry. It is empty: this label was never sent before. */
export function newEntry(
  provider: Pick<OfferedProvider, 'credentialProvider' | 'customParameters' | 'accountChoice' | 'label'>,
  scopes: readonly string[],
  asked: AskedFor = {},
): Entry {
  const { label = DEFAULT_LABEL, credentialProvider } = provider
  const random = randomToken(16)
  return {
    credentialProvider,
    scopes: normalizeScopes(scopes).join(' '),
    parameters: {
      ...parametersFor(provider, asked),
      ...(typeof label === 'object' ? { [label.parameter]: random } : {}),
    },
    ...(label === 'user-id' ? { userIdSuffix: random } : {}),
  }
}

export const isShared = ({ label }: Pick<OfferedProvider, 'label'>): boolean => label === 'none'

function parametersFor(
  { customParameters, accountChoice }: Pick<Provider, 'customParameters' | 'accountChoice'>,
  asked: AskedFor,
) {
  return {
    ...customParameters,
    ...(accountChoice && asked.chooser ? accountChoice.chooser : {}),
    ...(accountChoice && asked.hint ? { [accountChoice.hint]: asked.hint } : {}),
  }
}

export function isSameEntry(one: Entry | undefined, other: Entry | undefined): boolean {
  if (!one || !other) return false
  const names = Object.keys(one.parameters)
  return (
    one.credentialProvider === other.credentialProvider &&
    one.scopes === other.scopes &&
    one.userIdSuffix === other.userIdSuffix &&
    names.length === Object.keys(other.parameters).length &&
    names.every((name) => one.parameters[name] === other.parameters[name])
  )
}
