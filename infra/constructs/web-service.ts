import { NODE_FLAGS, ROUTES } from '@agent-identity/contracts'
import { Duration, Size, Stack } from 'aws-cdk-lib'
import type * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import * as iam from 'aws-cdk-lib/aws-iam'
import type { LogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { ContainerName } from '../names.ts'
import { type ServiceEnvironment, STOP_TIMEOUT_SECONDS } from '../service-environment.ts'
import { acknowledge } from './acknowledge.ts'
import type { Alarms } from './alarms.ts'
import type { Entrance } from './entrance.ts'
import type { LogsKey } from './logs-key.ts'
import type { Network } from './network.ts'
import type { DeploymentOptions, ServiceSize } from './options.ts'
import { CONTAINER_PORT } from './ports.ts'
import { watchService } from './service-alarms.ts'
import { createServiceImage } from './service-image.ts'

interface WebServiceProps {
  deployment: DeploymentOptions
  size: ServiceSize
  network: Network
  entrance: Entrance
  alarms: Alarms
  logsKey: LogsKey
  cluster: ecs.Cluster
  service: ContainerName
  securityGroup: ec2.SecurityGroup
  subnets: ec2.SubnetSelection
  environment: ServiceEnvironment<string>
  /** The lowest matching `priority` wins. */
  route: { priority: number; paths: readonly string[] }
}

/** The Dockerfile's user, set here, too: a change of the Dockerfile must not make the container run as root. */
const NON_ROOT = '65532'

const LOG_BUFFER_MIB = 25

export class WebService extends Construct {
  readonly taskRole: iam.Role
  private readonly executionRole: iam.Role

  constructor(scope: Construct, id: string, props: WebServiceProps) {
    super(scope, id)
    this.taskRole = roleForTasks(this, 'TaskRole', `${props.service}: what the container may do`)
    this.executionRole = roleForTasks(this, 'ExecutionRole', `${props.service}: what ECS may do to start the container`)
    const logGroup = props.logsKey.logGroup(this, 'Logs', props.deployment)
    const service = this.createService(props, this.createTask(props, logGroup))
    scaleWithLoad(service, props.size)
    // The L2 waits for the policies of the task role only. Before those of the execution role, the first tasks could not read their secrets.
    for (const role of [this.taskRole, this.executionRole]) service.node.addDependency(role)

    const { entrance } = props
    const targets = new elbv2.ApplicationTargetGroup(this, entrance.targetsId, {
      vpc: props.network.vpc,
      protocol: elbv2.ApplicationProtocol.HTTP,
      port: CONTAINER_PORT,
      targets: [service],
      // Liveness only: with readiness here, a short outage of the session store would replace all tasks.
      healthCheck: { path: ROUTES.health, interval: Duration.seconds(15), healthyThresholdCount: 2 },
      deregistrationDelay: Duration.seconds(15),
    })
    new elbv2.ApplicationListenerRule(this, 'Rule', {
      listener: entrance.listener,
      priority: props.route.priority,
      // Requests for another host must not reach the service.
      conditions: [
        elbv2.ListenerCondition.hostHeaders([entrance.host]),
        elbv2.ListenerCondition.pathPatterns([...props.route.paths]),
      ],
      action: elbv2.ListenerAction.forward([targets]),
    })
    watchService(this, {
      alarms: props.alarms,
      service: props.service,
      loadBalancerName: entrance.loadBalancerName,
      targets,
      logGroup,
    })
  }

  private createTask({ size, service, environment }: WebServiceProps, logGroup: LogGroup): ecs.FargateTaskDefinition {
    const { cpu, memoryMiB } = size
    const task = new ecs.FargateTaskDefinition(this, 'Task', {
      cpu,
      memoryLimitMiB: memoryMiB,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      taskRole: this.taskRole,
      executionRole: this.executionRole,
    })
    task.addContainer(service, {
      image: ecs.ContainerImage.fromDockerImageAsset(createServiceImage(this, service)),
      command: [...NODE_FLAGS[service], 'main.js'],
      user: NON_ROOT,
      readonlyRootFilesystem: true,
      linuxParameters: withoutCapabilities(this),
      portMappings: [{ containerPort: CONTAINER_PORT }],
      environment: environment.values as Record<string, string>,
      secrets: environment.secrets as Record<string, ecs.Secret>,
      logging: ecs.LogDrivers.awsLogs({
        streamPrefix: service,
        logGroup,
        // Writing to a full pipe would block every request while CloudWatch accepts nothing.
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
        // When the buffer is full, lines are lost, those of the audit trail included.
        maxBufferSize: Size.mebibytes(LOG_BUFFER_MIB),
      }),
      stopTimeout: Duration.seconds(STOP_TIMEOUT_SECONDS),
    })
    acknowledge(task, {
      'AwsSolutions-ECS2':
        'Configuration that is no secret stands where a review sees it; what is secret comes from Secrets Manager. A test compares both with the contract.',
    })
    acknowledge(this.executionRole, {
      'AwsSolutions-IAM5[Resource::*]':
        'ecr:GetAuthorizationToken takes no resource (service authorization reference, ECR).',
    })
    return task
  }

  private createService(props: WebServiceProps, taskDefinition: ecs.FargateTaskDefinition): ecs.FargateService {
    return new ecs.FargateService(this, 'Service', {
      cluster: props.cluster,
      taskDefinition,
      // No `desiredCount`: each new task definition would set it again, and end the tasks that autoscaling has added. A new service starts with one
      // task (CloudFormation, AWS::ECS::Service).
      vpcSubnets: props.subnets,
      securityGroups: [props.securityGroup],
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.ENABLED,
      healthCheckGracePeriod: Duration.seconds(60),
      // No shell in a container whose process has users' tokens.
      enableExecuteCommand: false,
      propagateTags: ecs.PropagatedTagSource.SERVICE,
    })
  }
}

/** For tasks of this account only (ECS developer guide, task-iam-roles, confused deputy). */
function roleForTasks(scope: Construct, id: string, description: string): iam.Role {
  const { account, region } = Stack.of(scope)
  return new iam.Role(scope, id, {
    description,
    assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: { 'aws:SourceArn': `arn:aws:ecs:${region}:${account}:*` },
      },
    }),
  })
}

function withoutCapabilities(scope: Construct): ecs.LinuxParameters {
  const parameters = new ecs.LinuxParameters(scope, 'Linux')
  parameters.dropCapabilities(ecs.Capability.ALL)
  return parameters
}

function scaleWithLoad(service: ecs.FargateService, { minTasks, maxTasks }: ServiceSize): void {
  const scaling = service.autoScaleTaskCount({ minCapacity: minTasks, maxCapacity: maxTasks })
  scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 60 })
  scaling.scaleOnMemoryUtilization('Memory', { targetUtilizationPercent: 75 })
}
