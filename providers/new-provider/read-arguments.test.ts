import { ProviderId } from '@agent-identity/contracts'
import { expect, test } from '@jest/globals'
import { readArguments } from './read-arguments.ts'

const exists = (id: string) => id === 'github'

test.each([
  [['Slack', '--vendor', 'SlackOauth2'], '"Slack" is no id'],
  [[], '"" is no id'],
  [['events', '--vendor', 'SlackOauth2'], '"events" is reserved: take another id.'],
  [['new', '--vendor', 'SlackOauth2'], '"new" is a reserved word of TypeScript: take another id, such as new-app.'],
  [['constructor', '--kind', 'api-key'], '"constructor" is a reserved word of TypeScript'],
  [['github', '--vendor', 'GithubOauth2'], 'There is a folder providers/github already.'],
  [['slack-bot'], "--vendor must be one of AgentCore's: "],
  [['slack-bot', '--vendor', 'Slack'], "--vendor must be one of AgentCore's: "],
  [['slack-bot', '--vendor', 'SlackOauth2', '--name', "a', x: '"], 'is no display name'],
  [['slack-bot', '--vendor', 'SlackOauth2', '--api-url', 'http://x'], '--api-url must be an https address'],
  [['slack-bot', '--vendor', 'SlackOauth2', '--api-url', "https://x/'"], '--api-url must be an https address'],
  [
    ['slack-bot', '--vendor', 'SlackOauth2', '--kind', 'robot'],
    '--kind must be one of user, on-behalf-of, machine, api-key.',
  ],
  [['slack-bot', '--vendor', 'SlackOauth2', '--kind', 'api-key'], '--kind api-key has no vendor'],
  [['slack-bot', '--vendor', 'SlackOauth2', '--kind', 'on-behalf-of'], 'CustomOauth2, MicrosoftOauth2'],
  [['slack-bot', '--vendr', 'SlackOauth2'], "Unknown option '--vendr'. Usage: npm run new-provider"],
])('the arguments %j are refused: %s', (args, sentence) => {
  expect(() => readArguments(args, exists)).toThrow(sentence)
})

test('every id that is taken is a name in the source, and a key that no object has by itself', () => {
  const words = Object.getOwnPropertyNames(Object.prototype).concat(
    'abstract any arguments as async await boolean break case catch class const continue debugger declare default delete do',
    'else enum eval export extends false finally for from function get if implements import in instanceof interface let',
    'new null number object of package private protected public return set static string super switch this throw true try',
    'type typeof undefined var void while with yield',
  )
  const isName = (word: string) => {
    try {
      // As in a module, which is strict and has `await` as a reserved word.
      new Function(`'use strict'; return async () => { const ${word} = 1 }`)
      return word !== 'undefined'
    } catch {
      return false
    }
  }
  const ids = words.flatMap((line) => line.split(' ')).filter((word) => ProviderId.safeParse(word).success)
  const taken = ids.filter((id) => {
    try {
      return readArguments([id, '--kind', 'api-key'], exists).id === id
    } catch {
      return false
    }
  })
  expect(taken).toEqual(ids.filter((id) => isName(id) && !(id in {})))
  expect(taken).toContain('type')
})

test('defaults come from the id', () => {
  expect(readArguments(['slack-bot', '--vendor', 'SlackOauth2'], exists)).toEqual({
    id: 'slack-bot',
    credential: 'user',
    vendor: 'SlackOauth2',
    displayName: 'Slack Bot',
    apiUrl: 'https://api.slack-bot.example',
  })
})
