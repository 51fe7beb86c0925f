/** Only on request: it costs money and leaves records in CloudTrail. */
export const realAws =
  process.env.FIDELITY_TARGET === 'aws' ? { region: process.env.AWS_REGION ?? 'us-east-1' } : undefined
