import { ListenerAction } from 'aws-cdk-lib/aws-elasticloadbalancingv2'

/** What a request gets that no rule sends to a service: another host's name, or none yet because the services come later. */
export const notFound = () => ListenerAction.fixedResponse(404, { contentType: 'text/plain', messageBody: 'Not found' })
