import { expect, test } from 'vitest';
import { checkConfig, configKeys, mergeConfig } from '../agent/index.ts';
import { parseConfig } from '../agent/config-files.ts';
import { captureIo } from './captured-io.ts';
import { renderConfigDocs } from './config-docs.ts';
import { buildProgram } from './program.ts';

test('the example of the reference is a configuration', () => {
  const [, json] = /```json\n([^`]*)```/.exec(renderConfigDocs())!;
  const values = parseConfig(json!, 'agent.json');
  expect(Object.keys(values)).toHaveLength(7);
  expect(checkConfig(mergeConfig([{ source: "'agent.json'", values }])).warnings).toEqual([]);
});

test('every flag that the table of keys names is one of `hearsay agent`', async () => {
  const program = await buildProgram({ io: captureIo(), setExitCode: () => {} });
  const agent = program.commands.find((command) => command.name() === 'agent')!;
  const known = new Set(agent.options.map(({ long }) => long));
  const named = configKeys.flatMap(({ flag }) => flag?.split(/, -/) ?? []);
  expect(named.filter((flag) => !known.has(`--${flag}`))).toEqual([]);
  expect(named.length).toBeGreaterThan(30);
});
