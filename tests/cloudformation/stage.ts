import { type Deployment, type DeploymentContext, readDeployment } from '@agent-identity/infra/read-deployment'
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager'
import { bootstrap, requestCertificate } from './bootstrap.ts'
import { type Cloud, startCloud } from './cloud.ts'
import { deploy, destroy } from './deploy.ts'
import type { Template } from './template.ts'

type Context = DeploymentContext
type Change = Partial<Deployment>

/** The compiler does not follow a computed name: the CDK's declarations do not compile with this project's options. */
const CDK_APP: string = '@agent-identity/infra/synthesized-app'
interface CdkApp {
  SynthesizedApp: new (context: Context, change: Change) => { templates: Readonly<Record<string, Template>> }
}

export const STAGES = {
  sandbox: { stage: 'sandbox', region: 'us-east-1', providers: 'profile' },
  production: {
    stage: 'production',
    region: 'eu-west-1',
    domainName: 'agents.example.com',
    providers: 'profile,github,google-calendar',
    githubSecret: 'agents/github',
    googleCalendarSecret: 'agents/google-calendar',
  },
} as const satisfies Record<string, Context>
export type StageName = keyof typeof STAGES

/** A stage in an account of its own. */
export interface StageInCloud {
  name: StageName
  cloud: Cloud
  context: Context
  nameOf(stack: string): string
  templates(context?: Context, change?: Change): ReadonlyMap<string, Template>
  deploy(context?: Context, change?: Change): Promise<void>
  destroy(): Promise<void>
}

/** These secrets are in the account before the first deployment, and no deployment deletes them. */
export const SECRETS_OF_THE_VENDORS = ['agents/github', 'agents/google-calendar']

export async function startStage(name: StageName): Promise<StageInCloud> {
  const { SynthesizedApp } = (await import(CDK_APP)) as CdkApp
  const given: Context = STAGES[name]
  const cloud = await startCloud(STAGES[name].region)
  const context: Context = given.domainName
    ? { ...given, certificateArn: await requestCertificate(cloud, given.domainName) }
    : given
  const nameOf = (stack: string) => `agent-identity-${name}-${stack}`
  const templates: StageInCloud['templates'] = (more = {}, change = {}) => {
    const app = new SynthesizedApp({ ...context, ...more }, change)
    return new Map(Object.entries(app.templates).map(([stack, template]) => [nameOf(stack), template]))
  }
  const { cloudFormation, secretsManager } = cloud.services
  await bootstrap(cloud, templates().values())
  const SecretString = JSON.stringify({ clientId: 'client-of-ours', clientSecret: 'secret-of-ours' })
  for (const Name of SECRETS_OF_THE_VENDORS) await secretsManager.send(new CreateSecretCommand({ Name, SecretString }))
  return {
    name,
    cloud,
    context,
    nameOf,
    templates,
    deploy: (more, change) => deploy(cloudFormation, templates(more, change)),
    destroy: () => destroy(cloudFormation, [...templates().keys()]),
  }
}

export function withTasks({ context }: StageInCloud, minTasks: number): Change {
  const { services } = readDeployment(context)
  return { services: { ...services, 'agent-workload': { ...services['agent-workload'], minTasks, maxTasks: 20 } } }
}
