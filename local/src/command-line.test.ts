import { describe, expect, test } from '@jest/globals'
import { parseCommandLine } from './command-line.ts'
import { PORT_COUNT } from './ports.ts'

const LAST = 65_536 - PORT_COUNT
const DEFAULTS = {
  json: false,
  logs: false,
  mcp: true,
  port: 8080,
  replicas: 1,
  signInHabit: 'cognito',
  assumptions: {},
}

describe('the command line', () => {
  test.each([
    [['--prot', '8080'], "Unknown option '--prot': see npm run demo -- --help."],
    [['demo'], /^Unexpected argument 'demo'.*help\.$/],
    [['--port'], /^Option '--port <value>' argument missing: see/],
    [['--port', 'http'], `--port must be a whole number from 0 to ${LAST}, not "http".`],
    [['--port', `${LAST + 1}`], `--port must be a whole number from 0 to ${LAST}, not "${LAST + 1}".`],
    [['--port', '1e3'], `--port must be a whole number from 0 to ${LAST}, not "1e3".`],
    [['--replicas', '0'], '--replicas must be a whole number from 1 to 16, not "0".'],
    [['--assume', 'authorizationCookie'], '--assume takes NAME=VALUE, not "authorizationCookie".'],
    [['--replicas', '17'], '--replicas must be a whole number from 1 to 16, not "17".'],
  ])('refuses %j in one sentence', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(message)
  })

  test.each([
    [[], DEFAULTS],
    [['--json', '--port', `${LAST}`, '--replicas', '16'], { ...DEFAULTS, json: true, port: LAST, replicas: 16 }],
    [['--port=0', '--logs', '--no-mcp'], { ...DEFAULTS, logs: true, mcp: false, port: 0 }],
    [
      ['--assume', 'authorizationCookie=shared', '--assume', 'pollRepeatsAuthorizationUrl=true', '--assume', 'x=false'],
      {
        ...DEFAULTS,
        assumptions: { authorizationCookie: 'shared', pollRepeatsAuthorizationUrl: true, x: false },
      },
    ],
  ])('reads %j', (args, expected) => {
    expect(parseCommandLine(args)).toEqual(expected)
  })

  test('prefers --help to all other options', () => {
    expect(parseCommandLine(['--help', '--port', '7'])).toBe('help')
  })
})
