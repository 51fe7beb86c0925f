import { describe, expect, test } from '@jest/globals'
import { STORE_PORT } from '../constructs/ports.ts'
import type { Json, JsonObject } from '../json.ts'
import { CONTAINER_NAMES, SERVICE_NAMES } from '../names.ts'
import { EXAMPLE, readServices } from '../read-services.ts'
import { STAGE_NAMES, stage } from './stages.ts'
import { identityStatements, readable } from './statements.ts'

/** Asserted explicitly: an updated snapshot would accept any change. */
describe.each([...STAGE_NAMES, 'MCP server'] as const)('in the %s stage', (name) => {
  const containers = name === 'MCP server' ? CONTAINER_NAMES : SERVICE_NAMES
  const region = name === 'sandbox' ? 'us-east-1' : 'eu-west-1'
  const resources = (type: string) =>
    stage(name)
      .resources(type)
      .map(({ stack, logicalId, properties }) => ({
        logicalId,
        properties: stage(name).resolve(stack, properties, readable) as JsonObject,
      }))

  test('these connections may be opened, and no other: the whole matrix of security groups', () => {
    const inline = (direction: 'Ingress' | 'Egress') =>
      resources('AWS::EC2::SecurityGroup').flatMap(({ logicalId, properties }) =>
        ((properties[`SecurityGroup${direction}`] ?? []) as JsonObject[]).map((rule) => ({ group: logicalId, rule })),
      )
    const apart = (direction: 'Ingress' | 'Egress') =>
      resources(`AWS::EC2::SecurityGroup${direction}`).map(({ properties }) => ({
        group: String(properties.GroupId),
        rule: properties,
      }))
    const ways = [
      ...[...inline('Ingress'), ...apart('Ingress')].map(({ group, rule }) => way(peerOf(rule), nameOf(group), rule)),
      ...[...inline('Egress'), ...apart('Egress')].map(({ group, rule }) => way(nameOf(group), peerOf(rule), rule)),
    ]
    const entrance =
      name === 'sandbox' ? ['CloudFront → Edge tcp 80'] : ['everywhere → Edge tcp 443', 'everywhere → Edge tcp 80']
    const mcpServer = name === 'MCP server' ? ['McpServer'] : []
    const both = (what: string) => [what, what]
    expect(ways.sort()).toEqual(
      [
        ...entrance,
        ...['AgentWorkload', 'SessionBinding', ...mcpServer].flatMap((service) => [
          ...both(`Edge → ${service} tcp 8080`),
          ...both(`${service} → Store tcp ${STORE_PORT}`),
          `${service} → Endpoints tcp 443`,
        ]),
        ...['AgentWorkload', ...mcpServer].map((service) => `${service} → everywhere tcp 443`),
        ...(name === 'sandbox'
          ? ['SessionBinding → everywhere tcp 443']
          : ['SessionBinding → Endpoints tcp 443', 'SessionBinding → ImageLayers tcp 443']),
        // The CDK's entry for a group without egress rules.
        ...['Endpoints', 'Store'].map((group) => `${group} → nowhere icmp 252`),
      ].sort(),
    )
  })

  const nameOf = (group: string) =>
    /^<?(?:Traffic([A-Za-z]+?)|(McpServer)Traffic)[0-9A-F]{8}(\.GroupId>)?$/.exec(group)?.slice(1, 3).join('') ?? group
  const way = (from: string, to: string, { IpProtocol, FromPort }: JsonObject) =>
    `${from} → ${to} ${String(IpProtocol)} ${String(FromPort)}`

  function peerOf(rule: JsonObject): string {
    const group = rule.SourceSecurityGroupId ?? rule.DestinationSecurityGroupId
    if (group !== undefined) return nameOf(String(group))
    const [, list] =
      /^<Traffic([A-Za-z]+)[0-9A-F]{8}\./.exec(String(rule.SourcePrefixListId ?? rule.DestinationPrefixListId)) ?? []
    if (list !== undefined) return list
    if (rule.CidrIp === '0.0.0.0/0') return 'everywhere'
    return rule.CidrIp === '255.255.255.255/32' ? 'nowhere' : JSON.stringify(rule)
  }

  test('only ECS may assume a task’s role, for tasks of this account and Region', () => {
    const trusts = resources('AWS::IAM::Role').map(({ properties }) => properties.AssumeRolePolicyDocument)
    const ofTasks = trusts.filter((trust) => JSON.stringify(trust).includes('ecs-tasks'))
    expect(ofTasks).toHaveLength(2 * containers.length)
    for (const trust of ofTasks)
      expect((trust as { Statement: Json }).Statement).toEqual([
        {
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { Service: 'ecs-tasks.amazonaws.com' },
          Condition: {
            StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' },
            ArnLike: { 'aws:SourceArn': `arn:aws:ecs:${region}:<AWS::AccountId>:*` },
          },
        },
      ])
  })

  test('these services may assume roles, and no account may', () => {
    const principals = resources('AWS::IAM::Role').flatMap(({ properties }) =>
      (properties.AssumeRolePolicyDocument as { Statement: JsonObject[] }).Statement.map(({ Principal }) =>
        JSON.stringify(Principal),
      ),
    )
    expect([...new Set(principals)].sort()).toEqual(
      ['ecs-tasks', 'lambda', 'vpc-flow-logs'].map((service) => `{"Service":"${service}.amazonaws.com"}`),
    )
  })

  test('every permission to decrypt is limited to Secrets Manager and to one secret', () => {
    const decrypting = identityStatements(stage(name)).filter(({ actions }) =>
      actions.some((action) => /^(kms:(Decrypt|\*)|\*)$/i.test(action)),
    )
    expect(decrypting.length).toBeGreaterThanOrEqual(9)
    for (const { role, conditions } of decrypting)
      expect([role, conditions]).toEqual([
        role,
        {
          StringEquals: {
            'kms:ViaService': `secretsmanager.${region}.amazonaws.com`,
            'kms:EncryptionContext:SecretARN': expect.stringMatching(/^<\w+>$/),
          },
        },
      ])
  })

  test('the policy of the secrets’ key allows use only through Secrets Manager, apart from this account’s IAM policies', () => {
    const [key, ...others] = resources('AWS::KMS::Key').filter(({ logicalId }) => logicalId.startsWith('SecretsKey'))
    expect(others).toEqual([])
    const { Statement } = (key?.properties.KeyPolicy ?? {}) as { Statement: JsonObject[] }
    // The other statement leaves `kms:*` to this account's IAM policies.
    const uses = Statement.filter(({ Action }) => Action !== 'kms:*')
    expect(uses.map(({ Condition }) => Condition)).toEqual([
      { StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` } },
    ])
  })

  test('no key policy allows use to all principals without a condition', () => {
    const open = resources('AWS::KMS::Key').flatMap(({ logicalId, properties }) =>
      (properties.KeyPolicy as { Statement: JsonObject[] }).Statement.filter(
        ({ Action, Condition }) => Action !== 'kms:*' && Condition === undefined,
      ).map(({ Principal }) => `${logicalId} ${JSON.stringify(Principal)}`),
    )
    expect(open).toEqual([])
  })

  test.each(containers)('%s uses the address that one proxy of ours has appended', (service) => {
    expect(readServices(stage(name), EXAMPLE)[service]?.values.TRUSTED_PROXIES).toBe('1')
    // In the sandbox CloudFront appends the address, so the load balancer behind it must append none.
    const [loadBalancer] = resources('AWS::ElasticLoadBalancingV2::LoadBalancer')
    expect(
      JSON.stringify(loadBalancer?.properties.LoadBalancerAttributes).includes(
        '"routing.http.xff_header_processing.mode","Value":"preserve"',
      ),
    ).toBe(name === 'sandbox')
  })
})
