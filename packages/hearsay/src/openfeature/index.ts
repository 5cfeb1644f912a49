export type { HearsayProviderOptions } from './options.ts';
export { HearsayProvider } from './provider.ts';
