import { describe, expect, it } from 'vitest';
import { checkSwimRules, swimRuleSets } from './rules.ts';

describe('rules', () => {
  it('are found by the name of a set', () => {
    expect(checkSwimRules('memberlist')).toEqual(swimRuleSets.memberlist);
    expect(checkSwimRules('sharp')).toEqual(swimRuleSets.sharp);
  });

  it('are all off in the memberlist set and all on in the sharp one', () => {
    expect(Object.values(swimRuleSets.memberlist)).not.toContain(true);
    expect(Object.values(swimRuleSets.sharp)).not.toContain(false);
    expect(Object.keys(swimRuleSets.memberlist)).toEqual(Object.keys(swimRuleSets.sharp));
  });

  it('may be changes to the sharp set', () => {
    expect(checkSwimRules({ rejoin: false })).toEqual({ ...swimRuleSets.sharp, rejoin: false });
  });

  it.each([
    ['blunt', /rules is 'blunt'/],
    [{ rejoins: true }, /rejoins is no option of SwimRules/],
    [{ rejoin: 1 }, /rejoin is 1, it must be true or false/],
  ])('refuse %j', (rules, message) => {
    expect(() => checkSwimRules(rules as 'sharp')).toThrow(message);
  });
});
