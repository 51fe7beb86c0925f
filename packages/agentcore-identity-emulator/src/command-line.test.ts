import { expect, test } from '@jest/globals'
import { parseCommandLine, withArguments, withVendorByDefault } from './command-line.ts'

test('reads options', () => {
  const args = ['--port', '9000', '--host', '0.0.0.0', '--region', 'eu-west-1', '--public-url', 'https://x.example']
  const hosts = ['--operation-host', 'a', '--control-host', 'b', '--control-host', 'c']
  expect(
    parseCommandLine([
      ...args,
      ...hosts,
      '--config',
      'f.json',
      '--credential',
      'A:B:C',
      '--credential',
      'D:E',
      '--json',
    ]),
  ).toEqual({
    help: false,
    json: true,
    configFile: 'f.json',
    options: {
      port: 9000,
      host: '0.0.0.0',
      region: 'eu-west-1',
      publicUrl: 'https://x.example',
      operationHosts: ['a'],
      controlHosts: ['b', 'c'],
      credentials: [
        { accessKeyId: 'A', secretAccessKey: 'B:C' },
        { accessKeyId: 'D', secretAccessKey: 'E' },
      ],
    },
  })
})

test('without arguments there are no options', () => {
  expect(parseCommandLine([])).toEqual({ help: false, json: false, configFile: undefined, options: {} })
  expect(parseCommandLine(['-h']).help).toBe(true)
})

test('does not repeat an argument without an option: it may be a secret', () => {
  expect(() => parseCommandLine(['AKIAEXAMPLE:a-secret'])).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('a-secret') }),
  )
})

test.each([
  [['--port', 'x'], ['--port: must be a number']],
  [
    ['--credential', 'no-colon', '--credential', ':secret', '--credential', 'id:'],
    ['--credential', '--credential', '--credential'],
  ],
  [['--port', '-1', '--credential', 'x'], ["Option '--port' argument is ambiguous"]],
  [['--unknown'], ["Unknown option '--unknown'"]],
  [['positional'], ['Unexpected argument']],
])('refuses %j', (args, beginnings) => {
  try {
    parseCommandLine(args)
    throw new Error('expected a refusal')
  } catch (error) {
    const { problems } = error as { problems: string[] }
    expect(problems.map((problem, index) => problem.startsWith(beginnings[index] as string))).toEqual(
      beginnings.map(() => true),
    )
  }
})

test('arguments override the file; access keys are combined', () => {
  const key = { accessKeyId: 'A', secretAccessKey: 'B' }
  const other = { accessKeyId: 'C', secretAccessKey: 'D' }
  expect(
    withArguments({ port: 1, region: 'eu-west-1', credentials: [key] }, { port: 2, credentials: [other] }),
  ).toEqual({
    port: 2,
    region: 'eu-west-1',
    credentials: [key, other],
  })
  expect(withArguments({}, {})).toEqual({ port: 8082 })
  for (const file of [[], 'text', null, 1]) expect(() => withArguments(file, {})).toThrow('must be a JSON object')
})

test('without a configured provider there is the built-in authorization server, unless vendor is false', () => {
  const provider = { name: 'p', credentialProviderVendor: 'GithubOauth2', oauth2ProviderConfigInput: {} }
  expect(withVendorByDefault({}).vendor).toBe(true)
  expect(withVendorByDefault({ workloadIdentities: [{ name: 'agent' }] }).vendor).toBe(true)
  expect(withVendorByDefault({ oauth2CredentialProviders: [provider] }).vendor).toBeUndefined()
  expect(withVendorByDefault({ apiKeyCredentialProviders: [{ name: 'key' }] }).vendor).toBeUndefined()
  expect(withVendorByDefault({ vendor: false }).vendor).toBe(false)
})

test('--with-vendor adds the built-in authorization server, as the file describes it', () => {
  const { options } = parseCommandLine(['--with-vendor'])
  expect(withArguments({}, options).vendor).toBe(true)
  expect(withArguments({ vendor: { users: ['carol'] } }, options).vendor).toEqual({ users: ['carol'] })
})
