import { randomBytes } from 'node:crypto'
import { refusalOf, requestToken } from '../agentcore/calls.ts'
import type { Assumption, Experiment } from './assumption.ts'
import { ask, describeRefusal, leave, makeSurroundings } from './on-the-way.ts'

const is = {
  repeats: {
    id: 'poll-repeats-authorization-url',
    words: 'A poll with the session URI, before the user is back, repeats the authorization URL',
    expected: 'no',
    option: { name: 'pollRepeatsAuthorizationUrl', values: { yes: true, no: false } },
  },
  returned: {
    id: 'poll-after-callback',
    words: 'A poll with the session URI after the callback and before Complete',
    expected: 'IN_PROGRESS, no token',
  },
  withoutReturnUrl: {
    id: 'poll-without-return-url',
    words: 'A poll with the session URI that leaves the return URL out',
    expected: 'refused with ValidationException',
  },
  unknown: {
    id: 'poll-unknown-session',
    words: 'A poll with a session URI that was never issued',
    expected: 'FAILED, no token',
  },
  foreign: {
    id: 'poll-foreign-session',
    words: "A poll with another user's session URI",
    expected: 'FAILED, no token',
  },
  without: {
    id: 'ask-again-without-session-uri',
    words: 'Asked again without the session URI while one authorization is open',
    expected: 'a new authorization; the first URL still works',
  },
} satisfies Record<string, Assumption>

export const polling: Experiment = {
  name: 'polling',
  assumptions: Object.values(is),
  async observe(trial) {
    const { service } = trial
    const made = await makeSurroundings(trial)
    const one = await ask(trial, made)
    const other = await ask(trial, made)
    const poll = async (more: object) => {
      try {
        const { sessionStatus, accessToken, authorizationUrl } = await requestToken(service, {
          ...one.request,
          ...more,
        })
        return { said: `${sessionStatus ?? 'no status'}, ${accessToken ? 'a token' : 'no token'}`, authorizationUrl }
      } catch (error) {
        return { said: describeRefusal(await refusalOf(Promise.reject(error))), authorizationUrl: undefined }
      }
    }
    const { sessionUri } = one

    const waiting = await poll({ sessionUri })
    const again = await requestToken(service, one.request)
    trial.hide(again.sessionUri, 'session URI')
    const first = await leave(one.authorizationUrl)
    const back = await first.browser.visit(first.withCode)
    const lost = await refusalOf(
      requestToken(service, { ...one.request, sessionUri, resourceOauth2ReturnUrl: undefined }),
    )

    return {
      [is.repeats.id]: waiting.authorizationUrl ? 'yes' : 'no',
      [is.returned.id]: (await poll({ sessionUri })).said,
      [is.withoutReturnUrl.id]: lost ? `refused with ${lost.name}` : 'accepted',
      [is.unknown.id]: (
        await poll({ sessionUri: `urn:ietf:params:oauth:request_uri:${randomBytes(32).toString('base64url')}` })
      ).said,
      [is.foreign.id]: (await poll({ sessionUri: other.sessionUri })).said,
      [is.without.id]:
        `${again.sessionUri === sessionUri ? 'the same authorization' : 'a new authorization'}; the first URL ${
          back.status === 302 ? 'still works' : 'no longer works'
        }`,
    }
  },
}
