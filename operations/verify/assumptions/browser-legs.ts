import { type Hop, navigate } from '../agentcore/navigate.ts'
import type { Assumption, Experiment } from './assumption.ts'
import { ask, describeHop, leave, makeSurroundings } from './on-the-way.ts'

const DENIED = { error: 'access_denied', error_description: 'The user said no' }

const is = {
  query: {
    id: 'query-to-vendor',
    words: 'What `authorize` sends to the authorization server',
    expected: 'client_id, code_challenge, code_challenge_method, redirect_uri, response_type, scope, state',
  },
  custom: {
    id: 'custom-parameters',
    words: 'Custom parameters: one of our own is sent on, one that names a standard parameter changes nothing',
    expected: 'sent on, nothing changed',
  },
  hint: {
    id: 'login-hint',
    words:
      'What names an account to the authorization server (`login_hint`, `login`), and a `prompt` of two words, arrive unchanged',
    expected: 'unchanged',
  },
  returned: {
    id: 'return-url-parameters',
    words: 'What the callback adds to the return URL when the request had a custom state',
    expected: '302 to the return URL with session_id, state',
  },
  spelling: {
    id: 'session-id-spelling',
    words: 'The colons of `session_id` in the return URL',
    expected: 'not escaped',
  },
  again: {
    id: 'callback-again',
    words: 'The callback a second time, with the same code and state',
    expected: 'refused',
  },
  reopened: {
    id: 'authorization-url-opened-twice',
    words: 'The authorization URL opened twice before the user is back',
    expected: 'refused',
    option: {
      name: 'authorizationUrl',
      values: {
        refused: 'once',
        'the newest trip comes back': 'until-returned',
        'the newest trip comes back, and it opens once more': 'reusable',
      },
    },
  },
  late: {
    id: 'authorization-url-after-return',
    words: 'The authorization URL opened once more after the user is back',
    expected: 'refused',
  },
  errors: {
    id: 'browser-errors',
    words: 'An error of a browser leg, for a browser that asks for HTML',
    expected: 'JSON',
    option: { name: 'browserErrors', values: { JSON: 'json', 'a page': 'page' } },
  },
  denied: {
    id: 'denied-consent',
    words: 'The callback with `error` and without `code`: the user has denied consent',
    expected: 'the browser stays there with 400',
    option: {
      name: 'deniedConsent',
      values: { 'the browser stays there with 400': 'dead-end', 'the browser goes to the return URL': 'return' },
    },
  },
} satisfies Record<string, Assumption>

/** `login_hint` and `prompt` have characters that a query must escape. */
const NAMED = { login_hint: 'alice+work&home@example.com', login: 'alice-work', prompt: 'consent select_account' }

/** An invalid code is enough: AgentCore does not use the code before Complete. */
export const browserLegs: Experiment = {
  name: 'the browser legs',
  assumptions: Object.values(is),
  async observe(trial) {
    const made = await makeSurroundings(trial)
    const refusedOr = (seen: string) => (/^4\d\d /.test(seen) ? 'refused' : seen)

    const plain = await leave((await ask(trial, made)).authorizationUrl)
    const { authorizationUrl } = await ask(trial, made, {
      customState: 'a state of ours',
      customParameters: { ours: 'yes', response_type: 'token', ...NAMED },
    })
    const earlier = await leave(authorizationUrl)
    const second = await leave(authorizationUrl, earlier.browser)
    const reopens = second.hop.status === 302
    const trip = reopens ? second : earlier
    const back = await trip.browser.visit(trip.withCode)
    const again = describeHop(await trip.browser.visit(trip.withCode))
    const late = await trip.browser.visit(authorizationUrl)

    const refusing = await leave((await ask(trial, made, { customState: 'a state of ours' })).authorizationUrl)
    const denied = await refusing.browser.visit(refusing.back(DENIED))

    const error = await navigate(made.callbackUrl, { accept: 'text/html,*/*;q=0.8' })

    return {
      [is.query.id]: [...plain.asked.keys()].sort().join(', '),
      [is.custom.id]: `${trip.asked.get('ours') === 'yes' ? 'sent on' : 'not sent on'}, ${
        trip.asked.get('response_type') === 'code' ? 'nothing changed' : 'a standard parameter changed'
      }`,
      [is.hint.id]: changedIn(trip.asked),
      [is.returned.id]: describeHop(back),
      [is.spelling.id]: back.location.includes('session_id=urn:ietf:') ? 'not escaped' : 'escaped',
      [is.again.id]: refusedOr(again),
      [is.reopened.id]: reopens ? afterReopening(back, late) : refusedOr(describeHop(second.hop)),
      [is.late.id]: late.status >= 400 ? 'refused' : describeHop(late),
      [is.errors.id]: isJson(error.body) ? 'JSON' : 'a page',
      [is.denied.id]:
        denied.status === 302 ? 'the browser goes to the return URL' : `the browser stays there with ${denied.status}`,
    }
  },
}

function afterReopening(back: Hop, late: Hop): string {
  if (back.status !== 302) return describeHop(back)
  return `the newest trip comes back${late.status === 302 ? ', and it opens once more' : ''}`
}

function changedIn(asked: URLSearchParams): string {
  const changed = Object.entries(NAMED).flatMap(([name, value]) => {
    const arrived = asked.getAll(name)
    return arrived.length === 1 && arrived[0] === value ? [] : [arrived.length === 0 ? `no ${name}` : `another ${name}`]
  })
  return changed.join(', ') || 'unchanged'
}

function isJson(body: string): boolean {
  try {
    JSON.parse(body)
    return true
  } catch {
    return false
  }
}
