import { readFileSync } from 'node:fs';

/** Memberlist's protocol numbers that we understand, and the one we speak (specification 4.8). */
export const protocolVersions: { readonly min: number; readonly max: number; readonly current: number } = {
  min: 1,
  max: 5,
  current: 2,
};

/** Serf's protocol numbers that an agent understands, and the one it speaks unless told otherwise. */
export const serfProtocolVersions: { readonly min: number; readonly max: number; readonly current: number } = {
  min: 2,
  max: 5,
  current: 5,
};

/** The two lines of `hearsay version`, in the form of those of `serf version`. */
export function versionLines(): string {
  const { current, min } = serfProtocolVersions;
  return `${versionText()}\nAgent Protocol: ${current} (Understands back to: ${min})\n`;
}

/** The version in this package's package.json, which lies two folders up from the sources and from the build alike. */
export function versionText(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
