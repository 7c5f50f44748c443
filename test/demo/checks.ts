/** What a demo holds to be so: counted, named when it is not, summed up in one line. */

export interface Checks {
  check(what: string, isRight: boolean): void;
  /** Throws once a check has failed: what follows would only fail with it. */
  goOn(): void;
  /** For an exception; after a failed check it is only its consequence. */
  catch(error: unknown): void;
  readonly hasFailed: boolean;
  /** `conclusion` is what the checks have shown if all are right. */
  summarise(conclusion: string): string;
}

export function createChecks(say: (text: string) => void): Checks {
  const failed: string[] = [];
  let count = 0;
  const check = (what: string, isRight: boolean): void => {
    count++;
    if (isRight) return;
    failed.push(what);
    say(`failed: ${what}`);
  };
  return {
    check,
    goOn() {
      if (failed.length > 0) throw new Error('a check has failed');
    },
    catch(error) {
      if (failed.length === 0) check(`the demo comes to its end (${error})`, false);
    },
    get hasFailed() {
      return failed.length > 0;
    },
    summarise: (conclusion) =>
      failed.length === 0
        ? `demo: all ${count} checks are right; ${conclusion}`
        : `demo: ${failed.length} of ${count} checks failed: ${failed.join('; ')}`,
  };
}
