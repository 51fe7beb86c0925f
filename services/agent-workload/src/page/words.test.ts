import { API_ERRORS, ConnectionStatus, TURN_ERROR_CODES } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { dayOf, whenOf } from './client/connection-times.ts'
import {
  adviceOn,
  asksShown,
  endedWords,
  STATUS_WORDS,
  useWords,
  wrongAccountWords,
} from './client/connection-words.ts'
import { timeLeftAnnouncement, timeLeftText } from './client/time-left.ts'
import {
  answeredWords,
  confirmationWords,
  progressText,
  REQUEST_PROBLEMS,
  readableName,
  setAsideText,
  settledWords,
  sizeText,
  TURN_ERRORS,
  toConsent,
  toOpenLink,
  toolText,
  waitingText,
} from './client/words.ts'

test.each([
  [0, '1 kB'],
  [1_499, '1 kB'],
  [999_499, '999 kB'],
  [1_000_000, '1.0 MB'],
  [16_777_216, '16.8 MB'],
])('what %d bytes take reads "%s"', (bytes, words) => {
  expect(sizeText(bytes)).toBe(words)
})

describe('the time left', () => {
  test.each([
    [600, '10:00 left'],
    [599.2, '10:00 left'],
    [60, '1:00 left'],
    [9.01, '0:10 left'],
    [0.4, '0:01 left'],
    [0, 'The time is up.'],
    [-30, 'The time is up.'],
  ])('reads %d s as "%s"', (seconds, words) => {
    expect(timeLeftText(seconds)).toBe(words)
  })

  test('says what it is for, where that is shown', () => {
    expect(timeLeftText(552, toOpenLink('GitHub'))).toBe('9:12 left to open the link to GitHub')
    expect(timeLeftText(552, toConsent('GitHub'))).toBe('9:12 left to finish at GitHub')
    expect(timeLeftText(0, toConsent('GitHub'))).toBe('The time is up.')
  })

  test.each([
    [601, 600, undefined],
    [301, 300, '5 minutes left to connect GitHub.'],
    [300, 299, undefined],
    [61, 60, 'One minute left to connect GitHub.'],
    [400, 30, 'One minute left to connect GitHub.'],
    [400, -1, 'The time to connect GitHub is up.'],
    [1, 0, 'The time to connect GitHub is up.'],
    [0, -1, undefined],
  ])('announces %d s → %d s as %s', (before, now, words) => {
    expect(timeLeftAnnouncement(before, now, 'connect GitHub')).toBe(words)
  })

  test('is announced three times in ten minutes', () => {
    const seconds = Array.from({ length: 601 }, (_, index) => 600 - index)
    const said = seconds.slice(1).filter((now) => timeLeftAnnouncement(now + 1, now, 'connect GitHub') !== undefined)
    expect(said).toEqual([300, 60, 0])
  })
})

