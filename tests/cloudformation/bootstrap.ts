import { PutParameterCommand } from '@aws-sdk/client-ssm'
import type { Cloud } from './cloud.ts'
import type { Template } from './template.ts'

const ACCOUNT = '123456789012'

/** Creates the parameter and the bucket of `cdk bootstrap`, and uploads a file for each zip file that the templates name. */
export async function bootstrap({ moto, services, region }: Cloud, templates: Iterable<Template>): Promise<void> {
  await services.ssm.send(
    new PutParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version', Value: '30', Type: 'String' }),
  )
  const bucket = `${moto.url}/cdk-hnb659fds-assets-${ACCOUNT}-${region}`
  await put(bucket)
  const keys = [...templates].flatMap((template) => JSON.stringify(template).match(/[0-9a-f]{64}\.zip/g) ?? [])
  for (const key of new Set(keys)) await put(`${bucket}/${key}`, 'a function of the CDK')
}

async function put(url: string, body = ''): Promise<void> {
  const { ok, status } = await fetch(url, { method: 'PUT', body })
  if (!ok) throw new Error(`PUT ${url} answered ${status}`)
}

/** @returns the certificate's ARN */
export async function requestCertificate({ moto, region }: Cloud, DomainName: string): Promise<string> {
  const response = await fetch(moto.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'CertificateManager.RequestCertificate',
      // moto checks no signature: it reads the service and the Region.
      authorization: `AWS4-HMAC-SHA256 Credential=example/20260101/${region}/acm/aws4_request`,
    },
    body: JSON.stringify({ DomainName }),
  })
  return ((await response.json()) as { CertificateArn: string }).CertificateArn
}
