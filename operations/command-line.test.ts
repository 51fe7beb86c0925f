import { describe, expect, test } from '@jest/globals'
import { parseCommandLine } from './command-line.ts'

const WITHOUT = { json: false, long: false, report: '.', afterDeployment: false }

describe('the command line of doctor and verify', () => {
  test.each([
    [['--prot', '8080'], "Unknown option '--prot': see npm run verify -- --help."],
    [['--local', '--stage', 'sandbox'], 'A demo has no stage'],
    [['--port', '8080', '-c', 'providers=github'], 'A demo has no stage'],
    [['--port', '0'], '--port must be a whole number from 1 to 65535, not "0".'],
    [['--port', '65536'], '--port must be a whole number from 1 to 65535, not "65536".'],
    [['--port', 'http'], '--port must be a whole number'],
    [['-c', 'privders=github'], '-c takes name=value with a name of stage,'],
  ])('refuses %j in one sentence', (args, message) => {
    expect(() => parseCommandLine('verify', args)).toThrow(message)
  })

  test('refuses a report of doctor, which writes none', () => {
    expect(() => parseCommandLine('doctor', ['--report', 'there'])).toThrow('Only verify writes a report.')
  })

  test('only doctor waits after a deployment', () => {
    expect(parseCommandLine('doctor', ['--after-deployment'])).toMatchObject({ afterDeployment: true })
    expect(() => parseCommandLine('verify', ['--after-deployment'])).toThrow('Only doctor has --after-deployment.')
  })

  test.each([
    [['--local'], { ...WITHOUT, asked: { kind: 'local', port: 8080 } }],
    [['--port', '65535', '--json'], { ...WITHOUT, asked: { kind: 'local', port: 65_535 }, json: true }],
    [
      ['--stage', 'production', '-c', 'region=eu-west-1', '-c', 'providers=github', '--report', 'there'],
      {
        ...WITHOUT,
        asked: { kind: 'stage', context: { stage: 'production', region: 'eu-west-1', providers: 'github' } },
        report: 'there',
      },
    ],
  ])('reads %j', (args, expected) => {
    expect(parseCommandLine('verify', args)).toEqual(expected)
  })

  test('does not check the default stage where the given one is empty', () => {
    expect(parseCommandLine('verify', ['--stage', ''])).toMatchObject({
      asked: { kind: 'stage', context: { stage: '' } },
    })
  })

  test('checks a stage by default', () => {
    expect(parseCommandLine('doctor', [])).toMatchObject({ asked: { kind: 'stage' } })
  })

  test('prefers --help to all other options', () => {
    expect(parseCommandLine('doctor', ['--help', '--port', '0'])).toEqual({
      help: expect.stringContaining('npm run doctor'),
    })
  })

  test('names what verify leaves behind in its --help', () => {
    const { help } = parseCommandLine('verify', ['--help']) as { help: string }
    expect(help.replaceAll('\n', ' ')).toContain('what the flow stores for its two users stays')
  })
})
