/** Which subjects the suite runs against. Real AWS costs money and leaves traces in CloudTrail: only when asked. */
export const realAws =
  process.env.FIDELITY_TARGET === 'aws' ? { region: process.env.AWS_REGION ?? 'us-east-1' } : undefined
