import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import type { People, Person } from '../people.ts'

const { Check, Prompt } = interactionPolicy

/** The parameter that asks for a certain account. */
export type AccountHint = 'login_hint' | 'login'

/** Asks the user for an account for `prompt=select_account`, and when the browser is signed in to another account than the hinted one. */
export function accountChoicePolicy(people: People, hint: AccountHint): interactionPolicy.DefaultPolicy {
  const isSignedInToAnother = ({ oidc }: KoaContextWithOIDC) => {
    const hinted = personOf(people, oidc.params?.[hint])
    const signedInTo = oidc.session?.accountId
    const hasChosen = oidc.result?.login !== undefined
    return hinted !== undefined && signedInTo !== undefined && signedInTo !== hinted.subject && !hasChosen
  }
  const policy = interactionPolicy.base()
  const check = new Check('another_account', 'the browser is signed in to another account', isSignedInToAnother)
  policy.add(new Prompt({ name: 'select_account', requestable: true }, check), 0)
  return policy
}

/** @param hint a username or an e-mail address. */
export function personOf(people: People, hint: unknown): Person | undefined {
  const name = String(hint ?? '').toLowerCase()
  return people.all.find(({ username, email }) => username === name || email === name)
}
