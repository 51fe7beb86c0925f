import { ArnFormat, Stack } from 'aws-cdk-lib'
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import * as wafv2 from 'aws-cdk-lib/aws-wafv2'
import { Construct } from 'constructs'
import { prefixOf } from '../names.ts'
import { firewallRules, type ViewerAddress, visibility } from './firewall-rules.ts'
import type { LogsKey } from './logs-key.ts'
import type { DeploymentOptions, FirewallLimits } from './options.ts'

interface WebFirewallProps {
  deployment: DeploymentOptions
  limits: FirewallLimits
  logsKey: LogsKey
  loadBalancer: elbv2.IApplicationLoadBalancer
  viewerAddress: ViewerAddress
  mcp?: boolean
}

/** Managed rules, and limits per address. */
export class WebFirewall extends Construct {
  constructor(scope: Construct, id: string, props: WebFirewallProps) {
    super(scope, id)
    const { deployment, limits, logsKey, loadBalancer, viewerAddress, mcp = false } = props
    const acl = new wafv2.CfnWebACL(this, 'Acl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visibility('firewall'),
      rules: firewallRules(limits, viewerAddress, mcp),
    })
    new wafv2.CfnWebACLAssociation(this, 'OnLoadBalancer', {
      webAclArn: acl.attrArn,
      resourceArn: loadBalancer.loadBalancerArn,
    })
    // WAF requires this prefix (developer guide, logging-cw-logs).
    const logGroup = logsKey.logGroup(this, 'Logs', deployment, `aws-waf-logs-${prefixOf(deployment)}`)
    new wafv2.CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: acl.attrArn,
      // Not `logGroupArn`, which ends in `:*`: WAF returns the ARN without it, and that would be drift.
      logDestinationConfigs: [
        Stack.of(this).formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: logGroup.logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      // Query strings have codes and session URIs, and a browser may send them as the referrer. Cookies give access to user sessions, and MCP clients
      // send their access tokens in `authorization`.
      redactedFields: [
        { queryString: {} },
        { singleHeader: { Name: 'referer' } },
        { singleHeader: { Name: 'cookie' } },
        { singleHeader: { Name: 'authorization' } },
      ],
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          {
            Behavior: 'KEEP',
            Requirement: 'MEETS_ANY',
            Conditions: [{ ActionCondition: { Action: 'BLOCK' } }, { ActionCondition: { Action: 'COUNT' } }],
          },
        ],
      },
    })
  }
}
