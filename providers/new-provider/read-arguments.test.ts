import { expect, test } from '@jest/globals'
import { readArguments } from './read-arguments.ts'

const exists = (id: string) => id === 'github'

test.each([
  [['Slack', '--vendor', 'SlackOauth2'], '"Slack" is no id'],
  [[], '"" is no id'],
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

test('defaults come from the id', () => {
  expect(readArguments(['slack-bot', '--vendor', 'SlackOauth2'], exists)).toEqual({
    id: 'slack-bot',
    credential: 'user',
    vendor: 'SlackOauth2',
    displayName: 'Slack Bot',
    apiUrl: 'https://api.slack-bot.example',
  })
})
