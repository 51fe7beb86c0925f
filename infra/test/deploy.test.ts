import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { type CommandLine, parseCommandLine } from '../commands/command-line.ts'
import { type DeploymentContext, DeploymentError, readDeployment } from '../read-deployment.ts'
import { inEnvironment } from './config.ts'
import { type Call, type Reply, startFakeAws } from './fake-aws.ts'
import { addStage } from './own-stage.ts'
import { stage } from './stages.ts'

/** What the command has done besides calling AWS, in order. */
let steps: string[]
let cdkOptions: string[]
let cdkFails: boolean
let qualifier: string
let found: 'fine' | 'findings'
beforeEach(() => {
  steps = []
  cdkFails = false
  qualifier = 'hnb659fds'
  found = 'fine'
})

const flags = await import('../feature-flags.ts')
const { bootstrapQualifier } = flags
jest.unstable_mockModule('../feature-flags.ts', () => ({ ...flags, bootstrapQualifier: () => qualifier }))
const synthesis = await import('../commands/synthesize.ts')
jest.unstable_mockModule('../commands/synthesize.ts', () => ({
  ...synthesis,
  synthesize: async ({ context }: CommandLine) => {
    steps.push('synth')
    return readDeployment(context)
  },
}))
jest.unstable_mockModule('../commands/cdk.ts', () => ({
  cdk: (_outdir: string, [command, ...options]: string[]) => {
    steps.push(`cdk ${command}`)
    cdkOptions = options
    if (cdkFails) throw new DeploymentError('cdk did not finish')
  },
}))
jest.unstable_mockModule('../commands/tell-outputs.ts', () => ({ tellOutputs: () => '' }))
jest.unstable_mockModule('../commands/examine.ts', () => ({
  examine: ({ stage }: DeploymentContext) => {
    steps.push(`doctor of ${stage}`)
    return found
  },
}))
const { deploy } = await import('../commands/deploy.ts')
const { destroy } = await import('../commands/destroy.ts')
const { bootstrap } = await import('../commands/bootstrap.ts')
const { firstUser } = await import('../commands/first-user.ts')

const ACCOUNT = '111111111111'
addStage('team-a', {
  account: ACCOUNT,
  region: 'eu-west-1',
  entrance: { kind: 'cloudfront' },
  providers: ['profile', { id: 'github', secret: 'agents/github' }],
  keepsData: false,
})

interface Deployed {
  /** Physical ids of credential providers by their status. */
  providers: [id: string, status: string][]
  mcp?: boolean
}

const arnOf = (name: string, kind = 'oauth2') =>
  `arn:aws:bedrock-agentcore:eu-west-1:${ACCOUNT}:token-vault/default/${kind}credentialprovider/agent-identity-team-a-${name}`

const missing: Reply = { code: 'ValidationError', message: 'Stack with id x does not exist' }
const stackXml = (name: string, outputs: string) =>
  `<Stacks><member><StackName>${name}</StackName><CreationTime>2026-11-26T08:00:00Z</CreationTime><StackStatus>UPDATE_COMPLETE</StackStatus><Outputs>${outputs}</Outputs></member></Stacks>`
const resourceXml = (id: string, status: string) =>
  `<member><LogicalResourceId>X</LogicalResourceId><PhysicalResourceId>${id}</PhysicalResourceId><ResourceType>AWS::BedrockAgentCore::${id.includes('apikey') ? 'ApiKey' : 'OAuth2'}CredentialProvider</ResourceType><ResourceStatus>${status}</ResourceStatus><LastUpdatedTimestamp>2026-11-26T08:00:00Z</LastUpdatedTimestamp></member>`

/** One resource on each page, as a long list has them. */
function replies(deployed: Deployed | undefined): Record<string, (call: Call) => Reply> {
  return {
    GetCallerIdentity: () => ({ xml: `<Account>${ACCOUNT}</Account>` }),
    GetParameter: () => ({ json: { Parameter: { Value: '30' } } }),
    CreateServiceLinkedRole: () => ({ xml: '' }),
    DescribeStacks: ({ parameters: { StackName } }) => {
      if (!deployed) return missing
      const output = '<member><OutputKey>McpAddress</OutputKey><OutputValue>x</OutputValue></member>'
      return { xml: stackXml(String(StackName), deployed.mcp && String(StackName).endsWith('-services') ? output : '') }
    },
    ListStackResources: ({ parameters: { NextToken = 0 } }) => {
      const page = Number(NextToken)
      const [id, status] = deployed?.providers[page] ?? []
      const next = page + 1 < (deployed?.providers.length ?? 0) ? `<NextToken>${page + 1}</NextToken>` : ''
      return {
        xml: `<StackResourceSummaries>${id && status ? resourceXml(id, status) : ''}</StackResourceSummaries>${next}`,
      }
    },
  }
}

