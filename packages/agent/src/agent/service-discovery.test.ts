import type { SerfMember } from 'hearsay';
import { expect, test } from 'vitest';
import { discover, tagLabels } from './service-discovery.ts';

function member(name: string, host: string, rest: Partial<SerfMember> = {}): SerfMember {
  return { name, address: { host, port: 7946 }, status: 'alive', tags: {}, ...rest } as SerfMember;
}

const members = [
  member('db', '10.0.0.2', { tags: { role: 'db', metrics: '9200' } }),
  member('web-2', '::1', { tags: { role: 'web', metrics: 'none' } }),
  member('web-1', '10.0.0.1', { tags: { role: 'web' } }),
  member('old', '10.0.0.9', { status: 'failed', tags: { role: 'web-old' } }),
];

/** Targets in one list, or the problem. */
function targets(query: string): readonly string[] | string {
  const answer = discover(members, new URLSearchParams(query), 9_100);
  return answer.ok ? answer.groups.flatMap((group) => group.targets) : answer.problem;
}

test('live members are targets at the port of the agent that is asked, with tags as labels', () => {
  const answer = discover([members[0]!, members[3]!], new URLSearchParams(), 9_100);
  expect(answer).toEqual({
    ok: true,
    groups: [
      {
        targets: ['10.0.0.2:9100'],
        labels: {
          __meta_hearsay_name: 'db',
          __meta_hearsay_status: 'alive',
          __meta_hearsay_address: '10.0.0.2',
          __meta_hearsay_gossip_port: '7946',
          __meta_hearsay_tag_metrics: '9200',
          __meta_hearsay_tag_role: 'db',
        },
      },
    ],
  });
});

test.each([
  ['', ['10.0.0.2:9100', '10.0.0.1:9100', '[::1]:9100']],
  ['tag=role=web', ['10.0.0.1:9100', '[::1]:9100']],
  ['tag=role=web&tag=metrics=.*', ['[::1]:9100']],
  ['tag=constructor=.*', []],
  ['name=web-.&port=80', ['10.0.0.1:80', '[::1]:80']],
  ['status=failed', ['10.0.0.9:9100']],
  ['status=alive,failed&tag=role=web.*', ['10.0.0.9:9100', '10.0.0.1:9100', '[::1]:9100']],
  ['port_tag=metrics', ['10.0.0.2:9200']],
  ['port_tag=metrics&port=80', ['10.0.0.2:9200', '10.0.0.1:80']],
  ['role=web', 'there is no parameter "role": tag, status, name, port, port_tag'],
  ['status=up', 'status is "up", it must be alive, leaving, left, failed'],
  ['tag=role', 'tag is "role", it must be NAME=EXPRESSION'],
  ['tag=role=(', 'tag has "(", which is no expression'],
  ['port=0', 'port is "0", it must be from 1 to 65535'],
])('a query of "%s" gets %j', (query, expected) => expect(targets(query)).toEqual(expected));

test.each([
  ['one that is in a thousand states at once', `tag=role=${encodeURIComponent('(.?){999}(.?){999}')}`, 60],
  ['one that takes no character', `tag=role=${encodeURIComponent('.*(|\\b){400}x')}`, 60],
  ['many plain ones', 'name=.*', 257],
])('expressions that would keep the agent busy for seconds are refused: %s', (_, condition, count) => {
  const large = Array.from({ length: 20 }, (_, index) =>
    member(`n${index}`, '::1', { tags: { role: 'a'.repeat(400) } }),
  );
  const query = Array.from({ length: count }, () => condition).join('&');
  const answer = discover(large, new URLSearchParams(query), 9_100);
  expect(answer).toEqual({
    ok: false,
    problem: expect.stringMatching(
      count > 256 ? /^there are 257 conditions, the limit is 256$/ : /take \d+ steps or more, the limit is 208000$/,
    ) as string,
  });
});

test('plain expressions are answered for a cluster of thousands', () => {
  const name = 'a-name-of-a-host.of.some.length-';
  const large = Array.from({ length: 5_000 }, (_, index) =>
    member(`${name}${index}`, '::1', { tags: { role: 'web' } }),
  );
  const answer = discover(large, new URLSearchParams(`name=${name}.*&name=.*[0-9]&tag=role=web|db`), 9_100);
  expect(answer.ok && answer.groups.length).toBe(5_000);
});

test('tags whose names become the same label all keep their values, whatever the order', () => {
  const tags = { 'a-b': 'dash', a_b: 'fits', 'a.b': 'dot', 'x-y': 'alone' };
  const labels = tagLabels(tags);
  expect(Object.values(labels).toSorted()).toEqual(['alone', 'dash', 'dot', 'fits']);
  expect(labels).toMatchObject({ __meta_hearsay_tag_a_b: 'fits', __meta_hearsay_tag_x_y: 'alone' });
  expect(Object.keys(labels).every((label) => /^__meta_hearsay_tag_\w+$/.test(label))).toBe(true);
  expect(tagLabels(Object.fromEntries(Object.entries(tags).toReversed()))).toEqual(labels);
});
