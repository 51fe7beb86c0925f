import { describe, expect, test } from '@jest/globals'
import { otherConsentOpen } from './test-support/page-contents.ts'

describe('the page that says which other consent is open', () => {
  const page = otherConsentOpen()

  test('says which, since when and for how long', () => {
    expect(page).toContain('<h1>You are already connecting GitHub</h1>')
    expect(page).toContain('You began 2 minutes ago and have not finished yet. It stays open for 8 more minutes.')
  })

  test.each([
    [{ begun: 0, left: 600_000 }, 'a moment ago', '10 more minutes'],
    [{ begun: 59_999, left: 119_999 }, 'a moment ago', '1 more minute'],
    [{ begun: 60_000, left: 59_999 }, '1 minute ago', 'less than a minute'],
  ])('%j: begun %s, open for %s', (times, ago, left) => {
    expect(otherConsentOpen(times)).toContain(`You began ${ago} and have not finished yet. It stays open for ${left}.`)
  })

  test('has one button, in a form that needs no script, and a link to the consent that is open', () => {
    expect(page.match(/<button/g)).toHaveLength(1)
    expect(page).toContain(
      '<form method="post" action="/authorizations/asked/start-instead"><button type="submit">Go on with Google Calendar</button></form>',
    )
    expect(page).toContain('<a class="button-quiet" href="/authorizations/open/start">Finish connecting GitHub</a>')
    expect(page).not.toContain('<script')
  })

  test('distinguishes two requests for one service', () => {
    expect(otherConsentOpen({ asked: 'GitHub' })).toContain('Go on with the other request for GitHub</button>')
  })
})