let aws: Awaited<ReturnType<typeof startFakeAws>> | undefined
afterEach(() => aws?.close())

const line = (context: DeploymentContext, more: Partial<CommandLine> = {}): CommandLine => ({
  context: { stage: 'team-a', ...context },
  outdir: 'cdk.out',
  remove: [],
  bootstrap: {},
  email: 'you@example.com',
  name: 'You',
  ...more,
})

/** @returns what the command returned or threw, and the operations of AWS that it called */
async function run(
  command: (line: CommandLine) => Promise<unknown>,
  said: CommandLine,
  answers: Record<string, (call: Call) => Reply>,
) {
  const fake = await startFakeAws((call) => answers[call.operation]?.(call))
  aws = fake
  let outcome: unknown
  await inEnvironment({ ...fake.environment, CDK_DOCKER: 'true', AWS_EC2_METADATA_DISABLED: 'true' }, async () => {
    outcome = await command(said).catch((error: Error) => error.message)
  })
  return { outcome, called: fake.calls.map(({ operation }) => operation) }
}

describe('a stage in an account', () => {
  test.each([
    ['deploy', deploy],
    ['destroy', destroy],
    ['bootstrap', bootstrap],
    ['first-user', firstUser],
  ])('%s does nothing with credentials of another account', async (_what, command) => {
    const answers = { ...replies(undefined), GetCallerIdentity: () => ({ xml: '<Account>222222222222</Account>' }) }
    const { outcome, called } = await run(command, line({}), answers)
    expect(outcome).toBe(
      `Stage "team-a" is in account ${ACCOUNT} (infra/stages/team-a.ts), and the credentials are of account 222222222222: name another profile with AWS_PROFILE. Nothing was done.`,
    )
    expect({ called, steps }).toEqual({ called: ['GetCallerIdentity'], steps: [] })
  })
})

describe('what a deployment would remove', () => {
  const both: Deployed = {
    providers: [
      [arnOf('profile'), 'CREATE_COMPLETE'],
      [arnOf('github'), 'UPDATE_COMPLETE'],
    ],
  }

  test.each<[string, Deployed, DeploymentContext, string]>([
    ['a provider', both, { providers: 'profile' }, 'github'],
    ['all providers', both, { providers: '' }, 'profile, github'],
    [
      'a provider of this checkout no more, with an API key',
      { providers: [[arnOf('gone-from-here', 'apikey'), 'CREATE_COMPLETE']] },
      {},
      'gone-from-here',
    ],
    ['the MCP server', { ...both, mcp: true }, {}, 'mcp'],
  ])('stops it: %s', async (_what, deployed, context, removed) => {
    const { outcome, called } = await run(deploy, line(context), replies(deployed))
    expect(outcome).toContain(`Stage "team-a" has ${removed} deployed, and this deployment would remove that`)
    const options = removed.split(', ').map((id) => `--remove ${id}`)
    expect(outcome).toContain(`or say ${options.join(' ')}. Nothing was done.`)
    expect(steps).toEqual([])
    expect(called).not.toContain('CreateServiceLinkedRole')
  })

  test.each<[string, Deployed | undefined, DeploymentContext, string[]]>([
    ['nothing', both, {}, []],
    ['nothing, the first time', undefined, {}, []],
    ['what --remove names', { ...both, mcp: true }, { providers: 'profile' }, ['github', 'mcp']],
    ['what --remove names, a second time', undefined, { providers: 'profile' }, ['github']],
    [
      'what is gone',
      {
        providers: [
          [arnOf('slack'), 'DELETE_COMPLETE'],
          [arnOf('warehouse'), 'DELETE_SKIPPED'],
        ],
      },
      {},
      [],
    ],
  ])('does not stop it: %s', async (_what, deployed, context, remove) => {
    const { outcome } = await run(deploy, line(context, { remove }), replies(deployed))
    expect({ outcome, steps }).toEqual({ outcome: 0, steps: ['synth', 'cdk deploy', 'doctor of team-a'] })
  })

  test('is not guessed when the credentials may not see what is deployed', async () => {
    const { DescribeStacks, ...answers } = replies(both)
    const { outcome } = await run(deploy, line({}), answers)
    expect(outcome).toContain('may not see the stack agent-identity-team-a-identity: they need cloudformation:')
    expect(steps).toEqual([])
  })

  test('is not named by --remove while the stage has it', async () => {
    const { outcome } = await run(deploy, line({}, { remove: ['github'] }), replies(both))
    expect(outcome).toContain('--remove github: stage "team-a" still has it')
    expect(steps).toEqual([])
  })

  test('is recognized in the templates', () => {
    const types = stage('every provider').resources('AWS::BedrockAgentCore::ApiKeyCredentialProvider')
    expect(types.length).toBeGreaterThan(0)
    expect(Object.keys(stage('MCP server').templates.services?.Outputs ?? {})).toContain('McpAddress')
    expect(Object.keys(stage('production').templates.services?.Outputs ?? {})).not.toContain('McpAddress')
  })
})

