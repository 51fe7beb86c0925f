import { ROUTES } from '@agent-identity/contracts'
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import * as wafv2 from 'aws-cdk-lib/aws-wafv2'
import { Construct } from 'constructs'
import { prefixOf } from '../names.ts'
import type { Deployment } from '../read-deployment.ts'
import type { NetworkStack } from '../stacks/network.ts'

/** Where the firewall finds the browser's address. */
export type ViewerAddress = { from: 'connection' } | { from: 'header'; header: string }

interface WebFirewallProps {
  deployment: Deployment
  network: NetworkStack
  loadBalancer: elbv2.ApplicationLoadBalancer
  viewerAddress: ViewerAddress
}

/**
 * A question to an agent may contain anything, HTML included, and may be as long as the service allows; it is JSON, and no
 * page renders it as markup. These two rules of the common set would refuse such questions: they count instead.
 */
const COUNTED_ONLY = ['SizeRestrictions_BODY', 'CrossSiteScripting_BODY']

/** Managed rules, and limits per address where there is no user session yet to limit by. */
export class WebFirewall extends Construct {
  constructor(scope: Construct, id: string, props: WebFirewallProps) {
    super(scope, id)
    const { deployment, network, loadBalancer, viewerAddress } = props
    const acl = new wafv2.CfnWebACL(this, 'Acl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visibility('firewall'),
      rules: [
        managed(0, 'AWSManagedRulesAmazonIpReputationList'),
        managed(1, 'AWSManagedRulesKnownBadInputsRuleSet'),
        managed(2, 'AWSManagedRulesCommonRuleSet', COUNTED_ONLY),
        limited(3, 'authorizations', deployment.firewall.authorizationRequests, viewerAddress, authorizationRoutes),
        limited(4, 'requests', deployment.firewall.requests, viewerAddress),
      ],
    })
    new wafv2.CfnWebACLAssociation(this, 'OnLoadBalancer', {
      webAclArn: acl.attrArn,
      resourceArn: loadBalancer.loadBalancerArn,
    })
    // The name must begin so (WAF developer guide, logging-cw-logs).
    const logGroup = network.logsKey.logGroup(this, 'Logs', deployment, `aws-waf-logs-${prefixOf(deployment)}`)
    new wafv2.CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: acl.attrArn,
      logDestinationConfigs: [logGroup.logGroupArn],
      // The query string carries codes and session URIs, the cookies whole user sessions.
      redactedFields: [
        { queryString: {} },
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

const visibility = (metricName: string) => ({
  metricName,
  cloudWatchMetricsEnabled: true,
  // Samples show whole requests in the console, query strings included.
  sampledRequestsEnabled: false,
})

function managed(priority: number, name: string, counted: readonly string[] = []): wafv2.CfnWebACL.RuleProperty {
  return {
    name,
    priority,
    overrideAction: { none: {} },
    visibilityConfig: visibility(name),
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name,
        ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
      },
    },
  }
}

function limited(
  priority: number,
  name: string,
  limit: number,
  viewerAddress: ViewerAddress,
  scopeDownStatement?: wafv2.CfnWebACL.StatementProperty,
): wafv2.CfnWebACL.RuleProperty {
  const aggregate =
    viewerAddress.from === 'connection'
      ? { aggregateKeyType: 'IP' }
      : {
          aggregateKeyType: 'FORWARDED_IP',
          forwardedIpConfig: { headerName: viewerAddress.header, fallbackBehavior: 'MATCH' },
        }
  return {
    name,
    priority,
    action: { block: { customResponse: { responseCode: 429 } } },
    visibilityConfig: visibility(name),
    statement: {
      rateBasedStatement: { limit, ...aggregate, ...(scopeDownStatement ? { scopeDownStatement } : {}) },
    },
  }
}

/** Starting an authorization, returning from one, and signing in: what works without a user session, or makes AgentCore work. */
const authorizationRoutes: wafv2.CfnWebACL.StatementProperty = {
  orStatement: {
    statements: [
      pathBeginsWith(ROUTES.startAuthorization.slice(0, ROUTES.startAuthorization.indexOf(':'))),
      pathBeginsWith(ROUTES.sessionBinding),
      pathBeginsWith(ROUTES.signIn),
      pathBeginsWith(ROUTES.signInRedirect),
    ],
  },
}

function pathBeginsWith(searchString: string): wafv2.CfnWebACL.StatementProperty {
  return {
    byteMatchStatement: {
      searchString,
      positionalConstraint: 'STARTS_WITH',
      fieldToMatch: { uriPath: {} },
      // Express routes ignore case: so must the rule that counts them.
      textTransformations: [
        { priority: 0, type: 'URL_DECODE' },
        { priority: 1, type: 'LOWERCASE' },
      ],
    },
  }
}
