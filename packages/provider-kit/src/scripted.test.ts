import { expect, test } from '@jest/globals'
import { asksFor } from './scripted.ts'

test.each(['Slack', 'Équipe', 'éclair', 'Ñandú', '東京', '4me'])(
  'a request for the items of %s is understood, and one for those of another name that ends or begins so is not',
  (name) => {
    const request = asksFor(['list', 'show'], `${name} items`)
    expect(`List my ${name} items`).toMatch(request)
    expect(`show ${name} items, please`).toMatch(request)
    expect(`${name} items`).not.toMatch(request)
    expect(`List my É${name} items`).not.toMatch(request)
    expect(`List my ${name} itemsé`).not.toMatch(request)
    expect(`Listé my ${name} items`).not.toMatch(request)
  },
)

test('two requests in one sentence stay two', () => {
  expect('List my notes and show Équipe items').toMatch(asksFor(['show'], 'Équipe items'))
  expect('List my notes and show Équipe items').not.toMatch(asksFor(['list'], 'Équipe items'))
})