describe('the exit code of deploy', () => {
  test('is 0 when it is deployed, and doctor finds nothing', async () => {
    expect((await run(deploy, line({}), replies(undefined))).outcome).toBe(0)
    expect(steps.at(-1)).toBe('doctor of team-a')
  })

  test('is 3 when it is deployed, and doctor has findings', async () => {
    found = 'findings'
    expect((await run(deploy, line({}), replies(undefined))).outcome).toBe(3)
  })

  test('is that of an error when the CDK did not finish', async () => {
    cdkFails = true
    expect((await run(deploy, line({}), replies(undefined))).outcome).toBe('cdk did not finish')
    expect(steps).toEqual(['synth', 'cdk deploy'])
  })
})

describe('the bootstrap', () => {
  test('is recognized by the qualifier of cdk.json', async () => {
    expect(bootstrapQualifier({})).toBe('hnb659fds')
    expect(bootstrapQualifier({ '@aws-cdk/core:bootstrapQualifier': 'org' })).toBe('org')
    qualifier = 'org'
    const notThere = { status: 400, json: { __type: 'ParameterNotFound' } }
    const { outcome } = await run(deploy, line({}), {
      ...replies(undefined),
      GetParameter: ({ parameters: { Name } }) => (Name === '/cdk-bootstrap/org/version' ? notThere : { json: {} }),
    })
    expect(outcome).toBe(
      `The CDK is not set up in eu-west-1 of account ${ACCOUNT} (qualifier org): run \`npm run bootstrap -- --stage team-a -c region=eu-west-1\` once.`,
    )
    expect(steps).toEqual([])
  })

  test('is made with the qualifier of cdk.json', async () => {
    qualifier = 'org'
    await run(bootstrap, line({}), replies(undefined))
    expect(cdkOptions).toEqual([`aws://${ACCOUNT}/eu-west-1`, '--qualifier', 'org'])
  })

  test('is made with the options of the command line', async () => {
    const options = [
      ['--qualifier', 'org'],
      ['--toolkit-stack-name', 'OrgToolkit'],
      ['--cloudformation-execution-policies', 'arn:aws:iam::111111111111:policy/org-deploys'],
      ['--custom-permissions-boundary', 'org-boundary'],
    ].flat()
    const said = parseCommandLine(['bootstrap', '--stage', 'team-a', ...options], ['bootstrap'])
    await run(bootstrap, said, replies(undefined))
    expect(cdkOptions).toEqual([`aws://${ACCOUNT}/eu-west-1`, ...options])
  })
})

describe('destroy', () => {
  test('says where it looked when there is no stack', async () => {
    const { outcome } = await run(destroy, line({}), replies(undefined))
    expect(outcome).toContain(`Stage "team-a" has no stack in eu-west-1 of account ${ACCOUNT}: nothing was deleted.`)
    expect(steps).toEqual([])
  })

  test('deletes what is left, if it is only the first stack', async () => {
    const answers = replies({ providers: [] })
    const only = (call: Call) =>
      call.parameters.StackName === 'agent-identity-team-a-network' ? answers.DescribeStacks?.(call) : missing
    await run(destroy, line({}), { ...answers, DescribeStacks: (call) => only(call) ?? missing })
    expect(steps).toEqual(['synth', 'cdk destroy'])
  })
})
