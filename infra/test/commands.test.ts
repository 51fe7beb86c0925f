import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { synthesize, templateOf } from '../commands/synthesize.ts'
import { tellOutputs } from '../commands/tell-outputs.ts'
import { readDeployment } from '../read-deployment.ts'
import { compileCache, WITHOUT_RULES } from './config.ts'

const directory = mkdtempSync(join(tmpdir(), 'agent-identity-commands-'))
const outdir = join(directory, 'cdk.out')
afterAll(() => rmSync(directory, { recursive: true }))

const WITHOUT_CREDENTIALS = {
  PATH: directory,
  HOME: directory,
  AWS_EC2_METADATA_DISABLED: 'true',
  ...compileCache(),
}

const PRODUCTION = [
  '--stage',
  'production',
  '-c',
  'domainName=agents.example.com',
  '-c',
  'certificateArn=arn:aws:acm:us-east-1:123456789012:certificate/x',
]

const run = (args: string[], environment = {}) =>
  spawnSync(process.execPath, [join(import.meta.dirname, '../commands.ts'), ...args, '--output', outdir], {
    encoding: 'utf8',
    env: { ...WITHOUT_CREDENTIALS, ...environment },
  })

test('synth needs no credentials and no Docker', () => {
  const { status, stdout, stderr } = run(['synth'])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(
    /sandbox in us-east-1, resources: network \d+, edge \d+, identity \d+, session-store \d+, services \d+\n$/,
  )
})

test('synth removes the templates of another stage', () => {
  mkdirSync(outdir, { recursive: true })
  writeFileSync(join(outdir, 'agent-identity-sandbox-services.template.json'), '{}')
  expect(run(['synth', ...PRODUCTION], WITHOUT_RULES).status).toBe(0)
  const templates = readdirSync(outdir).filter((file) => file.endsWith('.template.json'))
  expect(templates).toHaveLength(5)
  expect(templates.every((file) => file.startsWith('agent-identity-production-'))).toBe(true)
})

test('synth deletes no files of another kind', async () => {
  const mine = mkdtempSync(join(directory, 'mine-'))
  writeFileSync(join(mine, 'notes.md'), '')
  // A checkout has such a directory after a synthesis.
  mkdirSync(join(mine, 'cdk.out'))
  await expect(synthesize({ context: {}, outdir: mine })).rejects.toThrow('name another directory with --output')
  expect(readdirSync(mine)).toEqual(['cdk.out', 'notes.md'])
})

test.each(['synth', 'deploy', 'destroy'])('%s --help says the options, and does nothing', (command) => {
  const { status, stdout, stderr } = run([command, '--help'])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toContain('--stage S')
  expect(stdout).not.toContain('resources:')
})

describe('an error is one sentence', () => {
  test.each([
    ['a stage that does not exist', ['synth', '--stage', 'nope'], 'There is no stage "nope"'],
    ['a stage without a value', ['destroy', '--stage', ''], 'stage is empty: give it a value, or leave it out.'],
    ['a Region without a value', ['synth', '-c', 'region='], 'region is empty: give it a value, or leave it out.'],
    ['an unknown context name', ['synth', '-c', 'domain=x.example'], '-c takes name=value with a name of'],
    ['an unknown command', ['sync'], 'Say one of synth, bootstrap, diff, deploy, first-user, destroy'],
    ['an unknown option', ['synth', '--stag', 'x'], "Unknown option '--stag': see npm run deploy -- --help."],
    ['an option of deploy', ['synth', '--revert-drift'], '--revert-drift is an option of deploy, not of synth'],
    ['another option of deploy', ['destroy', '--remove', 'github'], '--remove is an option of deploy, not of destroy'],
    ['an option of bootstrap', ['deploy', '--qualifier', 'x'], '--qualifier is an option of bootstrap, not of deploy'],
    [
      'an option of another command',
      ['deploy', '--email', 'you@example.com'],
      '--email and --name are options of first-',
    ],
    ['bootstrap without credentials', ['bootstrap'], 'No AWS credentials were found'],
    ['deploy without credentials', ['deploy'], 'No AWS credentials were found'],
    ['diff without credentials', ['diff'], 'No AWS credentials were found'],
    ['an option of deploy, too', ['diff', '--yes'], '--yes is an option of deploy, not of diff'],
    [
      'deploy of a stage that keeps its data, without a terminal',
      ['deploy', ...PRODUCTION],
      'there is no terminal to ask at: give --yes',
    ],
    ['destroy without credentials', ['destroy'], 'No AWS credentials were found'],
    ['destroy of a stage that keeps its data', ['destroy', ...PRODUCTION], 'Stage "production" keeps its data'],
  ])('%s', (_what, args, sentence) => {
    const { status, stderr } = run(args)
    expect(status).toBe(1)
    expect(stderr).toContain(sentence)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})

test('after a deployment, it prints the address, the URLs to register and how to create the first user', () => {
  const context = {
    stage: 'sandbox',
    region: 'us-east-1',
    providers: 'profile,github',
    githubSecret: 'agents/github',
  } as const
  const said = Object.entries(context).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  expect(run(['synth', ...said], WITHOUT_RULES).status).toBe(0)
  const deployment = readDeployment(context)
  expect(existsSync(join(outdir, 'agent-identity-sandbox-identity.template.json'))).toBe(true)
  const outputs = join(directory, 'outputs.json')
  const logicalId = (stack: string, name: string) => {
    const { Outputs } = templateOf(outdir, deployment, stack)
    return Object.keys(Outputs).find((id) => id.startsWith(name)) ?? name
  }
  writeFileSync(
    outputs,
    JSON.stringify({
      'agent-identity-sandbox-edge': {
        Address: 'https://d111111abcdef8.cloudfront.net',
        PublishOutputRefX: 'internal',
      },
      'agent-identity-sandbox-identity': {
        [logicalId('identity', 'SignInUserPoolId')]: 'us-east-1_Example1',
        [logicalId('identity', 'GithubCallbackUrl')]:
          'https://bedrock-agentcore.us-east-1.amazonaws.com/identities/oauth2/callback/x',
      },
    }),
  )
  const told = tellOutputs(outdir, outputs, deployment)
  expect(told).toContain('The app:\n  https://d111111abcdef8.cloudfront.net')
  expect(told).toContain('Register this callback URL at your OAuth app (GitHub')
  expect(told).toContain('npm run first-user -- --stage sandbox -c region=us-east-1 --email you@example.com')
  expect(told).not.toContain('internal')
})
