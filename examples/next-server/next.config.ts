import type { NextConfig } from 'next';

export default {
  turbopack: { root: import.meta.dirname },
  // It is loaded from where it is installed: bundling it takes a minute.
  serverExternalPackages: ['@aws-sdk/client-dynamodb'],
} satisfies NextConfig;
