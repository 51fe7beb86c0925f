import { mintForUserId, refusalOf, requestToken } from '../agentcore/calls.ts'
import type { Assumption, Experiment } from './assumption.ts'
import { describeRefusal, makeSurroundings, NOWHERE, RETURN_URL } from './on-the-way.ts'

const UNLISTED = `https://${NOWHERE}/another`

const is = {
  none: {
    id: 'no-return-url-registered',
    words: 'A token is asked for with an identity that has no return URL',
    expected: 'refused with ValidationException',
  },
  missing: {
    id: 'no-return-url-sent',
    words: 'A token is asked for without a return URL',
    expected: 'refused with ValidationException',
  },
  unlisted: {
    id: 'unlisted-return-url',
    words: 'A token is asked for with a return URL that is not in the list',
    expected: 'refused with ValidationException',
  },
  match: {
    id: 'return-url-match',
    words:
      'Return URLs that differ from a listed one by a slash at the end, a query, upper case in the host, upper case in the path',
    expected: 'all refused',
  },
} satisfies Record<string, Assumption>

export const returnUrls: Experiment = {
  name: 'return URLs',
  assumptions: Object.values(is),
  async observe(trial) {
    const listed = await makeSurroundings(trial)
    const { name: unlisting = '' } = await trial.service.createIdentity()
    trial.hide(unlisting, 'identity')
    const ask = async (resourceOauth2ReturnUrl: string | undefined, workload = listed.workload) =>
      refusalOf(
        requestToken(trial.service, {
          workloadIdentityToken: await mintForUserId(trial.service, workload, 'a user'),
          resourceCredentialProviderName: listed.provider,
          ...(resourceOauth2ReturnUrl === undefined ? {} : { resourceOauth2ReturnUrl }),
        }),
      )
    const said = async (url: string | undefined, workload?: string) => {
      const refusal = await ask(url, workload)
      // Only the kind of the refusal counts: AWS's text for an unlisted URL is not known.
      return refusal?.name === 'ValidationException' ? 'refused with ValidationException' : describeRefusal(refusal)
    }

    const variants = {
      'a slash': `${RETURN_URL}/`,
      'a query': `${RETURN_URL}?a=b`,
      'case in the host': RETURN_URL.replace(NOWHERE, NOWHERE.toUpperCase()),
      'case in the path': RETURN_URL.replace('/return', '/Return'),
    }
    const taken: string[] = []
    for (const [variant, url] of Object.entries(variants)) if (!(await ask(url))) taken.push(variant)

    return {
      [is.none.id]: await said(RETURN_URL, unlisting),
      [is.missing.id]: await said(undefined),
      [is.unlisted.id]: await said(UNLISTED),
      [is.match.id]: taken.length === 0 ? 'all refused' : `accepted: ${taken.join(', ')}`,
    }
  },
}
