import { mintForJwt, mintForNobody, mintForUserId, refusalOf, requestToken } from '../agentcore/calls.ts'
import type { Assumption, Experiment } from './assumption.ts'
import { describeRefusal, makeSurroundings, RETURN_URL } from './on-the-way.ts'

const MINUTE_MS = 60_000

const EXPIRED = 'AccessDeniedException 403 "Token has expired. Please generate a new token."'
const INVALID = 'UnauthorizedException 401 "The workload access token is invalid or has expired"'

const is = {
  firstUse: {
    id: 'first-use',
    words: 'An identity and a provider are usable as soon as they are made',
    expected: 'both at the first call',
  },
  differs: {
    id: 'workload-access-token-differs',
    words: 'Two workload access tokens of one user',
    expected: 'differ',
  },
  malformed: {
    id: 'malformed-workload-access-token',
    words: 'A workload access token that was never minted, at GetResourceOauth2Token',
    expected: INVALID,
  },
  badJwt: {
    id: 'bad-jwt',
    words: 'GetWorkloadAccessTokenForJWT with something that is no JWT',
    expected: 'UnauthorizedException 401 "The user token is invalid or has expired"',
  },
  alteredJwt: {
    id: 'altered-jwt',
    words: "GetWorkloadAccessTokenForJWT with a user's JWT whose signature was altered",
    expected: 'UnauthorizedException 401 "The user token is invalid or has expired"',
  },
  noUser: {
    id: 'user-federation-for-nobody',
    words: 'USER_FEDERATION with a workload access token that acts for no user',
    expected: 'refused with ValidationException',
  },
  expired: {
    id: 'expired-workload-access-token',
    words: 'A workload access token older than fifteen minutes, at GetResourceOauth2Token',
    expected: EXPIRED,
    option: {
      name: 'expiredWorkloadAccessToken',
      values: { [EXPIRED]: 'access-denied', [INVALID]: 'unauthorized' },
    },
  },
} satisfies Record<string, Assumption>

export const minting: Experiment = {
  name: 'workload access tokens',
  assumptions: Object.values(is),
  async observe(trial) {
    const { service } = trial
    const { workload, provider } = await makeSurroundings(trial)
    const ask = (workloadIdentityToken: string) =>
      requestToken(service, {
        workloadIdentityToken,
        resourceCredentialProviderName: provider,
        resourceOauth2ReturnUrl: RETURN_URL,
      })
    const said = async (call: Promise<unknown>) => describeRefusal(await refusalOf(call))

    const mint = await refusalOf(mintForUserId(service, workload, 'first'))
    const tokens = [await mintForUserId(service, workload, 'a user'), await mintForUserId(service, workload, 'a user')]
    const [first = '', second = ''] = tokens
    for (const token of tokens) trial.hide(token, 'token')
    const use = await refusalOf(ask(first))
    const userToken = await trial.vendor.userToken()
    trial.hide(userToken, 'token')
    const withoutUser = await refusalOf(ask(await mintForNobody(service, workload)))

    return {
      [is.firstUse.id]:
        mint || use
          ? `first mint: ${describeRefusal(mint)}; first use: ${describeRefusal(use)}`
          : 'both at the first call',
      [is.differs.id]: first === second ? 'are the same' : 'differ',
      [is.malformed.id]: await said(ask('nonsense')),
      [is.badJwt.id]: await said(mintForJwt(service, workload, 'aaa.bbb.ccc')),
      [is.alteredJwt.id]: await said(mintForJwt(service, workload, altered(userToken))),
      [is.noUser.id]: withoutUser ? `refused with ${withoutUser.name}` : 'accepted',
      [is.expired.id]: trial.long
        ? await said(age().then(() => ask(second)))
        : { notTried: 'it takes sixteen minutes; --long tries it' },
    }

    async function age() {
      trial.say('Waiting sixteen minutes for a workload access token to expire.')
      await trial.wait(16 * MINUTE_MS)
    }
  },
}

/** Changes the twentieth character of the signature: the last one may have unused bits. */
function altered(jwt: string): string {
  const at = jwt.lastIndexOf('.') + 20
  return `${jwt.slice(0, at)}${jwt[at] === 'A' ? 'B' : 'A'}${jwt.slice(at + 1)}`
}
