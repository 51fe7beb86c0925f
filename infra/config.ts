/** The one place of the CDK app and its commands that reads the environment. */
export const environmentRegion = (): string | undefined =>
  process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || process.env.CDK_DEFAULT_REGION || undefined

/** What the CDK builds images with: Docker, unless the environment names another engine. */
export const containerEngine = (): string => process.env.CDK_DOCKER || 'docker'

/** As the CDK CLI hands context and output directory to an app; so do our own commands. */
export const appEnvironment = (context: Readonly<Record<string, unknown>>, outdir: string): NodeJS.ProcessEnv => ({
  ...process.env,
  CDK_CONTEXT_JSON: JSON.stringify(context),
  CDK_OUTDIR: outdir,
})

/** A file of certificate authorities beyond Node's own, as behind a proxy that opens TLS. */
export const extraCertificates = (): string | undefined => process.env.NODE_EXTRA_CA_CERTS || undefined
