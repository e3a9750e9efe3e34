// One question at a time: `await confirm({…})` answers whether the person agreed.

export interface Question {
  title: string;
  text: string;
  /** What will happen, as a verb: "End session". */
  action: string;
  isDangerous?: boolean;
}

interface Pending extends Question {
  answer: (agreed: boolean) => void;
}

class Confirmation {
  current = $state<Pending | null>(null);

  settle(agreed: boolean): void {
    this.current?.answer(agreed);
    this.current = null;
  }
}

export const confirmation = new Confirmation();

/** Asks; a second question while one is open answers the first with «no». */
export function confirm(question: Question): Promise<boolean> {
  confirmation.settle(false);
  return new Promise((answer) => {
    confirmation.current = { ...question, answer };
  });
}
