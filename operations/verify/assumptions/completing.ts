import { complete, mintForJwt, refusalOf, requestToken } from '../agentcore/calls.ts'
import type { Assumption, Experiment } from './assumption.ts'
import { ask, describeRefusal, leave, makeSurroundings, NOWHERE, RETURN_URL } from './on-the-way.ts'

const INVALID = 'AccessDeniedException 403 "Invalid or expired session"'

const is = {
  early: {
    id: 'complete-before-callback',
    words: 'Complete before the user is back at the callback',
    expected: INVALID,
  },
  anotherUser: {
    id: 'complete-for-another-user',
    words: 'Complete with another user id than the one that asked',
    expected: INVALID,
  },
  crossForm: {
    id: 'complete-with-another-form',
    words: 'Complete with a JWT where a user id has asked',
    expected: INVALID,
  },
  freshJwt: {
    id: 'complete-with-fresh-jwt',
    words: 'Complete with a newer JWT of the user whose JWT has asked',
    expected: INVALID,
  },
  unknownHost: {
    id: 'token-endpoint-unknown-host',
    words:
      'After those refusals, the right user at a token endpoint whose host does not exist: the code is exchanged in Complete',
    expected: `ValidationException 400 "Failed to resolve hostname: ${NOWHERE}"`,
  },
  failed: {
    id: 'poll-after-failed-exchange',
    words: 'A poll after the exchange has failed',
    expected: 'FAILED',
  },
} satisfies Record<string, Assumption>

export const completing: Experiment = {
  name: 'Complete',
  assumptions: Object.values(is),
  async observe(trial) {
    const { service, vendor } = trial
    const made = await makeSurroundings(trial)
    const said = async (call: Promise<unknown>) => describeRefusal(await refusalOf(call))

    const { userId, request, sessionUri, authorizationUrl } = await ask(trial, made)
    const early = await said(complete(service, sessionUri, { userId }))
    const [asker, fresh] = [await vendor.userToken(), await vendor.userToken()]
    for (const token of [asker, fresh]) trial.hide(token, 'token')
    const trip = await leave(authorizationUrl)
    await trip.browser.visit(trip.withCode)
    const anotherUser = await said(complete(service, sessionUri, { userId: `${userId}-not` }))
    const crossForm = await said(complete(service, sessionUri, { userToken: asker }))
    const unknownHost = await said(complete(service, sessionUri, { userId }))
    const failed = await requestToken(service, { ...request, sessionUri }).then(
      ({ sessionStatus }) => sessionStatus ?? 'no status',
      async (error: unknown) => said(Promise.reject(error)),
    )

    const byJwt = await requestToken(service, {
      workloadIdentityToken: await mintForJwt(service, made.workload, asker),
      resourceCredentialProviderName: made.provider,
      resourceOauth2ReturnUrl: RETURN_URL,
    })
    trial.hide(byJwt.sessionUri, 'session URI')
    const tripByJwt = await leave(byJwt.authorizationUrl ?? '')
    await tripByJwt.browser.visit(tripByJwt.withCode)

    return {
      [is.early.id]: early,
      [is.anotherUser.id]: anotherUser,
      [is.crossForm.id]: crossForm,
      [is.freshJwt.id]: await said(complete(service, byJwt.sessionUri, { userToken: fresh })),
      [is.unknownHost.id]: unknownHost,
      [is.failed.id]: failed,
    }
  },
}
