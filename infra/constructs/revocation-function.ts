import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RevocationFunctionEnvironment } from '@agent-identity/contracts'
import { bundleFunction } from '@agent-identity/images/bundle-function'
import { Duration } from 'aws-cdk-lib'
import { Stats } from 'aws-cdk-lib/aws-cloudwatch'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import type { Alarms } from './alarms.ts'
import { statementsToRead } from './container-secret.ts'
import { existingSecret } from './existing-secret.ts'
import type { LogsKey } from './logs-key.ts'
import type { DeploymentOptions, ProviderClient } from './options.ts'

interface RevocationFunctionProps {
  deployment: DeploymentOptions
  client: ProviderClient
  revocationUrl: string
  alarms: Alarms
  logsKey: LogsKey
}

/** The default of `VENDOR_TIMEOUT_MS`: the caller waits as long. */
const TIMEOUT = Duration.seconds(10)

/**
 * Revokes access tokens as the OAuth client, so that no service needs to read its secret. A compromised service could still read AgentCore's own
 * copy, unless `clientSecretsOnlyViaAgentCore` is on.
 *
 * In a VPC the function would need a route to the internet, and the permission to create network interfaces on any resource. Synchronous calls only:
 * Lambda stores the input of an asynchronous call, here a token.
 */
export class RevocationFunction extends Construct {
  readonly name: string
  private readonly arn: string

  constructor(scope: Construct, id: string, props: RevocationFunctionProps) {
    super(scope, id)
    const { deployment, client, revocationUrl, alarms, logsKey } = props
    const { provider, secret = '', secretKeyArn } = client
    const logGroup = logsKey.logGroup(this, 'Logs', deployment)
    const clientSecret = existingSecret(this, 'ClientSecret', {
      secret,
      ...(secretKeyArn ? { encryptionKeyArn: secretKeyArn } : {}),
    })
    const environment: Record<keyof Omit<RevocationFunctionEnvironment, 'REVOCATION_TIMEOUT_MS'>, string> = {
      PROVIDER: provider.id,
      CLIENT_SECRET_ID: secret,
      REVOCATION_URL: revocationUrl,
    }
    const ends = new lambda.Function(this, 'Function', {
      description: `Ends access tokens of ${provider.id}, as its OAuth client`,
      code: lambda.Code.fromAsset(bundled()),
      handler: 'main.handler',
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: 256,
      timeout: TIMEOUT,
      environment,
      role: new iam.Role(this, 'Role', {
        description: `${provider.id}: what the function that ends access tokens may do`,
        assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
        // Inline, so that the role has its permissions before the function refers to it.
        inlinePolicies: {
          revoke: new iam.PolicyDocument({
            statements: [
              ...statementsToRead(clientSecret),
              new iam.PolicyStatement({
                actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
                resources: [logGroup.logGroupArn],
              }),
            ],
          }),
        },
      }),
      logGroup,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: lambda.ApplicationLogLevel.WARN,
      systemLogLevelV2: lambda.SystemLogLevel.WARN,
      ...(deployment.revocationsAtOnce === undefined
        ? {}
        : { reservedConcurrentExecutions: deployment.revocationsAtOnce }),
    })
    // The role has inline policies only, so the reference to it is enough: cfn-lint reports a `DependsOn` as redundant (W3005).
    ;(ends.node.defaultChild as lambda.CfnFunction).addDeletionOverride('DependsOn')
    this.name = ends.functionName
    this.arn = ends.functionArn
    alarms.alarm(this, 'Failed', {
      meaning: `${provider.id}: the function that ends access tokens failed three times in a quarter of an hour.`,
      metric: ends.metricErrors({ statistic: Stats.SUM, period: Duration.minutes(15) }),
      atLeast: 3,
    })
  }

  /** Not the L2's `grantInvoke`, which also permits versions and aliases. */
  grantInvoke(grantee: iam.IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [this.arn] }),
    )
  }
}

let directory: string | undefined

function bundled(): string {
  if (directory) return directory
  const made = mkdtempSync(join(tmpdir(), 'revocation-function-'))
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  bundleFunction('packages/revocation-function/src/main.ts', made)
  directory = made
  return made
}
