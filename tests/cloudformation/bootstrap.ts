import { PutParameterCommand } from '@aws-sdk/client-ssm'
import type { Cloud } from './cloud.ts'
import type { Template } from './template.ts'

const ACCOUNT = '123456789012'

/** Creates the parameter, the bucket and the repository of `cdk bootstrap`, and uploads a file for each zip file that the templates name. */
export async function bootstrap(cloud: Cloud, templates: Iterable<Template>): Promise<void> {
  const { moto, services, region } = cloud
  await services.ssm.send(
    new PutParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version', Value: '30', Type: 'String' }),
  )
  const bucket = `${moto.url}/cdk-hnb659fds-assets-${ACCOUNT}-${region}`
  await put(bucket)
  await post(cloud, 'ecr', 'AmazonEC2ContainerRegistry_V20150921.CreateRepository', {
    repositoryName: `cdk-hnb659fds-container-assets-${ACCOUNT}-${region}`,
  })
  const keys = [...templates].flatMap((template) => JSON.stringify(template).match(/[0-9a-f]{64}\.zip/g) ?? [])
  for (const key of new Set(keys)) await put(`${bucket}/${key}`, 'a function of the CDK')
}

async function put(url: string, body = ''): Promise<void> {
  const { ok, status } = await fetch(url, { method: 'PUT', body })
  if (!ok) throw new Error(`PUT ${url} answered ${status}`)
}

/** @returns the certificate's ARN */
export async function requestCertificate(cloud: Cloud, DomainName: string): Promise<string> {
  const { CertificateArn } = await post(cloud, 'acm', 'CertificateManager.RequestCertificate', { DomainName })
  return CertificateArn as string
}

async function post({ moto, region }: Cloud, service: string, target: string, input: object) {
  const response = await fetch(moto.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
      // moto checks no signature: it reads the service and the Region.
      authorization: `AWS4-HMAC-SHA256 Credential=example/20260101/${region}/${service}/aws4_request`,
    },
    body: JSON.stringify(input),
  })
  return (await response.json()) as Record<string, unknown>
}
