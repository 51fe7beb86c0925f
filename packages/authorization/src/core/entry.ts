import { normalizeScopes, type OfferedProvider, type Provider } from '@agent-identity/contracts'
import { randomToken } from '@agent-identity/service-runtime'
import type { Entry } from './records.ts'

/**
 * What makes an entry this consent's own.
 *
 * `parameter`: a custom parameter, which is part of the vault's key. Authorization servers ignore parameters that they do not know (RFC 6749 §3.1);
 * a vendor that refuses them has another one that it knows and ignores. `user-id`: a suffix of the user id, in mode `user-id` only. `none`: nothing
 * separates the consents of a user at this provider.
 */
export type Label = { parameter: string } | 'user-id' | 'none'

const DEFAULT_LABEL: Label = { parameter: 'connection_label' }

export interface Labelled {
  label?: Label
}

/** How the vendor is asked for an account. It decides nothing: the account that comes is read with its token. */
export interface AskedFor {
  hint?: string | undefined
  chooser?: true | undefined
}

/** A new entry. It is empty: this label was never sent before. */
export function newEntry(
  provider: Pick<OfferedProvider, 'credentialProvider' | 'customParameters' | 'accountChoice'> & Labelled,
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

export const isShared = ({ label }: Labelled): boolean => label === 'none'

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
