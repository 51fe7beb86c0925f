import { ListenerAction } from 'aws-cdk-lib/aws-elasticloadbalancingv2'

/** The answer to a request that no rule sends to a service: for another host, before the services exist, or to a route that is switched off. */
export const notFound = () => ListenerAction.fixedResponse(404, { contentType: 'text/plain', messageBody: 'Not found' })
