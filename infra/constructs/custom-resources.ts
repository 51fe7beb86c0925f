import { isDeepStrictEqual } from 'node:util'
import { Aspects, CfnResource, type IAspect, Stack } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import type * as logs from 'aws-cdk-lib/aws-logs'
import * as cr from 'aws-cdk-lib/custom-resources'
import { Construct, type IConstruct } from 'constructs'
import { REVERT_DRIFT } from '../names.ts'
import type { LogsKey } from './logs-key.ts'
import type { DeploymentOptions } from './options.ts'

interface SharedRole {
  role: iam.Role
  permission: string
  call: iam.PolicyStatement
}

export interface DeploymentCall {
  service: string
  action: string
  /** The IAM action. */
  permission: string
  resources: string[]
  parameters: Record<string, unknown>
  /** The call makes a resource differ from the template. Reverting drift undoes that; another value of the context `revertDrift` repeats the call. */
  isDrift?: true
  /** The parts of the reply that CloudFormation gets. The reply is not logged. */
  outputPaths: string[]
}

/**
 * Calls of the AWS API during a stack's deployment. The stack's functions without a log group of their own share one, with a customer key and a
 * retention time.
 */
export class CustomResources extends Construct {
  private readonly logGroup: logs.LogGroup
  private shared?: SharedRole

  constructor(scope: Construct, id: string, { deployment, key }: { deployment: DeploymentOptions; key: LogsKey }) {
    super(scope, id)
    this.logGroup = key.logGroup(this, 'Logs', deployment)
    const writeToOneGroup: IAspect = {
      visit: (node: IConstruct) => {
        if (!CfnResource.isCfnResource(node) || node.cfnResourceType !== 'AWS::Lambda::Function') return
        // A function with a log group of its own keeps it: its role may permit no other group.
        if (this.writesElsewhere(node)) return
        node.addPropertyOverride('LoggingConfig', { LogGroup: this.logGroup.logGroupName })
        // No policy is attached to the function's role later, so the function's reference to the role is enough.
        node.addDeletionOverride('DependsOn')
      },
    }
    Aspects.of(Stack.of(this)).add(writeToOneGroup)
  }

  private writesElsewhere(node: CfnResource & { loggingConfig?: unknown }): boolean {
    const { logGroup } = Stack.of(this).resolve(node.loggingConfig) ?? {}
    return logGroup !== undefined && !isDeepStrictEqual(logGroup, Stack.of(this).resolve(this.logGroup.logGroupName))
  }

  /**
   * Makes the call at the first deployment, when the call changes, and, with `isDrift`, when the context `revertDrift` has another value. All calls
   * of a stack share a function and its role. Besides writing logs, the role permits one action, on the resources of all calls.
   */
  call(scope: Construct, id: string, call: DeploymentCall): cr.AwsCustomResource {
    const { service, action, parameters, outputPaths, isDrift } = call
    const resource = new cr.AwsCustomResource(scope, id, {
      onUpdate: {
        service,
        action,
        parameters,
        outputPaths,
        physicalResourceId: cr.PhysicalResourceId.of(id),
        logging: cr.Logging.withDataHidden(),
      },
      role: this.roleOfAll(scope, `${id}Role`, call),
      logGroup: this.logGroup,
      installLatestAwsSdk: false,
    })
    const nonce = isDrift && this.node.tryGetContext(REVERT_DRIFT)
    if (nonce) {
      const { defaultChild } = resource.node.findChild('Resource').node
      ;(defaultChild as CfnResource).addPropertyOverride('RevertDrift', nonce)
    }
    return resource
  }

  private roleOfAll(scope: Construct, id: string, { permission, resources }: DeploymentCall): iam.Role {
    this.shared ??= this.roleFor(scope, id, permission)
    if (this.shared.permission !== permission)
      throw new Error(
        `${permission} in a stack whose calls are allowed ${this.shared.permission}: put it in another stack`,
      )
    this.shared.call.addResources(...resources)
    return this.shared.role
  }

  /** Not the managed AWSLambdaBasicExecutionRole, which may write to every log group of the account. */
  private roleFor(scope: Construct, id: string, permission: string): SharedRole {
    // The inline policy is rendered at synthesis, so it has the resources of all calls.
    const call = new iam.PolicyStatement({ actions: [permission] })
    const role = new iam.Role(scope, id, {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        call: new iam.PolicyDocument({
          statements: [
            call,
            new iam.PolicyStatement({
              actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              resources: [this.logGroup.logGroupArn],
            }),
          ],
        }),
      },
    })
    return { role, permission, call }
  }
}