describe('words', () => {
  test('exist for every code of the contract, and for a lost network', () => {
    expect(Object.keys(REQUEST_PROBLEMS).sort()).toEqual([...Object.keys(API_ERRORS), 'network_lost'].sort())
    expect(Object.keys(TURN_ERRORS).sort()).toEqual([...TURN_ERROR_CODES].sort())
    expect(Object.keys(STATUS_WORDS).sort()).toEqual([...ConnectionStatus.options].sort())
  })

  test('say which account was connected, where it is known', () => {
    expect(settledWords('completed', 'GitHub', 'alice')).toEqual({
      heading: 'GitHub connected',
      advice: 'Connected account: alice',
    })
    expect(settledWords('completed', 'GitHub').advice).toBe('The agent goes on by itself.')
  })

  test.each(['denied', 'cancelled', 'expired', 'failed'] as const)('say what to do after %s', (outcome) => {
    const { heading, advice } = settledWords(outcome, 'GitHub')
    expect(heading).toBe('GitHub not connected')
    expect(advice).toMatch(/ask again/i)
  })

  test.each([
    ['read_calendar', 'started', 'Read calendar…'],
    ['listRepositories', 'succeeded', 'List repositories: done'],
    ['open-issue', 'failed', 'Open issue: did not work'],
    ['', 'unfinished', ': not finished'],
  ] as const)('make a line of the tool %s that %s', (tool, status, words) => {
    expect(toolText(tool, status)).toBe(words)
  })

  test('say how long nothing came, and that the connection is lost', () => {
    expect(progressText('open', 7.9)).toBe('Working…')
    expect(progressText('open', 12.4)).toBe('Still working… (12 s)')
    expect(progressText('lost', 0)).toBe('Connection lost. Trying again…')
  })

  test('name everything that is waited for', () => {
    const nothing = { connect: [], confirm: false }
    const text = (some: Partial<Parameters<typeof waitingText>[0]>) => waitingText({ ...nothing, ...some })
    expect(text({ connect: ['GitHub', 'Google Calendar'] })).toContain('connect GitHub and Google Calendar or cancel.')
    expect(text({ confirm: true })).toBe('This conversation waits until you confirm or decline.')
    expect(text({ connect: ['GitHub'], confirm: true })).toContain(
      'until you connect GitHub or cancel, and you confirm or decline.',
    )
  })

  test.each([
    ['2026-05-15T00:03:00Z', 'today 00:03 UTC'],
    ['2026-05-14T23:59:00Z', 'yesterday 23:59 UTC'],
    ['2026-05-13T10:03:00Z', '13 May 2026 10:03 UTC'],
  ])('say of %s that it was %s', (usedAt, when) => {
    const reader = { now: Date.parse('2026-05-15T10:00:00Z'), timeZone: 'UTC' } as const
    expect(whenOf(usedAt, reader)).toBe(when)
    expect(useWords({ does: 'listed events', usedAt }, reader)).toBe(`Last used by the agent: listed events, ${when}`)
  })

  test.each([
    ['2026-03-30T00:30:00+02:00', '2026-03-28T23:45:00+01:00', '28 March 2026 23:45'],
    ['2026-03-30T00:30:00+02:00', '2026-03-29T10:00:00+02:00', 'yesterday 10:00'],
    ['2026-10-25T23:30:00+01:00', '2026-10-24T10:00:00+02:00', 'yesterday 10:00'],
  ])('at %s, beside a day of 23 or 25 hours, say of %s that it was %s', (now, usedAt, when) => {
    const reader = { now: Date.parse(now), timeZone: 'Europe/Berlin' }
    expect(whenOf(usedAt, reader)).toBe(`${when} Europe/Berlin`)
  })

  test.each([
    [{ askedAccount: 'alice@work', account: 'bob@home' }, 'You asked for alice@work, bob@home was connected.'],
    [{ askedAccount: 'alice@work' }, 'You asked for alice@work, another account at GitHub was connected.'],
    [{ askedAccount: 'alice', account: 'alice' }, 'You asked for alice, another account of that name was connected.'],
    [{ account: 'bob@home' }, 'It is another account than the expected one: bob@home.'],
    [{}, 'It is another account than the expected one: another account at GitHub.'],
  ])('say of %j which account was expected, and which came', (accounts, words) => {
    expect(wrongAccountWords({ displayName: 'GitHub', ...accounts })).toBe(words)
  })

  test.each(ConnectionStatus.options)('say what to do about %s, if there is anything', (status) => {
    const connection = { provider: 'github', displayName: 'GitHub', scopes: [], status }
    const advice = adviceOn({ ...connection, disconnectedAt: '2026-05-14T23:30:00Z' }, 'UTC')
    expect(advice === '').toBe(status === 'connected')
  })

  test.each([
    ['revoked', 'GitHub has ended the access.'],
    [
      'not_confirmed',
      'It is not confirmed that GitHub has ended the access; you can end it at GitHub yourself, in your settings there.',
    ],
    ['nothing_to_revoke', 'There was no access left to end at GitHub.'],
  ] as const)('say how an ending came out: %s', (outcome, words) => {
    expect(endedWords({ displayName: 'GitHub', status: 'disconnected', outcome })).toBe(words)
    const row = { provider: 'github', displayName: 'GitHub', scopes: [], disconnectedAt: '2026-05-14T10:30:00Z' }
    const advice = `Since 14 May 2026 at 10:30 the agent uses nothing of it. ${words}`
    expect(adviceOn({ ...row, status: 'disconnected', outcome }, 'UTC')).toBe(advice)
  })

  test('ask again while the vendor has not answered', () => {
    expect(endedWords({ displayName: 'GitHub', status: 'disconnecting' })).toContain('has not answered yet')
  })

  test.each(ConnectionStatus.options)('say what "Connect" asks for, and not what another button does: %s', (status) => {
    expect(asksShown({ status, asks: ['See'] })).toEqual(status === 'wrong_account' ? [] : ['See'])
  })

  test('say which account came, and that the turn has gone on', () => {
    const { heading, advice } = settledWords('wrong_account', 'GitHub', 'bob@home')
    expect(heading).toBe('GitHub: another account was connected')
    expect(advice).toBe('bob@home came, and not the one that was expected. The turn went on without it.')
    expect(settledWords('wrong_account', 'GitHub').advice).toMatch(/^Another account came/)
  })

  test('give a day in the time zone that is asked for', () => {
    expect(dayOf('2026-05-14T23:30:00Z', 'UTC')).toBe('14 May 2026')
    expect(dayOf('2026-05-14T23:30:00Z', 'Europe/Berlin')).toBe('15 May 2026')
  })
})

test.each([
  ['Google Calendar', 'You went on with Google Calendar. To connect GitHub too, use this link again.'],
  ['GitHub', 'You went on with another request for GitHub. To connect GitHub too, use this link again.'],
])('a card that was set aside for %s says how to start again', (instead, words) => {
  expect(setAsideText('GitHub', instead)).toBe(words)
})

describe('a confirmation', () => {
  test.each([
    [1, 0, 'Do this?', 'Confirm'],
    [15, 0, 'Do these 15?', 'Confirm all 15'],
    [1, 5, 'Do the remaining one?', 'Confirm'],
    [15, 5, 'Do the remaining 15?', 'Confirm all 15'],
  ])('of %d, after %d, asks "%s"', (calls, begun, heading, yes) => {
    expect(confirmationWords(calls, begun)).toMatchObject({ heading, yes })
  })

  test('says how much was done before', () => {
    expect(confirmationWords(2, 1).advice).toContain('has made or tried 1 change for this message already')
    expect(confirmationWords(2, 5).advice).toContain('has made or tried 5 changes')
  })

  test('that was replaced does not say what was done: the later one may have had the same in it', () => {
    expect(answeredWords('withdrawn', 3).advice).not.toContain('done')
  })

  test.each(['declined', 'expired'] as const)('that is %s says that nothing was done', (outcome) => {
    expect(answeredWords(outcome, 3).advice).toMatch(/^.*Nothing of it was done\.$/)
  })

  test('shows names of arguments in words', () => {
    expect(readableName('durationMinutes')).toBe('Duration minutes')
  })
})
